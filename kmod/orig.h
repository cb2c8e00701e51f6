/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_ORIG_H
#define DY_ORIG_H

#include <linux/types.h>

struct klp_func;
struct kvm;
struct kvm_lapic;
struct kvm_vcpu;
struct preempt_notifier;
struct task_struct;

/**
 * enum dy_func - the functions of KVM that the module puts its own in front of
 * @DY_FUNC_ON_SPIN: kvm_vcpu_on_spin()
 * @DY_FUNC_SCHED_IN: kvm_sched_in(), a vCPU's thread gets a CPU
 * @DY_FUNC_SCHED_OUT: kvm_sched_out(), it loses it
 * @DY_FUNC_SEND_IPI: kvm_apic_send_ipi(), with an exit
 * @DY_FUNC_DESTROY_VM: kvm_arch_destroy_vm()
 * @DY_NR_FUNCS: how many there are
 */
enum dy_func {
	DY_FUNC_ON_SPIN,
	DY_FUNC_SCHED_IN,
	DY_FUNC_SCHED_OUT,
	DY_FUNC_SEND_IPI,
	DY_FUNC_DESTROY_VM,
	DY_NR_FUNCS
};

int dy_orig_set(const struct klp_func *funcs);
void dy_orig_on_spin(struct kvm_vcpu *me, bool yield_to_kernel_mode);
void dy_orig_sched_in(struct preempt_notifier *pn, int cpu);
void dy_orig_sched_out(struct preempt_notifier *pn, struct task_struct *next);
void dy_orig_send_ipi(struct kvm_lapic *apic, u32 icr_low, u32 icr_high);
void dy_orig_destroy_vm(struct kvm *kvm);

#endif /* DY_ORIG_H */
