// SPDX-License-Identifier: GPL-2.0
/* The counters and histograms in words. */
#include <linux/seq_file.h>

#include "stats.h"

static const char *const names[DY_NR_STATS] = {
	[DY_STAT_SPINS]		= "spins",
	[DY_STAT_STOCK]		= "stock",
	[DY_STAT_RESUME]	= "resume",
	[DY_STAT_YIELD]		= "yield",
	[DY_STAT_SLEEP]		= "sleep",
	[DY_STAT_YIELD_TO]	= "yield_to",
	[DY_STAT_HINT]		= "hint",
	[DY_STAT_HAND_OVER]	= "hand_over",
	[DY_STAT_BOOST]		= "boost",
	[DY_STAT_NO_TARGET]	= "no_target",
	[DY_STAT_CANDIDATES]	= "candidates",
	[DY_STAT_YIELDED]	= "yielded",
	[DY_STAT_BOOSTED]	= "boosted",
	[DY_STAT_REFUSED]	= "refused",
	[DY_STAT_ALONE]		= "refused_alone",
	[DY_STAT_RUNNING]	= "refused_running",
	[DY_STAT_BLOCKED]	= "refused_blocked",
	[DY_STAT_ELSEWHERE]	= "elsewhere",
	[DY_STAT_IN_FLIGHT]	= "in_flight",
	[DY_STAT_RAN]		= "ran_in_1ms",
	[DY_STAT_WASTED]	= "wasted",
	[DY_STAT_SPREAD]	= "spread",
	[DY_STAT_SLEEP_NS]	= "sleep_ns",
	[DY_STAT_AWAY_NS]	= "away_ns",
	[DY_STAT_FORFEITED_NS]	= "forfeited_ns",
	[DY_STAT_WAITERS]	= "waiters_preempted",
	[DY_STAT_WAITERS_NS]	= "waiters_preempted_ns",
	[DY_STAT_HOLDERS]	= "holders_preempted",
	[DY_STAT_HOLDERS_NS]	= "holders_preempted_ns",
};

static const char *const hist_names[DY_NR_HISTS] = {
	[DY_HIST_DECIDE]	= "decide_ns",
	[DY_HIST_TO_RUN]	= "boost_to_run_ns",
};

/**
 * dy_stats_show() - print counters, a name and a number a line
 * @m: where to
 * @stats: the counters
 */
void dy_stats_show(struct seq_file *m, const struct dy_stats *stats)
{
	for (int i = 0; i < DY_NR_STATS; i++)
		seq_printf(m, "%s %llu\n", names[i], stats->count[i]);
}

/**
 * dy_hists_show() - print histograms: a name, the least value of a bucket and how
 * often it was hit a line; empty buckets are left out
 * @m: where to
 * @stats: the histograms
 */
void dy_hists_show(struct seq_file *m, const struct dy_stats *stats)
{
	for (int i = 0; i < DY_NR_HISTS; i++) {
		for (int b = 0; b < DY_HIST_BUCKETS; b++) {
			u64 n = stats->hist[i].count[b];

			if (n)
				seq_printf(m, "%s %llu %llu\n", hist_names[i],
					   b ? 1ULL << (b - 1) : 0, n);
		}
	}
}

/**
 * dy_stats_head() - print the names of the counters, for dy_stats_row()
 * @m: where to
 */
void dy_stats_head(struct seq_file *m)
{
	for (int i = 0; i < DY_NR_STATS; i++)
		seq_printf(m, " %s", names[i]);
	seq_putc(m, '\n');
}

/**
 * dy_stats_row() - print counters in a line
 * @m: where to
 * @stats: the counters
 */
void dy_stats_row(struct seq_file *m, const struct dy_stats *stats)
{
	for (int i = 0; i < DY_NR_STATS; i++)
		seq_printf(m, " %llu", READ_ONCE(stats->count[i]));
	seq_putc(m, '\n');
}
