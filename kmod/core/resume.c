// SPDX-License-Identifier: GPL-2.0
/* resume: does nothing. What an exit costs by itself: the base line of the others. */
#include "policy.h"

static struct dy_decision resume_decide(const struct dy_view *view,
					struct dy_cursor *cursor)
{
	struct dy_decision decision = { .action = DY_RESUME };

	(void)view;
	(void)cursor;
	return decision;
}

const struct dy_policy dy_resume = {
	.name	= "resume",
	.source	= "the base line: exit and go on",
	.decide	= resume_decide,
};
