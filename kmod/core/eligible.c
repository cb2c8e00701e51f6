// SPDX-License-Identifier: GPL-2.0
/*
 * eligible: what mainline does today (kvm_vcpu_on_spin() of 6.12), with an index
 * in the place of its scan. After three refusals because both CPUs had nothing
 * else to run it gives up, as mainline does since commit c45c528e8993.
 */
#include "ring.h"

#define MAX_HOPELESS	3

static struct dy_decision eligible_decide(const struct dy_view *view,
					  struct dy_cursor *cursor)
{
	struct dy_decision decision = { .action = DY_NO_TARGET };
	unsigned int idx;

	if (cursor->hopeless >= MAX_HOPELESS)
		return decision;
	idx = dy_mainline_next(view, cursor);
	if (idx != DY_NO_VCPU) {
		decision.action = DY_YIELD_TO;
		decision.target = idx;
	}
	return decision;
}

const struct dy_policy dy_eligible = {
	.name	= "eligible",
	.source	= "kvm_vcpu_on_spin() of Linux 6.12",
	.decide	= eligible_decide,
};
