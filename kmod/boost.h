/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_BOOST_H
#define DY_BOOST_H

#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/types.h>

struct task_struct;

/* vCPUs in one boost: more would keep the spinner too long. */
#define DY_BOOST_MAX	64

/**
 * struct dy_boosted - a thread that is boosted, or is to be
 * @task: the thread, with a reference
 * @nice: what to put back
 */
struct dy_boosted {
	struct task_struct *task;
	int nice;
};

/**
 * struct dy_boost - the boost of a VM: one at a time
 * @in_flight: bit 0: it is taken; until dy_boost_commit() the taker has the rest
 *	to itself, from then on the thread that carries boosts out
 * @begin: has the threads run
 * @timer: ends it
 * @blocked: in a hurry, because a boosted thread blocks
 * @end: does so
 * @ns: how long it lasts
 * @nr: entries of @boosted
 * @boosted: the threads
 */
struct dy_boost {
	unsigned long in_flight;
	struct kthread_work begin;
	struct hrtimer timer;
	struct irq_work blocked;
	struct kthread_work end;
	unsigned long ns;
	unsigned int nr;
	struct dy_boosted boosted[DY_BOOST_MAX];
};

int dy_boosts_init(void);
void dy_boosts_exit(void);
void dy_boost_init(struct dy_boost *boost);
void dy_boost_exit(struct dy_boost *boost);
bool dy_boost_begin(struct dy_boost *boost);
bool dy_boost_add(struct dy_boost *boost, struct task_struct *task);
void dy_boost_commit(struct dy_boost *boost, unsigned long ns);
void dy_boost_blocked(struct dy_boost *boost, const struct task_struct *task);

static inline bool dy_boost_in_flight(const struct dy_boost *boost)
{
	return READ_ONCE(boost->in_flight);
}

#endif /* DY_BOOST_H */
