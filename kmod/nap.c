// SPDX-License-Identifier: GPL-2.0
/*
 * Naps: a vCPU that spins while a sibling waits for its very CPU hands that over and
 * sleeps. A yield would only ask: the scheduler has a task run on that is owed
 * service, and a spinner mostly is. A nap ends as soon as it may be of use: the CPU
 * is free again, an IPI comes for it, or another sibling spins, which may be for what
 * this one is next in line for; and after a while in any case. Of many, a spin ends
 * the longest, as a lock that is first come, first served is most likely to be theirs
 * next. To end them all has them spin in turn, and is slower by far. Who naps may wake
 * on another CPU, see spread.c.
 */
#include <linux/hrtimer.h>
#include <linux/kvm_host.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "compat/compat.h"
#include "nap.h"
#include "spread.h"
#include "vm.h"

/* How many naps a spin ends, and how many are looked at when a CPU is free. */
#define ENDS	2
#define LOOKS	8

/* To be woken is to be worth yielding to, as with kvm_vcpu_wake_up(). */
static void end(struct dy_nap *nap)
{
	struct task_struct *task;

	rcu_read_lock();	/* the thread may be on its way out */
	task = READ_ONCE(nap->task);
	if (task) {
		WRITE_ONCE(nap->vcpu->ready, true);
		wake_up_process(task);
	}
	rcu_read_unlock();
}

static void on_end(struct irq_work *work)
{
	end(container_of(work, struct dy_nap, end));
}

/**
 * dy_naps_init() - set up
 * @naps: a VM's, zeroed
 */
void dy_naps_init(struct dy_naps *naps)
{
	raw_spin_lock_init(&naps->lock);
	INIT_LIST_HEAD(&naps->in_order);
}

static void enter(struct dy_naps *naps, struct dy_nap *nap, unsigned int idx)
{
	raw_spin_lock(&naps->lock);
	list_add_tail(&nap->in, &naps->in_order);
	raw_spin_unlock(&naps->lock);
	dy_index_set(&naps->who, idx);
}

static void leave(struct dy_naps *naps, struct dy_nap *nap, unsigned int idx)
{
	dy_index_clear(&naps->who, idx);
	raw_spin_lock(&naps->lock);
	list_del(&nap->in);
	raw_spin_unlock(&naps->lock);
}

/**
 * dy_nap_init() - set up
 * @nap: a vCPU's, zeroed
 */
void dy_nap_init(struct dy_nap *nap)
{
	init_irq_work(&nap->end, on_end);
}

/**
 * dy_nap_exit() - nobody ends it any more
 * @nap: that of a vCPU which naps no more
 */
void dy_nap_exit(struct dy_nap *nap)
{
	irq_work_sync(&nap->end);
}

/**
 * dy_nap() - let others have the CPU
 * @vm: the VM
 * @me: the vCPU, whose thread this is
 * @ns: for how long, at most
 *
 * Return: how long it took, ns; 0 if there was something to do.
 */
u64 dy_nap(struct dy_vm *vm, struct kvm_vcpu *me, u64 ns)
{
	struct dy_vcpu *mine = dy_vm_vcpu(vm, me->vcpu_idx);
	ktime_t expires = ns_to_ktime(ns);
	int elsewhere = dy_spread_to(vm, me);
	u64 start = ktime_get_ns();

	if (elsewhere >= 0)
		dy_wake_at(elsewhere);
	mine->nap.vcpu = me;
	mine->nap.cpu = raw_smp_processor_id();
	set_current_state(TASK_INTERRUPTIBLE);
	WRITE_ONCE(mine->nap.task, current);
	enter(&vm->naps, &mine->nap, me->vcpu_idx);
	smp_mb__after_atomic();	/* who asks something of it sees the nap, or is seen */
	if (!kvm_request_pending(me))
		schedule_hrtimeout(&expires, HRTIMER_MODE_REL);
	__set_current_state(TASK_RUNNING);
	leave(&vm->naps, &mine->nap, me->vcpu_idx);
	WRITE_ONCE(mine->nap.task, NULL);
	WRITE_ONCE(me->ready, false);
	if (elsewhere >= 0) {
		dy_stat_inc(&mine->stats, DY_STAT_SPREAD);
		dy_wake_at(raw_smp_processor_id());
	}
	return ktime_get_ns() - start;
}

/**
 * dy_naps_end() - a vCPU spins: perhaps for what one that naps is to do
 * @vm: the VM
 *
 * Ends the longest naps.
 */
void dy_naps_end(struct dy_vm *vm)
{
	struct dy_nap *nap, *longest[ENDS];	/* kept as long as the VM */
	unsigned int nr = 0;

	raw_spin_lock(&vm->naps.lock);
	list_for_each_entry(nap, &vm->naps.in_order, in) {
		longest[nr++] = nap;
		if (nr == ENDS)
			break;
	}
	raw_spin_unlock(&vm->naps.lock);
	for (unsigned int i = 0; i < nr; i++)
		end(longest[i]);
}

/**
 * dy_naps_end_at() - a CPU is free again
 * @vm: the VM of the vCPU that had it
 * @cpu: the CPU
 *
 * May be called with the lock of a run queue held, and is called at each switch of a
 * vCPU: so of many that nap, those not looked at wake when their time is over.
 */
void dy_naps_end_at(struct dy_vm *vm, int cpu)
{
	unsigned int looks = 0, i;

	for (i = dy_index_next(&vm->naps.who, 0); i < vm->max_vcpus && looks < LOOKS;
	     i = dy_index_next(&vm->naps.who, i + 1), looks++) {
		struct dy_nap *nap = &dy_vm_vcpu(vm, i)->nap;

		if (READ_ONCE(nap->cpu) == cpu)
			irq_work_queue(&nap->end);
	}
}

/**
 * dy_nap_end() - a vCPU is given something to do
 * @vm: the VM
 * @idx: index of the vCPU
 */
void dy_nap_end(struct dy_vm *vm, unsigned int idx)
{
	struct dy_vcpu *vcpu = dy_vm_vcpu(vm, idx);

	if (vcpu && dy_index_has(&vm->naps.who, idx))
		end(&vcpu->nap);
}
