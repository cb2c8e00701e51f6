// SPDX-License-Identifier: GPL-2.0
/*
 * sleep: sleeps briefly and hopes that the lock holder gets a CPU meanwhile.
 * This is what KVM did before directed yield, for 100 us, since commit
 * d255f4f2bac8 ("KVM: introduce kvm_vcpu_on_spin").
 */
#include "policy.h"

static struct dy_decision sleep_decide(const struct dy_view *view,
				       struct dy_cursor *cursor)
{
	struct dy_decision decision = {
		.action = DY_SLEEP,
		.sleep_ns = view->sleep_ns,
	};

	(void)cursor;
	return decision;
}

const struct dy_policy dy_sleep = {
	.name	= "sleep",
	.source	= "KVM before directed yield, commit d255f4f2bac8",
	.decide	= sleep_decide,
};
