// SPDX-License-Identifier: GPL-2.0
/*
 * What vCPUs do while they do not spin, written down for the policies: who was
 * preempted, who sleeps, who was kicked awake, who sent an IPI to whom. The first
 * two functions are called by the scheduler, which holds the lock of a run queue.
 */
#include <linux/kvm_host.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/task.h>
#include <linux/time64.h>

#include <asm/apicdef.h>

#include "compat/compat.h"
#include "compat/request.h"
#include "sched.h"
#include "vm.h"

#define BOOST_IN_TIME_NS	NSEC_PER_MSEC

/*
 * Strangers are reckoned with when they run for more than an eighth of the time in a
 * vCPU's turn: a daemon that wakes now and then is none to keep from. By the cap they
 * are forgotten in 2 s.
 */
#define LOST_LEAK		8
#define LOST_SOME_NS		(20 * NSEC_PER_MSEC)
#define LOST_CAP_NS		(250 * NSEC_PER_MSEC)

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

static u64 lost_now(const struct dy_vcpu *mine, u64 now)
{
	s64 lost = READ_ONCE(mine->lost_ns);
	s64 since = now - READ_ONCE(mine->lost_at);	/* another CPU's clock may be late */

	return max_t(s64, lost - max_t(s64, since, 0) / LOST_LEAK, 0);
}

/* How long did the stranger run that got this vCPU's CPU? */
static void count_stranger(struct dy_vcpu *mine, u64 now)
{
	struct task_struct *stranger = mine->stranger;
	u64 lost;

	if (!stranger)
		return;
	mine->stranger = NULL;
	lost = lost_now(mine, now) + stranger->se.sum_exec_runtime - mine->stranger_ran;
	put_task_struct(stranger);
	WRITE_ONCE(mine->lost_ns, min_t(u64, lost, LOST_CAP_NS));
	WRITE_ONCE(mine->lost_at, now);
}

/* For how long was it preempted, and what did others wait for meanwhile? */
static void count_preempted(struct dy_vcpu *mine, bool in_kernel, u64 now)
{
	u64 since = mine->preempted_at;

	if (since && mine->spun) {
		dy_stat_inc(&mine->stats, DY_STAT_WAITERS);
		dy_stat_add(&mine->stats, DY_STAT_WAITERS_NS, now - since);
	} else if (since && in_kernel) {
		dy_stat_inc(&mine->stats, DY_STAT_HOLDERS);
		dy_stat_add(&mine->stats, DY_STAT_HOLDERS_NS, now - since);
	}
	mine->preempted_at = 0;
	WRITE_ONCE(mine->spun, false);
}

/**
 * dy_sched_came() - a vCPU got a CPU
 * @vcpu: the vCPU
 */
void dy_sched_came(struct kvm_vcpu *vcpu)
{
	struct dy_vm *vm = dy_vm_find(vcpu->kvm);
	struct dy_vcpu *mine;
	u64 boosted_at, now;

	if (!vm)
		return;
	dy_index_clear(&vm->preempted, vcpu->vcpu_idx);
	dy_index_clear(&vm->kicked, vcpu->vcpu_idx);
	dy_index_clear(&vm->asleep, vcpu->vcpu_idx);

	mine = dy_vm_vcpu(vm, vcpu->vcpu_idx);
	if (!mine)
		return;
	now = local_clock();
	count_stranger(mine, now);
	count_preempted(mine, READ_ONCE(vcpu->arch.preempted_in_kernel), now);
	if (is_kicked(vcpu))
		WRITE_ONCE(mine->kicked, true);
	boosted_at = READ_ONCE(mine->boosted_at);
	if (boosted_at) {
		WRITE_ONCE(mine->boosted_at, 0);
		dy_index_clear(&vm->boosted, vcpu->vcpu_idx);
		count_boost(mine, now - boosted_at);
	}
}

/* A task of another VM, or of none, that gains by what the current one gives up. */
static bool is_stranger(const struct task_struct *next)
{
	return next->mm && next->mm != current->mm && dy_share_queue(current, next);
}

/**
 * dy_sched_went() - a vCPU lost its CPU
 * @vcpu: the vCPU, whose thread this is
 * @next: the task that got it
 */
void dy_sched_went(struct kvm_vcpu *vcpu, struct task_struct *next)
{
	struct dy_vm *vm = dy_vm_find(vcpu->kvm);
	struct dy_vcpu *mine;

	if (!vm)
		return;
	mine = dy_vm_vcpu(vm, vcpu->vcpu_idx);
	if (!dy_index_empty(&vm->naps.who) && !dy_index_has(&vm->naps.who, vcpu->vcpu_idx))
		dy_naps_end_at(vm, smp_processor_id());
	if (mine && !mine->stranger && is_stranger(next)) {
		mine->stranger_ran = next->se.sum_exec_runtime;
		mine->stranger = get_task_struct(next);
	}
	if (READ_ONCE(vcpu->preempted)) {
		dy_index_set(&vm->preempted, vcpu->vcpu_idx);
		if (mine)
			mine->preempted_at = local_clock();
		if (mine && READ_ONCE(mine->kicked))
			dy_index_set(&vm->kicked, vcpu->vcpu_idx);
		return;
	}
	dy_index_set(&vm->asleep, vcpu->vcpu_idx);
	dy_boost_blocked(&vm->boost, current);
	if (mine && READ_ONCE(mine->kicked))
		WRITE_ONCE(mine->kicked, false);
}

/**
 * dy_has_strangers() - would others gain by what a vCPU gives up?
 * @vcpu: what is kept of the vCPU
 *
 * Return: true if strangers ran a good part of the time in its turn, lately.
 */
bool dy_has_strangers(const struct dy_vcpu *vcpu)
{
	return lost_now(vcpu, local_clock()) >= LOST_SOME_NS;
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
	if (receiver)
		dy_nap_end(vm, receiver->vcpu_idx);
}
