// SPDX-License-Identifier: GPL-2.0
/* Carries out what a policy decides. Nothing else here touches the scheduler. */
#include <linux/hrtimer.h>
#include <linux/kvm_host.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "act.h"
#include "compat/compat.h"
#include "core/policy.h"
#include "orig.h"
#include "params.h"
#include "port_kvm.h"
#include "stats.h"

static void count_spin(enum dy_action action)
{
	static const enum dy_stat stat[] = {
		[DY_STOCK]	= DY_STAT_STOCK,
		[DY_RESUME]	= DY_STAT_RESUME,
		[DY_SLEEP]	= DY_STAT_SLEEP,
		[DY_YIELD_TO]	= DY_STAT_YIELD_TO,
		[DY_NO_TARGET]	= DY_STAT_NO_TARGET,
	};

	dy_stat_inc(DY_STAT_SPINS);
	dy_stat_inc(stat[action]);
}

/*
 * A signal ends the sleep, an interrupt for the guest does not: it waits for
 * sleep_ns at most. To be woken for it, as a halted vCPU is, the thread would
 * have to show up in vcpu->wait, but then AVIC takes the vCPU for blocked and
 * needs callbacks around the wait which KVM keeps to itself. So at least nobody
 * falls asleep on a request that is there already.
 */
static void act_sleep(struct kvm_vcpu *me, u64 ns)
{
	ktime_t expires = ns_to_ktime(ns);
	u64 start;

	if (kvm_request_pending(me))
		return;

	start = ktime_get_ns();
	set_current_state(TASK_INTERRUPTIBLE);
	schedule_hrtimeout(&expires, HRTIMER_MODE_REL);
	dy_stat_add(DY_STAT_SLEEP_NS, ktime_get_ns() - start);
}

static bool yield_to_vcpu(struct kvm_vcpu *vcpu)
{
	struct task_struct *task = dy_vcpu_task(vcpu);
	int ret;

	if (!task)
		return false;
	/* -ESRCH says that both CPUs have nothing else to run: that is no yield. */
	ret = yield_to(task, true);
	put_task_struct(task);
	return ret > 0;
}

static bool act_yield_to(struct kvm *kvm, unsigned int target)
{
	struct kvm_vcpu *vcpu = kvm_get_vcpu(kvm, target);
	bool yielded = vcpu && yield_to_vcpu(vcpu);

	dy_stat_inc(DY_STAT_CANDIDATES);
	dy_stat_inc(yielded ? DY_STAT_YIELDED : DY_STAT_REFUSED);
	if (yielded)
		WRITE_ONCE(kvm->last_boosted_vcpu, target);
	return yielded;
}

/* Return: whether the spin is over; if not, the policy is asked again. */
static bool act_on(const struct dy_decision *decision, struct kvm_vcpu *me,
		   bool yield_to_kernel_mode)
{
	switch (decision->action) {
	case DY_STOCK:
		dy_orig_on_spin(me, yield_to_kernel_mode);
		return true;
	case DY_SLEEP:
		act_sleep(me, decision->sleep_ns);
		return true;
	case DY_YIELD_TO:
		return act_yield_to(me->kvm, decision->target);
	case DY_RESUME:
	case DY_NO_TARGET:
		break;
	}
	return true;
}

/**
 * dy_act() - ask the policy, and do as it says
 * @me: the spinning vCPU, whose thread this is
 * @yield_to_kernel_mode: as KVM passes it
 */
void dy_act(struct kvm_vcpu *me, bool yield_to_kernel_mode)
{
	const struct dy_policy *policy = dy_param_policy();
	struct dy_cursor cursor = {};
	struct dy_decision decision;
	struct dy_view view;

	dy_view_init(&view, me);
	decision = policy->decide(&view, &cursor);
	count_spin(decision.action);

	while (!act_on(&decision, me, yield_to_kernel_mode)) {
		if (++cursor.tried >= view.nr_vcpus)
			break;
		decision = policy->decide(&view, &cursor);
	}
}
