/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_NAP_H
#define DY_NAP_H

#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "core/index.h"

struct dy_vm;
struct kvm_vcpu;
struct task_struct;

/**
 * struct dy_nap - a vCPU's nap, for a sibling that waits for its CPU
 * @task: its thread while it naps, else NULL
 * @vcpu: the vCPU
 * @cpu: where it naps
 * @in: in the order of its VM's naps
 * @end: ends it where a run queue is locked
 */
struct dy_nap {
	struct task_struct *task;
	struct kvm_vcpu *vcpu;
	int cpu;
	struct list_head in;
	struct irq_work end;
};

/**
 * struct dy_naps - the naps of a VM
 * @who: the vCPUs that nap
 * @lock: for the order; not taken where a run queue is locked
 * @in_order: the longest nap first
 */
struct dy_naps {
	struct dy_index who;
	raw_spinlock_t lock;
	struct list_head in_order;
};

void dy_naps_init(struct dy_naps *naps);

void dy_nap_init(struct dy_nap *nap);
void dy_nap_exit(struct dy_nap *nap);
u64 dy_nap(struct dy_vm *vm, struct kvm_vcpu *me, u64 ns);
void dy_naps_end(struct dy_vm *vm);
void dy_naps_end_at(struct dy_vm *vm, int cpu);
void dy_nap_end(struct dy_vm *vm, unsigned int idx);

#endif /* DY_NAP_H */
