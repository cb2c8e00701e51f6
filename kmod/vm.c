// SPDX-License-Identifier: GPL-2.0
/* The VMs that the module knows: from their first PAUSE exit, or setting, to their end. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dcache.h>
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/kvm_host.h>
#include <linux/mutex.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "files.h"
#include "params.h"
#include "vm.h"

/* A host has tens of VMs; a vCPU looks its own up at each switch of tasks. */
static DEFINE_HASHTABLE(vms, 8);
static DEFINE_MUTEX(lock);	/* of changes to vms, and of dead */
static struct dy_stats dead;	/* what VMs counted that are gone */

/**
 * dy_vm_find() - look a VM up
 * @kvm: the VM
 *
 * To be called by one of its vCPUs, or with rcu_read_lock() held.
 *
 * Return: what is known of it, or NULL. It stays as long as the VM has vCPUs in
 * KVM_RUN.
 */
struct dy_vm *dy_vm_find(const struct kvm *kvm)
{
	struct dy_vm *vm, *found = NULL;

	rcu_read_lock();
	hash_for_each_possible_rcu(vms, vm, node, (unsigned long)kvm) {
		if (vm->kvm == kvm) {
			found = vm;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

static void name_it(struct dy_vm *vm)
{
	struct dentry *dir = READ_ONCE(vm->kvm->debugfs_dentry);

	if (IS_ERR_OR_NULL(dir))	/* a debugfs without files */
		snprintf(vm->name, sizeof(vm->name), "%d-%p",
			 vm->kvm->userspace_pid, vm->kvm);
	else
		snprintf(vm->name, sizeof(vm->name), "%pd", dir);
}

static void free_vm(struct dy_vm *vm)
{
	for (unsigned int i = 0; i < vm->max_vcpus; i++) {
		if (vm->vcpus[i] && vm->vcpus[i]->stranger)
			put_task_struct(vm->vcpus[i]->stranger);
		kfree(vm->vcpus[i]);
	}
	kvfree(vm);
}

static void free_vm_rcu(struct rcu_head *rcu)
{
	free_vm(container_of(rcu, struct dy_vm, rcu));
}

/* Nobody has written down yet who is preempted: for now, all may be. */
static bool fill(struct dy_vm *vm)
{
	unsigned int n = min_t(unsigned int, atomic_read(&vm->kvm->online_vcpus),
			       vm->max_vcpus);

	for (unsigned int i = 0; i < n; i++) {
		if (!dy_vm_vcpu_get(vm, i))
			return false;
		dy_index_set(&vm->preempted, i);
	}
	return true;
}

static struct dy_vm *make_vm(struct kvm *kvm)
{
	unsigned int max = min_t(unsigned int, kvm->max_vcpus, DY_MAX_VCPUS);
	struct dy_vm *vm;

	vm = kvzalloc(struct_size(vm, vcpus, max), GFP_KERNEL_ACCOUNT);
	if (!vm)
		return NULL;
	vm->kvm = kvm;
	vm->max_vcpus = max;
	if (!fill(vm)) {
		free_vm(vm);
		return NULL;
	}
	name_it(vm);
	dy_boost_init(&vm->boost);
	dy_naps_init(&vm->naps);
	return vm;
}

/**
 * dy_vm_get() - look a VM up, or start to keep it
 * @kvm: the VM, which must not end meanwhile
 *
 * Return: what is known of it, or NULL without memory. As for its life, see
 * dy_vm_find().
 */
struct dy_vm *dy_vm_get(struct kvm *kvm)
{
	struct dy_vm *vm = dy_vm_find(kvm);

	if (likely(vm))
		return vm;

	mutex_lock(&lock);
	vm = dy_vm_find(kvm);
	if (!vm) {
		vm = make_vm(kvm);
		if (vm && dy_files_add(vm)) {
			free_vm(vm);
			vm = NULL;
		}
		if (vm)
			hash_add_rcu(vms, &vm->node, (unsigned long)kvm);
	}
	mutex_unlock(&lock);
	return vm;
}

static void add(struct dy_stats *sum, const struct dy_stats *stats)
{
	for (int i = 0; i < DY_NR_STATS; i++)
		sum->count[i] += READ_ONCE(stats->count[i]);
	for (int i = 0; i < DY_NR_HISTS; i++) {
		for (int b = 0; b < DY_HIST_BUCKETS; b++)
			sum->hist[i].count[b] +=
				READ_ONCE(stats->hist[i].count[b]);
	}
}

/**
 * dy_vm_sum() - add up the counters of a VM's vCPUs
 * @vm: the VM
 * @sum: what they are added to
 */
void dy_vm_sum(const struct dy_vm *vm, struct dy_stats *sum)
{
	for (unsigned int i = 0; i < vm->max_vcpus; i++) {
		const struct dy_vcpu *vcpu = READ_ONCE(vm->vcpus[i]);

		if (vcpu)
			add(sum, &vcpu->stats);
	}
}

/**
 * dy_vms_sum() - add up the counters of all VMs, those that ended included
 * @sum: what they are added to
 */
void dy_vms_sum(struct dy_stats *sum)
{
	struct dy_vm *vm;
	int bucket;

	mutex_lock(&lock);
	add(sum, &dead);
	hash_for_each(vms, bucket, vm, node)
		dy_vm_sum(vm, sum);
	mutex_unlock(&lock);
}

/* Takes it out of the table, so that nobody new finds it. */
static void bury(struct dy_vm *vm)
{
	hash_del_rcu(&vm->node);
	dy_vm_sum(vm, &dead);
}

static void release(struct dy_vm *vm)
{
	dy_boost_exit(&vm->boost);
	for (unsigned int i = 0; i < vm->max_vcpus; i++) {
		if (vm->vcpus[i])
			dy_nap_exit(&vm->vcpus[i]->nap);
	}
	dy_files_remove(vm);
	call_rcu(&vm->rcu, free_vm_rcu);
}

/**
 * dy_vm_forget() - a VM ends, its settings with it
 * @kvm: the VM; none of its vCPUs runs any more
 */
void dy_vm_forget(struct kvm *kvm)
{
	struct dy_vm *vm;

	mutex_lock(&lock);
	vm = dy_vm_find(kvm);
	if (vm)
		bury(vm);
	mutex_unlock(&lock);

	if (vm)
		release(vm);
}

/**
 * dy_vm_attach() - start to keep a VM before its first PAUSE exit
 * @pid: the process that has it, or any of its threads
 * @fd: and its file descriptor there
 *
 * Return: 0, -ENOENT if there is no such VM, -ENODEV while KVM is not hooked, or
 * -ENOMEM.
 */
int dy_vm_attach(int pid, unsigned int fd)
{
	struct kvm *kvm = dy_kvm_get(pid, fd);
	struct dy_vm *vm;

	if (IS_ERR(kvm))
		return PTR_ERR(kvm);
	vm = dy_vm_get(kvm);
	dy_kvm_put(kvm);	/* the last one, if the process just died */
	return vm ? 0 : -ENOMEM;
}

/**
 * dy_vm_vcpu() - what is kept of a vCPU
 * @vm: the VM
 * @idx: index of the vCPU
 *
 * Return: NULL if nothing is.
 */
struct dy_vcpu *dy_vm_vcpu(struct dy_vm *vm, unsigned int idx)
{
	/* Pairs with the cmpxchg() in dy_vm_vcpu_get(). */
	return idx < vm->max_vcpus ? smp_load_acquire(&vm->vcpus[idx]) : NULL;
}

/**
 * dy_vm_vcpu_get() - likewise, and start to keep it
 * @vm: the VM
 * @idx: index of the vCPU
 *
 * Return: NULL without memory, or if the index is too high.
 */
struct dy_vcpu *dy_vm_vcpu_get(struct dy_vm *vm, unsigned int idx)
{
	struct dy_vcpu *vcpu = dy_vm_vcpu(vm, idx), *old;

	if (likely(vcpu) || idx >= vm->max_vcpus)
		return vcpu;

	vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);
	if (!vcpu)
		return NULL;
	vcpu->ipi_target = DY_NO_VCPU;
	dy_nap_init(&vcpu->nap);
	old = cmpxchg(&vm->vcpus[idx], NULL, vcpu);
	if (old) {
		kfree(vcpu);
		return old;
	}
	return vcpu;
}

/**
 * dy_vm_settings() - what a VM is to do
 * @vm: the VM
 *
 * Return: its own settings, and the module's where it has none.
 */
struct dy_settings dy_vm_settings(const struct dy_vm *vm)
{
	return (struct dy_settings) {
		.policy = READ_ONCE(vm->own.policy) ?: dy_param_policy(),
		.sleep_ns = READ_ONCE(vm->own.sleep_ns) ?: dy_param_sleep_ns(),
		.boost_ns = READ_ONCE(vm->own.boost_ns) ?: dy_param_boost_ns(),
	};
}

/**
 * dy_vms_exit() - forget all VMs, when no vCPU is in here any more
 */
void dy_vms_exit(void)
{
	struct hlist_node *next;
	struct dy_vm *vm;
	int bucket;

	mutex_lock(&lock);
	hash_for_each_safe(vms, bucket, next, vm, node) {
		bury(vm);
		release(vm);
	}
	mutex_unlock(&lock);
	rcu_barrier();
}
