// SPDX-License-Identifier: GPL-2.0
/* kvm_dyield: a choice of what KVM does when a guest's vCPU spins on a lock. */
#include <linux/init.h>
#include <linux/module.h>

#include "hook.h"
#include "stats.h"

static int __init dyield_init(void)
{
	int ret;

	dy_stats_init();
	ret = dy_hook_enable();
	if (ret)
		dy_stats_exit();
	return ret;
}

/* Runs only after the livepatch was disabled, when no vCPU is in here any more. */
static void __exit dyield_exit(void)
{
	dy_stats_exit();
}

module_init(dyield_init);
module_exit(dyield_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Replaceable policies for KVM's PAUSE exits (directed yield)");
