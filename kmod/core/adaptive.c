// SPDX-License-Identifier: GPL-2.0
/*
 * adaptive: give nothing to strangers. What a vCPU gives up when it yields goes to
 * whoever waits in the same queue for the same CPU, and that is where fixed policies
 * part. With a cgroup a vCPU nobody else is in that queue, and a directed yield costs
 * nothing. With more vCPUs than pCPUs in it the others are siblings, and giving
 * up is just right. But flat, beside another VM, strangers are there, and a guest
 * that yields at each PAUSE exit is left with next to no CPU time. Then a hint is the
 * yield of the first case: both CPUs pick again, the target comes next if it is
 * owed service, and every lag stays. The order of targets is that of the policy ipi.
 */
#include "ring.h"

static struct dy_decision adaptive_decide(const struct dy_view *view,
					  struct dy_cursor *cursor)
{
	struct dy_decision decision = {
		.action = view->strangers ? DY_HINT : DY_YIELD_TO,
		.target = dy_receiver_next(view, cursor),
	};

	if (decision.target == DY_NO_VCPU)
		decision.action = DY_NO_TARGET;
	return decision;
}

const struct dy_policy dy_adaptive = {
	.name	= "adaptive",
	.source	= "kvm-dyield",
	.decide	= adaptive_decide,
};
