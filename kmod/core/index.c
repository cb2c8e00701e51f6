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
	/* Pairs with the second one in dy_index_clear(): the bit first, then top. */
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

	if (idx >= DY_MAX_VCPUS || !dy_index_has(index, idx))
		return;
	clear_bit(idx, index->word);
	/* As above: what others set in this word meanwhile is seen. */
	smp_mb__after_atomic();
	if (dy_read_long(&index->word[w]))
		return;
	clear_bit(w, &index->top);
	/* Pairs with the one in dy_index_set(): either it sees top clear, or this sees its bit. */
	smp_mb__after_atomic();
	if (dy_read_long(&index->word[w]))
		set_bit(w, &index->top);
}
