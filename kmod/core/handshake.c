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

static struct dy_decision yield_to(unsigned int idx)
{
	struct dy_decision decision = {
		.action = DY_YIELD_TO,
		.target = idx,
	};

	return decision;
}

enum { KICKED, OTHERS };

static struct dy_decision handshake_decide(const struct dy_view *view,
					   struct dy_cursor *cursor)
{
	struct dy_decision none = { .action = DY_NO_TARGET };
	unsigned int idx;

	for (;;) {
		while ((idx = dy_ring_next(view, cursor)) != DY_NO_VCPU) {
			unsigned int seen = dy_vcpu_see(view, idx);
			bool kicked = seen & DY_VCPU_KICKED;

			if (kicked == (cursor->phase == KICKED) &&
			    !(seen & (DY_VCPU_HALTED | DY_VCPU_ASLEEP)))
				return yield_to(idx);
		}
		if (cursor->phase == OTHERS)
			return none;
		cursor->phase = OTHERS;
		dy_ring_restart(cursor);
	}
}

const struct dy_policy dy_handshake = {
	.name	= "handshake",
	.source	= "paravirtual spinlocks for KVM, seeds 002 and 003",
	.decide	= handshake_decide,
};
