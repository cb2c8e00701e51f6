// SPDX-License-Identifier: GPL-2.0
/*
 * yield: gives the rest of the slice to whoever the scheduler likes, a neighbour
 * as well as a sibling. The first thing one would do, and the oldest: Xen's
 * answer to a PAUSE exit, and SCHED_YIELD of a paravirtual lock (seed 004, 2).
 */
#include "policy.h"

static struct dy_decision yield_decide(const struct dy_view *view,
				       struct dy_cursor *cursor)
{
	struct dy_decision decision = { .action = DY_YIELD };

	(void)view;
	(void)cursor;
	return decision;
}

const struct dy_policy dy_yield = {
	.name	= "yield",
	.source	= "sched_yield(), as Xen answers PAUSE exits",
	.decide	= yield_decide,
};
