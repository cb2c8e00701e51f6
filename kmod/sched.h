/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_SCHED_H
#define DY_SCHED_H

#include <linux/types.h>

struct dy_vcpu;
struct kvm_vcpu;
struct task_struct;

void dy_sched_came(struct kvm_vcpu *vcpu);
void dy_sched_went(struct kvm_vcpu *vcpu, struct task_struct *next);
bool dy_has_strangers(const struct dy_vcpu *vcpu);
void dy_ipi_sent(u32 icr_low, u32 icr_high);

#endif /* DY_SCHED_H */
