// SPDX-License-Identifier: GPL-2.0
/* The counters, and the debugfs file that shows them. */
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "stats.h"

DEFINE_PER_CPU(struct dy_stats, dy_stats);

static const char *const names[DY_NR_STATS] = {
	[DY_STAT_SPINS]		= "spins",
	[DY_STAT_STOCK]		= "stock",
	[DY_STAT_RESUME]	= "resume",
	[DY_STAT_SLEEP]		= "sleep",
	[DY_STAT_YIELD_TO]	= "yield_to",
	[DY_STAT_NO_TARGET]	= "no_target",
	[DY_STAT_CANDIDATES]	= "candidates",
	[DY_STAT_YIELDED]	= "yielded",
	[DY_STAT_REFUSED]	= "refused",
	[DY_STAT_SLEEP_NS]	= "sleep_ns",
};

static struct dentry *dir;

static u64 sum(enum dy_stat stat)
{
	u64 n = 0;
	int cpu;

	/* CPUs that went offline keep what they counted. */
	for_each_possible_cpu(cpu)
		n += READ_ONCE(per_cpu(dy_stats, cpu).count[stat]);
	return n;
}

static int stats_show(struct seq_file *m, void *unused)
{
	for (int stat = 0; stat < DY_NR_STATS; stat++)
		seq_printf(m, "%s %llu\n", names[stat], sum(stat));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/**
 * dy_stats_init() - make the debugfs files
 *
 * Without debugfs the module works all the same, so nothing is checked here.
 */
void dy_stats_init(void)
{
	dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("stats", 0444, dir, NULL, &stats_fops);
}

/**
 * dy_stats_exit() - remove the debugfs files, once nobody reads them
 */
void dy_stats_exit(void)
{
	debugfs_remove(dir);
}
