/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_VM_H
#define DY_VM_H

#include <linux/rculist.h>
#include <linux/types.h>

#include "boost.h"
#include "core/policy.h"
#include "nap.h"
#include "stats.h"

struct dentry;
struct kvm;
struct kvm_vcpu;
struct task_struct;

#define DY_VM_NAME_MAX	24

/**
 * struct dy_settings - what a VM does on a PAUSE exit
 * @policy: the policy; in a VM, NULL stands for the module's default
 * @sleep_ns: how long the policy sleep sleeps, adaptive at most; in a VM, 0 for the default
 * @boost_ns: how long a boost lasts; likewise
 */
struct dy_settings {
	const struct dy_policy *policy;
	unsigned long sleep_ns;
	unsigned long boost_ns;
};

/**
 * struct dy_vcpu - what is kept of a vCPU
 * @stats: counters; only its own thread writes them
 * @boosted_at: local_clock() when it was last yielded to or boosted and has not
 *	run since, or 0
 * @nap: its nap
 * @ipi_target: index of the only receiver of its last IPI, or DY_NO_VCPU
 * @preempted_at: local_clock() when it was preempted and has not run since, or 0
 * @stranger: who got its CPU when it last lost it, with a reference, if that is one
 *	who gains by what it gives up; else NULL
 * @stranger_ran: &sched_entity.sum_exec_runtime of that one then
 * @lost_ns: what strangers ran in its turn, leaking away
 * @lost_at: local_clock() when that was true
 * @spun: it spun since it got its CPU
 * @kicked: it was woken from a halt by a kick, and has not halted since
 */
struct dy_vcpu {
	struct dy_stats stats;
	u64 boosted_at;
	u64 preempted_at;
	struct task_struct *stranger;
	u64 stranger_ran;
	u64 lost_ns;
	u64 lost_at;
	struct dy_nap nap;
	unsigned int ipi_target;
	bool spun;
	bool kicked;
};

/**
 * struct dy_vm - what is kept of a VM, from its first PAUSE exit, or its first
 * setting, to its end
 * @node: in the table of VMs
 * @rcu: frees it
 * @kvm: the VM; just an address where none of its vCPUs is on the way
 * @name: as KVM's debugfs has it: pid-fd
 * @dir: its debugfs folder
 * @own: its own settings
 * @preempted: vCPUs that were preempted
 * @kicked: of those, the ones that were given a lock before
 * @asleep: vCPUs that went to sleep
 * @boosted: vCPUs that were yielded to or boosted, and have not run since
 * @naps: the naps of vCPUs for a sibling
 * @spread_at: jiffies when it was last looked where else one could run
 * @spread_room: then there was room for all
 * @boost: the boost that is in flight
 * @max_vcpus: entries of @vcpus
 * @vcpus: by index; an entry once set stays
 */
struct dy_vm {
	struct hlist_node node;
	struct rcu_head rcu;
	struct kvm *kvm;
	char name[DY_VM_NAME_MAX];
	struct dentry *dir;
	struct dy_settings own;
	struct dy_index preempted;
	struct dy_index kicked;
	struct dy_index asleep;
	struct dy_index boosted;
	struct dy_naps naps;
	unsigned long spread_at;
	bool spread_room;
	struct dy_boost boost;
	unsigned int max_vcpus;
	struct dy_vcpu *vcpus[];
};

void dy_vms_exit(void);
struct dy_vm *dy_vm_find(const struct kvm *kvm);
struct dy_vm *dy_vm_get(struct kvm *kvm);
void dy_vm_forget(struct kvm *kvm);
int dy_vm_attach(int pid, unsigned int fd);
struct dy_vcpu *dy_vm_vcpu(struct dy_vm *vm, unsigned int idx);
struct dy_vcpu *dy_vm_vcpu_get(struct dy_vm *vm, unsigned int idx);
struct dy_settings dy_vm_settings(const struct dy_vm *vm);
void dy_vms_sum(struct dy_stats *sum);
void dy_vm_sum(const struct dy_vm *vm, struct dy_stats *sum);

#endif /* DY_VM_H */
