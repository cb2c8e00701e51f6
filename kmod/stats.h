/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_STATS_H
#define DY_STATS_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/types.h>

struct seq_file;

/**
 * enum dy_stat - the counters
 * @DY_STAT_SPINS: calls of kvm_vcpu_on_spin(); the sum of the next nine
 * @DY_STAT_STOCK: spins handed over to KVM
 * @DY_STAT_RESUME: spins that just went on
 * @DY_STAT_YIELD: spins that left the choice to the scheduler
 * @DY_STAT_SLEEP: spins that slept, or would have but for a request
 * @DY_STAT_YIELD_TO: spins that had a vCPU to yield to
 * @DY_STAT_HINT: likewise, and gave nothing up
 * @DY_STAT_HAND_OVER: spins that slept for a sibling which waited for their CPU
 * @DY_STAT_BOOST: spins that had vCPUs to boost
 * @DY_STAT_NO_TARGET: spins that wanted one and found none
 * @DY_STAT_CANDIDATES: vCPUs tried; the sum of the next three
 * @DY_STAT_YIELDED: vCPUs that the scheduler took
 * @DY_STAT_BOOSTED: vCPUs that were boosted
 * @DY_STAT_REFUSED: vCPUs that it refused, or that had no thread
 * @DY_STAT_ALONE: of those, because both CPUs had nothing else to run
 * @DY_STAT_RUNNING: of those, because it was on its CPU already, or just got another
 * @DY_STAT_BLOCKED: of those, because it slept
 * @DY_STAT_ELSEWHERE: vCPUs tried that waited for another CPU than the spinner's
 * @DY_STAT_IN_FLIGHT: vCPUs of the VM that were yielded to or boosted and had not run
 *	since, each time that one is tried, itself included; in all
 * @DY_STAT_RAN: yielded to or boosted, and ran within 1 ms; of the target
 * @DY_STAT_WASTED: ...and did not; of the target
 * @DY_STAT_SPREAD: spins that handed over and might wake on another CPU
 * @DY_STAT_SLEEP_NS: time slept, in all
 * @DY_STAT_AWAY_NS: time that spinners gave away, in all
 * @DY_STAT_FORFEITED_NS: CPU time that spinners gave up to whoever waits in their
 *	queue, in all
 * @DY_STAT_WAITERS: vCPUs that were preempted after they spun
 * @DY_STAT_WAITERS_NS: for how long, in all
 * @DY_STAT_HOLDERS: vCPUs preempted in their guest's kernel before they spun: lock
 *	holders are among these
 * @DY_STAT_HOLDERS_NS: for how long, in all
 * @DY_NR_STATS: how many there are
 */
enum dy_stat {
	DY_STAT_SPINS,
	DY_STAT_STOCK,
	DY_STAT_RESUME,
	DY_STAT_YIELD,
	DY_STAT_SLEEP,
	DY_STAT_YIELD_TO,
	DY_STAT_HINT,
	DY_STAT_HAND_OVER,
	DY_STAT_BOOST,
	DY_STAT_NO_TARGET,
	DY_STAT_CANDIDATES,
	DY_STAT_YIELDED,
	DY_STAT_BOOSTED,
	DY_STAT_REFUSED,
	DY_STAT_ALONE,
	DY_STAT_RUNNING,
	DY_STAT_BLOCKED,
	DY_STAT_ELSEWHERE,
	DY_STAT_IN_FLIGHT,
	DY_STAT_RAN,
	DY_STAT_WASTED,
	DY_STAT_SPREAD,
	DY_STAT_SLEEP_NS,
	DY_STAT_AWAY_NS,
	DY_STAT_FORFEITED_NS,
	DY_STAT_WAITERS,
	DY_STAT_WAITERS_NS,
	DY_STAT_HOLDERS,
	DY_STAT_HOLDERS_NS,
	DY_NR_STATS
};

/**
 * enum dy_hist_id - the histograms
 * @DY_HIST_DECIDE: ns that a decision took; only while timing is on
 * @DY_HIST_TO_RUN: ns from a yield or boost until its target ran
 * @DY_NR_HISTS: how many there are
 */
enum dy_hist_id {
	DY_HIST_DECIDE,
	DY_HIST_TO_RUN,
	DY_NR_HISTS
};

#define DY_HIST_BUCKETS	32

/**
 * struct dy_hist - a histogram
 * @count: bucket b counts values from 2^(b-1) to 2^b - 1, the first 0 alone, the
 *	last all that are more
 */
struct dy_hist {
	u64 count[DY_HIST_BUCKETS];
};

struct dy_stats {
	u64 count[DY_NR_STATS];
	struct dy_hist hist[DY_NR_HISTS];
};

static inline void dy_stat_add(struct dy_stats *stats, enum dy_stat stat, u64 n)
{
	WRITE_ONCE(stats->count[stat], stats->count[stat] + n);
}

static inline void dy_stat_inc(struct dy_stats *stats, enum dy_stat stat)
{
	dy_stat_add(stats, stat, 1);
}

static inline void dy_hist_add(struct dy_stats *stats, enum dy_hist_id id, u64 n)
{
	u64 *bucket = &stats->hist[id].count[min(fls64(n), DY_HIST_BUCKETS - 1)];

	WRITE_ONCE(*bucket, *bucket + 1);
}

void dy_stats_show(struct seq_file *m, const struct dy_stats *stats);
void dy_hists_show(struct seq_file *m, const struct dy_stats *stats);
void dy_stats_head(struct seq_file *m);
void dy_stats_row(struct seq_file *m, const struct dy_stats *stats);

#endif /* DY_STATS_H */
