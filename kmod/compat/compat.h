/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels end here. What a kernel has was found out by
 * compiling (compat/probes), so nothing looks at version numbers.
 */
#ifndef DY_COMPAT_H
#define DY_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/kconfig.h>
#include <linux/kvm_host.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>

#include "dy_probed.h"

/* The livepatch object that holds KVM; NULL stands for vmlinux. */
#if IS_BUILTIN(CONFIG_KVM)
#define DY_KVM_OBJECT NULL
#else
#define DY_KVM_OBJECT "kvm"
#endif

/**
 * dy_vcpu_task() - get the thread that runs a vCPU
 * @vcpu: the vCPU
 *
 * Return: the task with a reference taken, to be dropped with
 * put_task_struct(), or NULL if the vCPU has none, or is just changing it.
 */
static inline struct task_struct *dy_vcpu_task(struct kvm_vcpu *vcpu)
{
	struct task_struct *task;

#ifdef DY_HAVE_VCPU_PID_LOCK
	/* As KVM does: a thread that is just changing is no target to wait for. */
	if (!read_trylock(&vcpu->pid_lock))
		return NULL;
	task = get_pid_task(vcpu->pid, PIDTYPE_PID);
	read_unlock(&vcpu->pid_lock);
#else
	rcu_read_lock();
	task = get_pid_task(rcu_dereference(vcpu->pid), PIDTYPE_PID);
	rcu_read_unlock();
#endif
	return task;
}

/**
 * dy_hrtimer_setup() - set a timer up
 * @timer: the timer
 * @function: called in interrupt context when it fires
 */
static inline void dy_hrtimer_setup(struct hrtimer *timer,
				    enum hrtimer_restart (*function)(struct hrtimer *))
{
#ifdef DY_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	timer->function = function;
#endif
}

/**
 * dy_wake_at() - where the current task would like to wake up
 * @cpu: the CPU; the scheduler looks at it and at the waker's, and chooses
 */
static inline void dy_wake_at(int cpu)
{
#ifdef CONFIG_SMP
	current->wake_cpu = cpu;
#endif
}

bool dy_is_livepatched(void *func);
void dy_symbols_find(void);
bool dy_symbols_found(void);
void dy_symbols_drop(void);
struct kvm_vcpu *dy_vcpu_running(void);
unsigned int dy_tasks_running(void);
bool dy_vcpu_runnable(struct kvm_vcpu *vcpu);
bool dy_vcpu_interrupt(struct kvm_vcpu *vcpu);
struct kvm *dy_kvm_get(int pid, unsigned int fd);
void dy_kvm_put(struct kvm *kvm);

#endif /* DY_COMPAT_H */
