/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_STATS_H
#define DY_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

/**
 * enum dy_stat - the counters
 * @DY_STAT_SPINS: calls of kvm_vcpu_on_spin(); the sum of the next five
 * @DY_STAT_STOCK: spins handed over to KVM
 * @DY_STAT_RESUME: spins that just went on
 * @DY_STAT_SLEEP: spins that slept, or would have but for a request
 * @DY_STAT_YIELD_TO: spins that had a vCPU to yield to
 * @DY_STAT_NO_TARGET: spins that wanted one and found none
 * @DY_STAT_CANDIDATES: vCPUs tried; the sum of the next two
 * @DY_STAT_YIELDED: vCPUs that the scheduler took
 * @DY_STAT_REFUSED: vCPUs that it refused, or that had no thread
 * @DY_STAT_SLEEP_NS: time slept, in all
 * @DY_NR_STATS: how many there are
 */
enum dy_stat {
	DY_STAT_SPINS,
	DY_STAT_STOCK,
	DY_STAT_RESUME,
	DY_STAT_SLEEP,
	DY_STAT_YIELD_TO,
	DY_STAT_NO_TARGET,
	DY_STAT_CANDIDATES,
	DY_STAT_YIELDED,
	DY_STAT_REFUSED,
	DY_STAT_SLEEP_NS,
	DY_NR_STATS
};

struct dy_stats {
	u64 count[DY_NR_STATS];
};

DECLARE_PER_CPU(struct dy_stats, dy_stats);

static inline void dy_stat_add(enum dy_stat stat, u64 n)
{
	this_cpu_add(dy_stats.count[stat], n);
}

static inline void dy_stat_inc(enum dy_stat stat)
{
	dy_stat_add(stat, 1);
}

void dy_stats_init(void);
void dy_stats_exit(void);

#endif /* DY_STATS_H */
