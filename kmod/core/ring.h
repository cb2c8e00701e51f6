/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_RING_H
#define DY_RING_H

#include "policy.h"

unsigned int dy_ring_next(const struct dy_view *view, struct dy_cursor *cursor);
unsigned int dy_ring_next_in(const struct dy_index *set,
			     const struct dy_view *view,
			     struct dy_cursor *cursor);
void dy_ring_restart(struct dy_cursor *cursor);
void dy_ring_restart_asleep(struct dy_cursor *cursor);
bool dy_fits_mode(const struct dy_view *view, unsigned int seen);
unsigned int dy_mainline_next(const struct dy_view *view,
			      struct dy_cursor *cursor);

#endif /* DY_RING_H */
