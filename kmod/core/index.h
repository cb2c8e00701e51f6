/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A set of vCPUs, as two levels of bits: the next member is found in a few
 * instructions, however many vCPUs there are. Any number of threads may change
 * and read it at once, and each vCPU's bit is changed by one at a time, its own.
 */
#ifndef DY_INDEX_H
#define DY_INDEX_H

#include "env.h"

#define DY_INDEX_WORDS	BITS_PER_LONG
#define DY_MAX_VCPUS	(DY_INDEX_WORDS * BITS_PER_LONG)

/* No vCPU. Above every index. */
#define DY_NO_VCPU	(~0U)

/**
 * struct dy_index - a set of up to DY_MAX_VCPUS vCPUs; starts zeroed
 * @top: bit w is set if word w is not zero
 * @word: a bit a vCPU
 */
struct dy_index {
	unsigned long top;
	unsigned long word[DY_INDEX_WORDS];
};

void dy_index_set(struct dy_index *index, unsigned int idx);
void dy_index_clear(struct dy_index *index, unsigned int idx);

/**
 * dy_index_has() - is a vCPU in a set?
 * @index: the set
 * @idx: the vCPU, below DY_MAX_VCPUS
 *
 * Return: true if it is.
 */
static inline bool dy_index_has(const struct dy_index *index, unsigned int idx)
{
	return test_bit(idx, index->word);
}

/**
 * dy_index_empty() - has a set no members?
 * @index: the set
 *
 * Return: true if it has none.
 */
static inline bool dy_index_empty(const struct dy_index *index)
{
	return !dy_read_long(&index->top);
}

/**
 * dy_index_next() - find the next vCPU of a set
 * @index: the set
 * @from: where to start
 *
 * Return: the first member from @from on, or DY_NO_VCPU.
 */
static inline unsigned int dy_index_next(const struct dy_index *index,
					 unsigned int from)
{
	unsigned int w = from / BITS_PER_LONG;
	unsigned long bits;

	if (from >= DY_MAX_VCPUS)
		return DY_NO_VCPU;
	bits = dy_read_long(&index->word[w]) & (~0UL << from % BITS_PER_LONG);
	while (!bits) {
		/* Shifted twice, as a shift by a whole word is none. */
		unsigned long more = dy_read_long(&index->top) & (~0UL << w << 1);

		if (!more)
			return DY_NO_VCPU;
		w = __ffs(more);
		bits = dy_read_long(&index->word[w]);	/* may have become zero */
	}
	return w * BITS_PER_LONG + __ffs(bits);
}

#endif /* DY_INDEX_H */
