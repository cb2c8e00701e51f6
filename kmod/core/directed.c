// SPDX-License-Identifier: GPL-2.0
/*
 * directed: gives the rest of the time slice to a sibling that could run but was
 * preempted, hopefully the lock holder. Rik van Riel, "[RFC -v7 PATCH 0/7]
 * directed yield for Pause Loop Exiting", January 2011; merged as commit
 * 217ece6129f2 ("KVM: use yield_to instead of sleep in kvm_vcpu_on_spin").
 *
 * The original asked whether a vCPU's thread ran guest code (PF_VCPU) and whether
 * it was blocked; vcpu->ready has answered both since. Where nobody can be
 * yielded to, it just goes on.
 */
#include "ring.h"

static struct dy_decision directed_decide(const struct dy_view *view,
					  struct dy_cursor *cursor)
{
	struct dy_decision decision = { .action = DY_NO_TARGET };
	unsigned int idx = dy_ring_next(view, cursor);

	if (idx != DY_NO_VCPU) {
		decision.action = DY_YIELD_TO;
		decision.target = idx;
	}
	return decision;
}

const struct dy_policy dy_directed = {
	.name	= "directed",
	.source	= "Rik van Riel, directed yield v7, commit 217ece6129f2",
	.decide	= directed_decide,
};
