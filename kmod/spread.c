// SPDX-License-Identifier: GPL-2.0
/*
 * Where else could one of two siblings on one CPU run? To the balancer two siblings
 * here and two strangers there are as good as one of each, and as a sibling that naps
 * for the other is not counted, they stay together for as long as they spin. So who
 * naps may wake elsewhere, if that takes nothing from anybody: where two or more are to
 * run on each CPU, on average, two here have no more than is due to them anywhere. With
 * less, two of them together may be all that is due to their VM, and parted they would
 * take what is not.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kvm_host.h>
#include <linux/sched.h>
#include <linux/topology.h>

#include "compat/compat.h"
#include "params.h"
#include "port_kvm.h"
#include "spread.h"
#include "vm.h"

/* A VM with more vCPUs is left to the balancer. */
#define MOST_VCPUS	64
#define NO_CPU		(-1)

static bool is_among(int cpu, const int *cpus, unsigned int nr)
{
	while (nr)
		if (cpus[--nr] == cpu)
			return true;
	return false;
}

/* A CPU of this node that the vCPU may run on, and none of its siblings is on. */
static int without_sibling(struct kvm *kvm)
{
	unsigned int nr = atomic_read(&kvm->online_vcpus);
	int cpus[MOST_VCPUS], cpu;

	if (nr > MOST_VCPUS)
		return NO_CPU;
	for (unsigned int i = 0; i < nr; i++)
		cpus[i] = dy_vcpu_cpu(kvm_get_vcpu(kvm, i));
	for_each_cpu_and(cpu, current->cpus_ptr, cpumask_of_node(numa_node_id()))
		if (cpu_online(cpu) && !is_among(cpu, cpus, nr))
			return cpu;
	return NO_CPU;
}

/* Are two or more to run on each CPU? Now and at the last look, as somebody wakes any time. */
static bool is_room(struct dy_vm *vm)
{
	bool now = dy_tasks_running() >= 2 * num_online_cpus();
	bool before = READ_ONCE(vm->spread_room);

	WRITE_ONCE(vm->spread_room, now);
	return now && before;
}

/**
 * dy_spread_to() - where a vCPU that shares its CPU with a sibling could go
 * @vm: the VM
 * @me: the vCPU, whose thread this is
 *
 * Looks no more often than once a tick for each VM.
 *
 * Return: the CPU; negative if it had better stay.
 */
int dy_spread_to(struct dy_vm *vm, struct kvm_vcpu *me)
{
	unsigned long now = jiffies;

	if (READ_ONCE(vm->spread_at) == now || dy_param_ignored() & BIT(DY_IGNORE_room))
		return NO_CPU;
	WRITE_ONCE(vm->spread_at, now);
	return is_room(vm) ? without_sibling(me->kvm) : NO_CPU;
}
