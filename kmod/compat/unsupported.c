// SPDX-License-Identifier: GPL-2.0
/* Takes the place of the hook in a kernel that has no way to hook in. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/printk.h>

#include "../hook.h"

int dy_hook_enable(void)
{
	pr_err("needs x86-64 and a kernel with CONFIG_LIVEPATCH\n");
	return -EOPNOTSUPP;
}
