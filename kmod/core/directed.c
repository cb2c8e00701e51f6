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
#include "policy.h"

/*
 * The original walks the vCPUs in two passes: from the one after last_boosted to
 * the end, then from the first up to last_boosted. That is one round of a ring.
 */
static unsigned int ring_index(const struct dy_view *view, unsigned int step)
{
	unsigned int n = view->nr_vcpus;
	unsigned int first = view->last_boosted < n ? view->last_boosted + 1 : 0;
	unsigned int idx = first + step;

	return idx < n ? idx : idx - n;
}

static struct dy_decision directed_decide(const struct dy_view *view,
					  struct dy_cursor *cursor)
{
	struct dy_decision decision = { .action = DY_NO_TARGET };

	while (cursor->step < view->nr_vcpus) {
		unsigned int idx = ring_index(view, cursor->step++);

		if (idx == view->me || !dy_vcpu_ready(view, idx))
			continue;
		decision.action = DY_YIELD_TO;
		decision.target = idx;
		break;
	}
	return decision;
}

const struct dy_policy dy_directed = {
	.name	= "directed",
	.source	= "Rik van Riel, directed yield v7, commit 217ece6129f2",
	.decide	= directed_decide,
};
