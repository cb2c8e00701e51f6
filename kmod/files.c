// SPDX-License-Identifier: GPL-2.0
/*
 * The files in debugfs:
 *
 *	kvm_dyield/stats		counters of all VMs, those that ended included
 *	kvm_dyield/hist			their histograms
 *	kvm_dyield/timing		1 while decisions are to be timed
 *	kvm_dyield/attach		write a VM's name: it gets its folder now
 *	kvm_dyield/<pid-fd>/policy	the VM's policy; "default" to follow the module's
 *	kvm_dyield/<pid-fd>/sleep_ns	likewise, 0 to follow
 *	kvm_dyield/<pid-fd>/boost_ns
 *	kvm_dyield/<pid-fd>/stats	its counters
 *	kvm_dyield/<pid-fd>/vcpus	...by vCPU
 *	kvm_dyield/<pid-fd>/hist	its histograms
 *
 * Without debugfs the module works all the same. A VM has all its files or none.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "act.h"
#include "files.h"
#include "params.h"
#include "vm.h"

static struct dentry *top;

/* The counters of the whole are too big for a stack. */
static int show_sum(struct seq_file *m, const struct dy_vm *vm,
		    void (*show)(struct seq_file *m, const struct dy_stats *stats))
{
	struct dy_stats *sum = kzalloc(sizeof(*sum), GFP_KERNEL);

	if (!sum)
		return -ENOMEM;
	if (vm)
		dy_vm_sum(vm, sum);
	else
		dy_vms_sum(sum);
	show(m, sum);
	kfree(sum);
	return 0;
}

static int stats_show(struct seq_file *m, void *unused)
{
	return show_sum(m, m->private, dy_stats_show);
}
DEFINE_SHOW_ATTRIBUTE(stats);

static int hist_show(struct seq_file *m, void *unused)
{
	return show_sum(m, m->private, dy_hists_show);
}
DEFINE_SHOW_ATTRIBUTE(hist);

static int vcpus_show(struct seq_file *m, void *unused)
{
	struct dy_vm *vm = m->private;

	seq_puts(m, "vcpu");
	dy_stats_head(m);
	for (unsigned int i = 0; i < vm->max_vcpus; i++) {
		const struct dy_vcpu *vcpu = dy_vm_vcpu(vm, i);

		if (vcpu) {
			seq_printf(m, "%u", i);
			dy_stats_row(m, &vcpu->stats);
		}
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vcpus);

/* A line that a user writes, without what surrounds it. */
static char *get_word(const char __user *from, size_t count, char *buf, size_t size)
{
	if (count >= size)
		return ERR_PTR(-EINVAL);
	if (copy_from_user(buf, from, count))
		return ERR_PTR(-EFAULT);
	buf[count] = '\0';
	return strim(buf);
}

static int policy_show(struct seq_file *m, void *unused)
{
	struct dy_vm *vm = m->private;
	const struct dy_policy *own = READ_ONCE(vm->own.policy);

	seq_printf(m, "%s\n", own ? own->name : "default");
	return 0;
}

static ssize_t policy_write(struct file *file, const char __user *from,
			    size_t count, loff_t *pos)
{
	struct dy_vm *vm = ((struct seq_file *)file->private_data)->private;
	const struct dy_policy *policy = NULL;
	char buf[32], *name = get_word(from, count, buf, sizeof(buf));

	if (IS_ERR(name))
		return PTR_ERR(name);
	if (strcmp(name, "default")) {
		policy = dy_param_find_policy(name);
		if (!policy)
			return -EINVAL;
	}
	WRITE_ONCE(vm->own.policy, policy);
	return count;
}

static int policy_open(struct inode *inode, struct file *file)
{
	return single_open(file, policy_show, inode->i_private);
}

static const struct file_operations policy_fops = {
	.owner		= THIS_MODULE,
	.open		= policy_open,
	.read		= seq_read,
	.write		= policy_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static int sleep_ns_get(void *data, u64 *val)
{
	*val = READ_ONCE(((struct dy_vm *)data)->own.sleep_ns);
	return 0;
}

static int sleep_ns_set(void *data, u64 val)
{
	if (val && !dy_param_check_ns("sleep_ns", val))
		return -EINVAL;
	WRITE_ONCE(((struct dy_vm *)data)->own.sleep_ns, val);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(sleep_ns_fops, sleep_ns_get, sleep_ns_set, "%llu\n");

static int boost_ns_get(void *data, u64 *val)
{
	*val = READ_ONCE(((struct dy_vm *)data)->own.boost_ns);
	return 0;
}

static int boost_ns_set(void *data, u64 val)
{
	if (val && !dy_param_check_ns("boost_ns", val))
		return -EINVAL;
	WRITE_ONCE(((struct dy_vm *)data)->own.boost_ns, val);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(boost_ns_fops, boost_ns_get, boost_ns_set, "%llu\n");

static int timing_get(void *data, u64 *val)
{
	*val = static_key_enabled(&dy_timing);
	return 0;
}

static int timing_set(void *data, u64 val)
{
	if (val > 1)
		return -EINVAL;
	if (val)
		static_branch_enable(&dy_timing);
	else
		static_branch_disable(&dy_timing);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(timing_fops, timing_get, timing_set, "%llu\n");

static ssize_t attach_write(struct file *file, const char __user *from,
			    size_t count, loff_t *pos)
{
	char buf[DY_VM_NAME_MAX], *name = get_word(from, count, buf, sizeof(buf));
	unsigned int fd;
	int pid, end = 0, ret;

	if (IS_ERR(name))
		return PTR_ERR(name);
	if (sscanf(name, "%d-%u%n", &pid, &fd, &end) != 2 || name[end])
		return -EINVAL;
	ret = dy_vm_attach(pid, fd);
	return ret ?: count;
}

static const struct file_operations attach_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= attach_write,
};

/**
 * dy_files_add() - make the files of a VM
 * @vm: the VM
 *
 * Return: 0, or -ENOMEM if not all could be made; then there are none. Where
 * debugfs is off there are none either, and that is fine.
 */
int dy_files_add(struct dy_vm *vm)
{
	struct dentry *dir = debugfs_create_dir(vm->name, top);
	struct dentry *made[] = {
		dir,
		debugfs_create_file("policy", 0644, dir, vm, &policy_fops),
		debugfs_create_file_unsafe("sleep_ns", 0644, dir, vm,
					   &sleep_ns_fops),
		debugfs_create_file_unsafe("boost_ns", 0644, dir, vm,
					   &boost_ns_fops),
		debugfs_create_file("stats", 0444, dir, vm, &stats_fops),
		debugfs_create_file("vcpus", 0444, dir, vm, &vcpus_fops),
		debugfs_create_file("hist", 0444, dir, vm, &hist_fops),
	};

	for (int i = 0; i < ARRAY_SIZE(made); i++) {
		if (made[i] == ERR_PTR(-ENOMEM)) {
			debugfs_remove(dir);
			return -ENOMEM;
		}
	}
	vm->dir = dir;
	return 0;
}

/**
 * dy_files_remove() - remove the files of a VM, once nobody reads them
 * @vm: the VM
 */
void dy_files_remove(struct dy_vm *vm)
{
	debugfs_remove(vm->dir);
}

/**
 * dy_files_init() - make the files of the module
 */
void dy_files_init(void)
{
	top = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("stats", 0444, top, NULL, &stats_fops);
	debugfs_create_file("hist", 0444, top, NULL, &hist_fops);
	debugfs_create_file("attach", 0200, top, NULL, &attach_fops);
	debugfs_create_file_unsafe("timing", 0644, top, NULL, &timing_fops);
}

/**
 * dy_files_exit() - remove them, those of VMs being gone
 */
void dy_files_exit(void)
{
	debugfs_remove(top);
}
