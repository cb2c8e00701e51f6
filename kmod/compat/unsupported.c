// SPDX-License-Identifier: GPL-2.0
/* Takes the place of the module in a kernel that has no way to hook in. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

static int __init dyield_init(void)
{
	pr_err("needs x86-64 and a kernel with CONFIG_LIVEPATCH and CONFIG_KPROBES\n");
	return -EOPNOTSUPP;
}
module_init(dyield_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kvm_dyield, in a kernel that does not fit");
