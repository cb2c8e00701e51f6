// SPDX-License-Identifier: GPL-2.0
/*
 * What vCPUs do while they do not spin, written down for the policies: who was
 * preempted, who sleeps, who was kicked awake, who sent an IPI to whom. The first
 * two functions are called by the scheduler, which holds the lock of a run queue.
 */
#include <linux/kvm_host.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/time64.h>

#include <asm/apicdef.h>

#include "compat/compat.h"
#include "sched.h"
#include "vm.h"

#define BOOST_IN_TIME_NS	NSEC_PER_MSEC

/* Was the vCPU halted, and given a lock that it waits for? */
static bool is_kicked(const struct kvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->arch.pv.pv_unhalted);
}

static void count_boost(struct dy_vcpu *vcpu, u64 took_ns)
{
	dy_stat_inc(&vcpu->stats, took_ns <= BOOST_IN_TIME_NS ? DY_STAT_RAN : DY_STAT_WASTED);
	dy_hist_add(&vcpu->stats, DY_HIST_TO_RUN, took_ns);
}

/**
 * dy_sched_came() - a vCPU got a CPU
 * @vcpu: the vCPU
 */
void dy_sched_came(struct kvm_vcpu *vcpu)
{
	struct dy_vm *vm = dy_vm_find(vcpu->kvm);
	struct dy_vcpu *mine;
	u64 boosted_at;

	if (!vm)
		return;
	dy_index_clear(&vm->preempted, vcpu->vcpu_idx);
	dy_index_clear(&vm->kicked, vcpu->vcpu_idx);
	dy_index_clear(&vm->asleep, vcpu->vcpu_idx);

	mine = dy_vm_vcpu(vm, vcpu->vcpu_idx);
	if (!mine)
		return;
	if (is_kicked(vcpu))
		WRITE_ONCE(mine->kicked, true);
	boosted_at = READ_ONCE(mine->boosted_at);
	if (boosted_at) {
		WRITE_ONCE(mine->boosted_at, 0);
		count_boost(mine, local_clock() - boosted_at);
	}
}

/**
 * dy_sched_went() - a vCPU lost its CPU
 * @vcpu: the vCPU, whose thread this is
 */
void dy_sched_went(struct kvm_vcpu *vcpu)
{
	struct dy_vm *vm = dy_vm_find(vcpu->kvm);
	struct dy_vcpu *mine;

	if (!vm)
		return;
	mine = dy_vm_vcpu(vm, vcpu->vcpu_idx);
	if (READ_ONCE(vcpu->preempted)) {
		dy_index_set(&vm->preempted, vcpu->vcpu_idx);
		if (mine && READ_ONCE(mine->kicked))
			dy_index_set(&vm->kicked, vcpu->vcpu_idx);
		return;
	}
	dy_index_set(&vm->asleep, vcpu->vcpu_idx);
	dy_boost_blocked(&vm->boost, current);
	if (mine && READ_ONCE(mine->kicked))
		WRITE_ONCE(mine->kicked, false);
}

static bool is_unicast(u32 icr_low)
{
	return !(icr_low & APIC_DEST_ALLBUT) &&		/* no shorthand */
	       !(icr_low & APIC_DEST_LOGICAL);
}

/**
 * dy_ipi_sent() - a vCPU sent an IPI, and KVM is to deliver it
 * @icr_low: what it wrote to its APIC
 * @icr_high: and where it is to go
 *
 * Logical destinations count as unknown: one may have many receivers.
 */
void dy_ipi_sent(u32 icr_low, u32 icr_high)
{
	struct kvm_vcpu *me = dy_vcpu_running(), *receiver = NULL;
	struct dy_vm *vm = me ? dy_vm_find(me->kvm) : NULL;
	struct dy_vcpu *mine = vm ? dy_vm_vcpu(vm, me->vcpu_idx) : NULL;
	bool x2apic;

	if (!mine)
		return;
	x2apic = me->arch.apic_base & X2APIC_ENABLE;
	if (is_unicast(icr_low))
		receiver = kvm_get_vcpu_by_id(me->kvm, x2apic ? icr_high : icr_high >> 24);
	WRITE_ONCE(mine->ipi_target, receiver ? receiver->vcpu_idx : DY_NO_VCPU);
}
