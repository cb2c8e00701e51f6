/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What core/ needs of its environment: the kernel's, or the same by name in user
 * space, where the unit tests and the microbenchmarks compile it.
 */
#ifndef DY_ENV_H
#define DY_ENV_H

#ifdef __KERNEL__
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/string.h>
#include <linux/types.h>

static inline unsigned long dy_read_long(const unsigned long *p)
{
	return READ_ONCE(*p);
}
#else
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define BITS_PER_LONG	64
#define BIT(n)		(1UL << (n))

static inline unsigned long dy_read_long(const unsigned long *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static inline void set_bit(unsigned long nr, unsigned long *addr)
{
	__atomic_fetch_or(addr + nr / BITS_PER_LONG, BIT(nr % BITS_PER_LONG),
			  __ATOMIC_SEQ_CST);
}

static inline void clear_bit(unsigned long nr, unsigned long *addr)
{
	__atomic_fetch_and(addr + nr / BITS_PER_LONG, ~BIT(nr % BITS_PER_LONG),
			   __ATOMIC_SEQ_CST);
}

static inline bool test_bit(unsigned long nr, const unsigned long *addr)
{
	return dy_read_long(addr + nr / BITS_PER_LONG) >> nr % BITS_PER_LONG & 1;
}

static inline unsigned long __ffs(unsigned long word)
{
	return __builtin_ctzl(word);
}

#define smp_mb__after_atomic()	((void)0)	/* the above are full barriers */
#endif

#endif /* DY_ENV_H */
