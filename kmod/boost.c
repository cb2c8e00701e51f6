// SPDX-License-Identifier: GPL-2.0
/*
 * Boosts: threads of vCPUs become SCHED_FIFO for a moment, all of a boost
 * together. So they get a CPU at once, and the scheduler spreads those that were
 * stacked on one CPU as far as their affinity allows. A boost ends after a while,
 * or as soon as one of its threads blocks. Only threads of SCHED_NORMAL are
 * boosted, and one whose class somebody changes meanwhile is left as it is.
 */
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/sched/task.h>
#include <uapi/linux/sched/types.h>

#include "boost.h"
#include "compat/compat.h"

#define BOOST_PRIO	1

/*
 * Carries out all boosts, one step after the other, so that they need no lock. It
 * is above all that it boosts, and it alone makes threads real-time: if a spinner
 * did, what it boosts could take its CPU before it has seen to the end of that.
 */
static struct kthread_worker *worker;

static bool fits(const struct task_struct *task)
{
	/* Others would not come back as they were. */
	return task->policy == SCHED_NORMAL && !task->sched_reset_on_fork;
}

static bool is_boosted(const struct task_struct *task)
{
	return task->policy == SCHED_FIFO && task->rt_priority == BOOST_PRIO;
}

static void begin_work(struct kthread_work *work)
{
	struct dy_boost *boost = container_of(work, struct dy_boost, begin);

	hrtimer_start(&boost->timer, ns_to_ktime(boost->ns), HRTIMER_MODE_REL);
	for (unsigned int i = 0; i < boost->nr; i++) {
		struct dy_boosted *boosted = &boost->boosted[i];

		boosted->nice = task_nice(boosted->task);
		if (fits(boosted->task))
			sched_set_fifo_low(boosted->task);
	}
}

static void end_all(struct dy_boost *boost)
{
	while (boost->nr) {
		struct dy_boosted *boosted = &boost->boosted[--boost->nr];

		if (is_boosted(boosted->task))
			sched_set_normal(boosted->task, boosted->nice);
		put_task_struct(boosted->task);
	}
}

static void end_work(struct kthread_work *work)
{
	struct dy_boost *boost = container_of(work, struct dy_boost, end);

	end_all(boost);
	clear_bit_unlock(0, &boost->in_flight);
}

static enum hrtimer_restart timed_out(struct hrtimer *timer)
{
	struct dy_boost *boost = container_of(timer, struct dy_boost, timer);

	kthread_queue_work(worker, &boost->end);
	return HRTIMER_NORESTART;
}

static void on_blocked(struct irq_work *work)
{
	struct dy_boost *boost = container_of(work, struct dy_boost, blocked);

	/* If the timer is on its way already, it does the same. */
	if (hrtimer_try_to_cancel(&boost->timer) > 0)
		kthread_queue_work(worker, &boost->end);
}

/**
 * dy_boosts_init() - make ready to boost
 *
 * Return: 0, or the error for which the thread that ends boosts cannot be made.
 */
int dy_boosts_init(void)
{
	worker = kthread_create_worker(0, "kvm_dyield");
	if (IS_ERR(worker))
		return PTR_ERR(worker);
	sched_set_fifo(worker->task);
	return 0;
}

/**
 * dy_boosts_exit() - no boost is left
 */
void dy_boosts_exit(void)
{
	kthread_destroy_worker(worker);
}

/**
 * dy_boost_init() - set up
 * @boost: the boost of a VM, zeroed
 */
void dy_boost_init(struct dy_boost *boost)
{
	kthread_init_work(&boost->begin, begin_work);
	dy_hrtimer_setup(&boost->timer, timed_out);
	init_irq_work(&boost->blocked, on_blocked);
	kthread_init_work(&boost->end, end_work);
}

/**
 * dy_boost_exit() - end what is in flight, for good
 * @boost: the boost of a VM that nobody finds any more
 */
void dy_boost_exit(struct dy_boost *boost)
{
	kthread_cancel_work_sync(&boost->begin);
	irq_work_sync(&boost->blocked);
	hrtimer_cancel(&boost->timer);
	kthread_cancel_work_sync(&boost->end);
	end_all(boost);
}

/**
 * dy_boost_begin() - take the boost of a VM
 * @boost: the boost
 *
 * Return: false if one is in flight; else dy_boost_add() may be called, and
 * dy_boost_commit() must be.
 */
bool dy_boost_begin(struct dy_boost *boost)
{
	return !test_and_set_bit_lock(0, &boost->in_flight);
}

/**
 * dy_boost_add() - have a thread run at once, when the boost is committed
 * @boost: the boost, taken
 * @task: the thread
 *
 * Return: false if it is none of SCHED_NORMAL, or would not come back from a boost
 * as it was, or there are DY_BOOST_MAX.
 */
bool dy_boost_add(struct dy_boost *boost, struct task_struct *task)
{
	if (boost->nr == DY_BOOST_MAX || !fits(task))
		return false;
	boost->boosted[boost->nr++].task = get_task_struct(task);
	return true;
}

/**
 * dy_boost_commit() - let a boost go, to end by itself
 * @boost: the boost, taken
 * @ns: after how long
 */
void dy_boost_commit(struct dy_boost *boost, unsigned long ns)
{
	boost->ns = ns;
	if (boost->nr)
		kthread_queue_work(worker, &boost->begin);
	else
		clear_bit_unlock(0, &boost->in_flight);
}

/**
 * dy_boost_blocked() - a vCPU's thread goes to sleep
 * @boost: the boost of its VM
 * @task: the thread
 *
 * If it is boosted, the boost ends: what it was for is done, or cannot be. To be
 * called by the scheduler, so this does not end it here.
 */
void dy_boost_blocked(struct dy_boost *boost, const struct task_struct *task)
{
	if (dy_boost_in_flight(boost) && is_boosted(task))
		irq_work_queue(&boost->blocked);
}
