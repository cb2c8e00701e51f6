/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a task asks of the scheduler, and how to ask for less for a moment.
 *
 * Under EEVDF a task runs until it has got the slice that it asked for, and a yield
 * gives up the rest: to whoever waits for the same CPU, not to the task that is
 * yielded to (commit 79104becf42b). Without EEVDF a yield gives up nothing.
 */
#ifndef DY_REQUEST_H
#define DY_REQUEST_H

#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/time64.h>

#include "dy_probed.h"

/**
 * struct dy_request - what the current task asked for
 * @slice: how long it wants to run, ns
 * @left: how much of that is left, in virtual time
 * @custom: the slice is the task's own
 */
struct dy_request {
	u64 slice;
	s64 left;
	bool custom;
};

#ifdef DY_HAVE_EEVDF_REQUEST

/*
 * A group takes its slice over from the tasks in it, and may keep it for a while: so
 * there no less than sched_setattr(2) takes.
 */
static inline u64 dy_shrunk_slice(const struct sched_entity *se)
{
#ifdef CONFIG_FAIR_GROUP_SCHED
	if (se->parent)
		return 100 * NSEC_PER_USEC;
#endif
	return 1;
}

/**
 * dy_request_shrink() - have the current task ask for next to nothing
 *
 * A task that runs is in no tree that is ordered by what this changes. The lock
 * keeps it in its cgroup, and by disabled interrupts it keeps its CPU.
 *
 * Return: what it asked for until now, for dy_request_restore().
 */
static inline struct dy_request dy_request_shrink(void)
{
	struct sched_entity *se = &current->se;
	struct dy_request old;
	unsigned long flags;

	raw_spin_lock_irqsave(&current->pi_lock, flags);
	old = (struct dy_request) {
		.slice = se->slice,
		.left = se->deadline - se->vruntime,
		.custom = se->custom_slice,
	};
	se->custom_slice = 1;
	se->slice = dy_shrunk_slice(se);
	se->deadline = se->vruntime;	/* the yield makes a new one */
	raw_spin_unlock_irqrestore(&current->pi_lock, flags);
	return old;
}

/**
 * dy_request_restore() - have the current task ask for what it did before
 * @old: that; the task may have waited, and changed its CPU, since
 */
static inline void dy_request_restore(const struct dy_request *old)
{
	struct sched_entity *se = &current->se;
	unsigned long flags;

	raw_spin_lock_irqsave(&current->pi_lock, flags);
	if (se->slice == dy_shrunk_slice(se)) {	/* else somebody set another */
		se->custom_slice = old->custom;
		se->slice = old->slice;
		se->deadline = se->vruntime + old->left;
	}
	raw_spin_unlock_irqrestore(&current->pi_lock, flags);
}

#else

static inline struct dy_request dy_request_shrink(void)
{
	return (struct dy_request) {};
}

static inline void dy_request_restore(const struct dy_request *old)
{
}

#endif

/**
 * struct dy_service - what the scheduler booked for a task so far
 * @vruntime: virtual time
 * @ran: CPU time, ns
 * @cpu: where it runs
 */
struct dy_service {
	u64 vruntime;
	u64 ran;
	int cpu;
};

/**
 * dy_service_now() - what it booked for the current task
 */
static inline struct dy_service dy_service_now(void)
{
	return (struct dy_service) {
		.vruntime = current->se.vruntime,
		.ran = current->se.sum_exec_runtime,
		.cpu = task_cpu(current),
	};
}

/**
 * dy_forfeited_since() - what it booked beyond what the current task ran
 * @then: as dy_service_now() was
 *
 * Return: ns of CPU time; 0 where it cannot be told, as the task has another CPU now.
 */
static inline u64 dy_forfeited_since(const struct dy_service *then)
{
	struct dy_service now = dy_service_now();
	s64 weight = current->se.load.weight >> SCHED_FIXEDPOINT_SHIFT;
	s64 booked = (s64)(now.vruntime - then->vruntime) * weight >> SCHED_FIXEDPOINT_SHIFT;

	return now.cpu == then->cpu ? max_t(s64, booked - (s64)(now.ran - then->ran), 0) : 0;
}

/**
 * dy_share_queue() - does what one task gives up go to the other?
 * @a: a task
 * @b: another, on the same CPU
 *
 * Return: whether they are in one cgroup, as far as the scheduler is concerned.
 */
static inline bool dy_share_queue(const struct task_struct *a,
				  const struct task_struct *b)
{
#ifdef CONFIG_FAIR_GROUP_SCHED
	return a->sched_task_group == b->sched_task_group;
#else
	return true;
#endif
}

#endif /* DY_REQUEST_H */
