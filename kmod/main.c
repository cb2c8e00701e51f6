// SPDX-License-Identifier: GPL-2.0
/* kvm_dyield: a choice of what KVM does when a guest's vCPU spins on a lock. */
#include <linux/init.h>
#include <linux/module.h>

#include "boost.h"
#include "files.h"
#include "hook.h"
#include "vm.h"

static void clean_up(void)
{
	dy_vms_exit();
	dy_files_exit();
	dy_boosts_exit();
}

static int __init dyield_init(void)
{
	int ret = dy_boosts_init();

	if (ret)
		return ret;
	dy_files_init();
	ret = dy_hook_enable();
	if (ret)
		clean_up();
	return ret;
}

/* Runs only after the livepatch was disabled, when no vCPU is in here any more. */
static void __exit dyield_exit(void)
{
	clean_up();
}

module_init(dyield_init);
module_exit(dyield_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Replaceable policies for KVM's PAUSE exits (directed yield)");
