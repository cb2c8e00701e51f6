// SPDX-License-Identifier: GPL-2.0
/*
 * coboost: the spinner goes on, and all its siblings that wait for a CPU get one
 * at once. Jeongseob Ahn, Chang Hyun Park et al., "Opportunistic co-boosting
 * virtual CPU siblings of a VM", for Xen's credit scheduler (seed 004): who holds
 * the lock, and who waits for it next, is not known, so all are boosted together. The
 * port ends a boost after a bounded time, and there is one in flight a VM.
 */
#include "ring.h"

static struct dy_decision coboost_decide(const struct dy_view *view,
					 struct dy_cursor *cursor)
{
	struct dy_decision decision = { .action = DY_RESUME };
	unsigned int idx;

	if (view->boosting)
		return decision;
	idx = dy_ring_next(view, cursor);
	if (idx != DY_NO_VCPU) {
		decision.action = DY_BOOST;
		decision.target = idx;
	} else if (!cursor->tried) {
		decision.action = DY_NO_TARGET;
	}
	return decision;
}

const struct dy_policy dy_coboost = {
	.name	= "coboost",
	.source	= "Ahn et al., Xen credit scheduler, seed 004",
	.decide	= coboost_decide,
};
