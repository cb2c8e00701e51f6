// SPDX-License-Identifier: GPL-2.0
/* Carries out what a policy decides. Nothing else here has a spinner wait. */
#include <linux/bitops.h>
#include <linux/hrtimer.h>
#include <linux/jump_label.h>
#include <linux/kvm_host.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/timekeeping.h>

#include "act.h"
#include "compat/compat.h"
#include "compat/request.h"
#include "core/policy.h"
#include "orig.h"
#include "port_kvm.h"
#include "vm.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

DEFINE_STATIC_KEY_FALSE(dy_timing);

/**
 * struct spin - one PAUSE exit on its way
 * @me: the spinning vCPU, whose thread this is
 * @vm: its VM
 * @mine: what is kept of the vCPU
 * @settings: the VM's, as they were when it began
 * @view: what the policy sees
 * @cursor: how far it has come
 * @boosts: it has taken the VM's boost
 */
struct spin {
	struct kvm_vcpu *me;
	struct dy_vm *vm;
	struct dy_vcpu *mine;
	struct dy_settings settings;
	struct dy_view view;
	struct dy_cursor cursor;
	bool boosts;
};

static void count_spin(struct dy_vcpu *mine, enum dy_action action)
{
	static const enum dy_stat stat[DY_NR_ACTIONS] = {
		[DY_STOCK]	= DY_STAT_STOCK,
		[DY_RESUME]	= DY_STAT_RESUME,
		[DY_YIELD]	= DY_STAT_YIELD,
		[DY_SLEEP]	= DY_STAT_SLEEP,
		[DY_YIELD_TO]	= DY_STAT_YIELD_TO,
		[DY_HINT]	= DY_STAT_HINT,
		[DY_HAND_OVER]	= DY_STAT_HAND_OVER,
		[DY_BOOST]	= DY_STAT_BOOST,
		[DY_NO_TARGET]	= DY_STAT_NO_TARGET,
	};

	dy_stat_inc(&mine->stats, DY_STAT_SPINS);
	dy_stat_inc(&mine->stats, stat[action]);
}

/*
 * A signal ends the sleep, an interrupt for the guest does not: it waits for
 * sleep_ns at most. To be woken for it, as a halted vCPU is, the thread would
 * have to show up in vcpu->wait, but then AVIC takes the vCPU for blocked and
 * needs callbacks around the wait which KVM keeps to itself. So at least nobody
 * falls asleep on a request that is there already.
 */
static void act_sleep(struct spin *spin, u64 ns)
{
	ktime_t expires = ns_to_ktime(ns);
	u64 start;

	if (kvm_request_pending(spin->me))
		return;

	start = ktime_get_ns();
	set_current_state(TASK_INTERRUPTIBLE);
	schedule_hrtimeout(&expires, HRTIMER_MODE_REL);
	dy_stat_add(&spin->mine->stats, DY_STAT_SLEEP_NS, ktime_get_ns() - start);
}

/* When a vCPU was told to run, or 0; dy_sched_came() sees whether it does. */
static void note_boost(struct dy_vm *vm, unsigned int target, u64 when)
{
	struct dy_vcpu *vcpu = dy_vm_vcpu(vm, target);

	if (!vcpu)
		return;
	WRITE_ONCE(vcpu->boosted_at, when);
	if (when)
		dy_index_set(&vm->boosted, target);
	else
		dy_index_clear(&vm->boosted, target);
}

static unsigned int nr_boosted(const struct dy_vm *vm)
{
	unsigned long top = READ_ONCE(vm->boosted.top);
	unsigned int nr = 0, w;

	for_each_set_bit(w, &top, DY_INDEX_WORDS)
		nr += hweight_long(READ_ONCE(vm->boosted.word[w]));
	return nr;
}

/*
 * Return: the thread of a vCPU that is to run now, which the caller puts; NULL if
 * it has none any more. It may run before the scheduler's functions return, so
 * that it is noted first.
 */
static struct task_struct *get_target(struct spin *spin, unsigned int target)
{
	struct kvm_vcpu *vcpu = kvm_get_vcpu(spin->me->kvm, target);
	struct task_struct *task = vcpu ? dy_vcpu_task(vcpu) : NULL;

	if (!task)
		return NULL;
	note_boost(spin->vm, target, local_clock());
	dy_stat_add(&spin->mine->stats, DY_STAT_IN_FLIGHT, nr_boosted(spin->vm));
	if (task_cpu(task) != raw_smp_processor_id())
		dy_stat_inc(&spin->mine->stats, DY_STAT_ELSEWHERE);
	return task;
}

static void count_target(struct spin *spin, unsigned int target, bool taken,
			 enum dy_stat as)
{
	trace_boost(spin->vm->name, spin->view.me, target, taken);
	dy_stat_inc(&spin->mine->stats, DY_STAT_CANDIDATES);
	dy_stat_inc(&spin->mine->stats, taken ? as : DY_STAT_REFUSED);
	if (!taken)
		note_boost(spin->vm, target, 0);
}

static bool act_yield_to(struct spin *spin, unsigned int target)
{
	struct task_struct *task = get_target(spin, target);
	int ret = 0;

	if (task) {
		ret = yield_to(task, true);
		if (!ret)
			dy_stat_inc(&spin->mine->stats, task_is_running(task) ?
				    DY_STAT_RUNNING : DY_STAT_BLOCKED);
		put_task_struct(task);
	}
	if (ret == -ESRCH) {	/* both CPUs have nothing else to run: that is no yield */
		spin->cursor.hopeless++;
		dy_stat_inc(&spin->mine->stats, DY_STAT_ALONE);
	}
	if (ret > 0)
		WRITE_ONCE(spin->me->kvm->last_boosted_vcpu, target);
	count_target(spin, target, ret > 0, DY_STAT_YIELDED);
	return ret > 0;
}

/* A yield gives up what is left of a request: let there be next to nothing of it. */
static bool act_hint(struct spin *spin, unsigned int target)
{
	struct dy_request request = dy_request_shrink();
	bool taken = act_yield_to(spin, target);

	dy_request_restore(&request);
	return taken;
}

/* The other one needs nothing but this CPU. */
static void act_hand_over(struct spin *spin, unsigned int target, u64 ns)
{
	note_boost(spin->vm, target, local_clock());
	trace_boost(spin->vm->name, spin->view.me, target, true);
	dy_stat_add(&spin->mine->stats, DY_STAT_SLEEP_NS,
		    dy_nap(spin->vm, spin->me, ns));
}

/* Return: false if another spinner has the VM's boost. */
static bool act_boost(struct spin *spin, unsigned int target)
{
	struct task_struct *task;
	bool taken = false;

	if (!spin->boosts && !dy_boost_begin(&spin->vm->boost))
		return false;
	spin->boosts = true;

	task = get_target(spin, target);
	if (task) {
		taken = dy_boost_add(&spin->vm->boost, task);
		put_task_struct(task);
	}
	count_target(spin, target, taken, DY_STAT_BOOSTED);
	return true;
}

/* Return: whether the spin is over; if not, the policy is asked again. */
static bool act_on(struct spin *spin, const struct dy_decision *decision)
{
	switch (decision->action) {
	case DY_STOCK:
		dy_orig_on_spin(spin->me, spin->view.kernel_mode);
		return true;
	case DY_YIELD:
		yield();	/* what checkpatch warns of is just what this policy is about */
		return true;
	case DY_SLEEP:
		act_sleep(spin, decision->sleep_ns);
		return true;
	case DY_YIELD_TO:
		return act_yield_to(spin, decision->target);
	case DY_HINT:
		return act_hint(spin, decision->target);
	case DY_HAND_OVER:
		act_hand_over(spin, decision->target, decision->sleep_ns);
		return true;
	case DY_BOOST:
		return !act_boost(spin, decision->target);
	case DY_RESUME:
	case DY_NO_TARGET:
	case DY_NR_ACTIONS:
		break;
	}
	return true;
}

static struct dy_decision decide(struct spin *spin)
{
	const struct dy_policy *policy = spin->settings.policy;
	struct dy_decision decision;
	u64 start = 0;

	if (static_branch_unlikely(&dy_timing))
		start = local_clock();
	decision = policy->decide(&spin->view, &spin->cursor);
	if (static_branch_unlikely(&dy_timing) && start)
		dy_hist_add(&spin->mine->stats, DY_HIST_DECIDE, local_clock() - start);
	trace_decide(spin->vm->name, spin->view.me, policy->name, &decision);
	return decision;
}

static void act_by_policy(struct spin *spin)
{
	struct dy_decision decision = decide(spin);
	struct dy_service served = dy_service_now();
	u64 start = local_clock();

	count_spin(spin->mine, decision.action);
	while (!act_on(spin, &decision)) {
		if (++spin->cursor.tried >= spin->view.nr_vcpus)
			break;
		decision = decide(spin);
	}
	if (spin->boosts)
		dy_boost_commit(&spin->vm->boost, spin->settings.boost_ns);
	dy_stat_add(&spin->mine->stats, DY_STAT_AWAY_NS, local_clock() - start);
	if (decision.action != DY_SLEEP && decision.action != DY_HAND_OVER)	/* who wakes is placed anew */
		dy_stat_add(&spin->mine->stats, DY_STAT_FORFEITED_NS, dy_forfeited_since(&served));
}

/**
 * dy_act() - ask the VM's policy, and do as it says
 * @me: the spinning vCPU, whose thread this is
 * @yield_to_kernel_mode: as KVM passes it
 *
 * Without memory to keep the VM in, KVM does as ever.
 */
void dy_act(struct kvm_vcpu *me, bool yield_to_kernel_mode)
{
	struct spin spin = { .me = me, .vm = dy_vm_get(me->kvm) };

	spin.mine = spin.vm ? dy_vm_vcpu_get(spin.vm, me->vcpu_idx) : NULL;
	if (unlikely(!spin.mine)) {
		dy_orig_on_spin(me, yield_to_kernel_mode);
		return;
	}
	WRITE_ONCE(spin.mine->spun, true);
	spin.settings = dy_vm_settings(spin.vm);
	dy_view_init(&spin.view, spin.vm, me, yield_to_kernel_mode, &spin.settings);
	trace_spin(spin.vm->name, spin.view.me, yield_to_kernel_mode);

	if (!dy_index_empty(&spin.vm->naps.who))
		dy_naps_end(spin.vm);
	kvm_vcpu_set_in_spin_loop(me, true);
	act_by_policy(&spin);
	kvm_vcpu_set_in_spin_loop(me, false);
	/* As KVM: so that it is a target the next time that somebody spins. */
	kvm_vcpu_set_dy_eligible(me, false);
}
