// SPDX-License-Identifier: GPL-2.0
/*
 * ipi: the receiver of the spinner's last unicast IPI first, then as mainline. A
 * vCPU that spins right after it sent an IPI most likely waits for the answer:
 * Wanpeng Li, "KVM: x86: IPI-aware directed yield" (2025 to 2026). Where the
 * hardware delivers IPIs without an exit (AVIC, IPI virtualization) there is
 * nothing to see, and this is the policy eligible.
 */
#include "ring.h"

enum { RECEIVER, OTHERS };

static unsigned int receiver_next(const struct dy_view *view,
				  struct dy_cursor *cursor)
{
	unsigned int idx = view->ipi_target;

	if (cursor->phase == RECEIVER) {
		cursor->phase = OTHERS;
		if (idx < view->nr_vcpus && idx != view->me &&
		    dy_vcpu_ready(view, idx))
			return idx;
	}
	do {
		idx = dy_mainline_next(view, cursor);
	} while (idx == view->ipi_target && idx != DY_NO_VCPU);
	return idx;
}

static struct dy_decision ipi_decide(const struct dy_view *view,
				     struct dy_cursor *cursor)
{
	struct dy_decision decision = {
		.action = DY_YIELD_TO,
		.target = receiver_next(view, cursor),
	};

	if (decision.target == DY_NO_VCPU)
		decision.action = DY_NO_TARGET;
	return decision;
}

const struct dy_policy dy_ipi = {
	.name	= "ipi",
	.source	= "Wanpeng Li, IPI-aware directed yield",
	.decide	= ipi_decide,
};
