// SPDX-License-Identifier: GPL-2.0
/*
 * handshake: who was just given a paravirtual lock comes first. With paravirtual
 * spinlocks (seeds 002 and 003: Raghavendra K T, Srivatsa Vaddagiri, Jeremy
 * Fitzhardinge) a waiter halts, and the vCPU that releases the lock kicks it. From
 * then on everybody waits for that one, and it waits for a CPU. A vCPU that halted
 * in such a lock and was not kicked has nothing to do: it is never a target,
 * whatever else woke it.
 */
#include "ring.h"

enum { KICKED, KICKED_ASLEEP, OTHERS };

/* Was kicked and then preempted. */
static unsigned int next_kicked(const struct dy_view *view,
				struct dy_cursor *cursor)
{
	unsigned int idx = dy_ring_next_in(view->kicked, view, cursor);

	if (idx == DY_NO_VCPU) {
		dy_ring_restart_asleep(cursor);
		cursor->phase = KICKED_ASLEEP;
	}
	return idx;
}

/* Was just kicked, and has not run since. */
static unsigned int next_kicked_asleep(const struct dy_view *view,
				       struct dy_cursor *cursor)
{
	unsigned int idx;

	while ((idx = dy_ring_next(view, cursor)) != DY_NO_VCPU) {
		if (dy_vcpu_see(view, idx) & DY_VCPU_KICKED &&
		    !dy_index_has(view->kicked, idx))
			return idx;
	}
	dy_ring_restart(cursor);
	cursor->phase = OTHERS;
	return idx;
}

static unsigned int next_other(const struct dy_view *view,
			       struct dy_cursor *cursor)
{
	unsigned int idx;

	while ((idx = dy_ring_next(view, cursor)) != DY_NO_VCPU) {
		if (!(dy_vcpu_see(view, idx) &
		      (DY_VCPU_KICKED | DY_VCPU_HALTED | DY_VCPU_ASLEEP)) &&
		    !dy_index_has(view->kicked, idx))
			break;
	}
	return idx;
}

static struct dy_decision handshake_decide(const struct dy_view *view,
					   struct dy_cursor *cursor)
{
	struct dy_decision decision = { .action = DY_YIELD_TO };
	unsigned int idx = DY_NO_VCPU;

	if (cursor->phase == KICKED)
		idx = next_kicked(view, cursor);
	if (cursor->phase == KICKED_ASLEEP)
		idx = next_kicked_asleep(view, cursor);
	if (idx == DY_NO_VCPU && cursor->phase == OTHERS)
		idx = next_other(view, cursor);

	decision.target = idx;
	if (idx == DY_NO_VCPU)
		decision.action = DY_NO_TARGET;
	return decision;
}

const struct dy_policy dy_handshake = {
	.name	= "handshake",
	.source	= "paravirtual spinlocks for KVM, seeds 002 and 003",
	.decide	= handshake_decide,
};
