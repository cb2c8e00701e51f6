// SPDX-License-Identifier: GPL-2.0
#include "index.h"

/**
 * dy_index_set() - add a vCPU
 * @index: the set
 * @idx: the vCPU; one that is DY_MAX_VCPUS or above is left out
 */
void dy_index_set(struct dy_index *index, unsigned int idx)
{
	if (idx >= DY_MAX_VCPUS)
		return;
	set_bit(idx, index->word);
	smp_mb__after_atomic();
	if (!test_bit(idx / BITS_PER_LONG, &index->top))
		set_bit(idx / BITS_PER_LONG, &index->top);
}

/**
 * dy_index_clear() - remove a vCPU
 * @index: the set
 * @idx: the vCPU
 */
void dy_index_clear(struct dy_index *index, unsigned int idx)
{
	unsigned int w = idx / BITS_PER_LONG;

	if (idx >= DY_MAX_VCPUS)
		return;
	clear_bit(idx, index->word);
	smp_mb__after_atomic();
	if (dy_read_long(&index->word[w]))
		return;
	clear_bit(w, &index->top);
	smp_mb__after_atomic();
	/* Whoever set a bit between the two lines above may have seen top still set. */
	if (dy_read_long(&index->word[w]))
		set_bit(w, &index->top);
}
