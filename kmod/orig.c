// SPDX-License-Identifier: GPL-2.0
/*
 * Calls KVM's own functions from their replacements.
 *
 * A call of such a function itself would end in the replacement again: ftrace sends
 * it there from the call at the function's start. So what is called lies just
 * behind that. Such an address has no ENDBR, and an indirect call of it would
 * fault where the CPU tracks indirect branches; a static call is a direct one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kvm_host.h>
#include <linux/livepatch.h>
#include <linux/printk.h>
#include <linux/static_call.h>
#include <linux/string.h>

#include "orig.h"

#define ENDBR_SIZE	4
#define FENTRY_SIZE	5

static const u8 endbrs[][ENDBR_SIZE] = {
	{ 0xf3, 0x0f, 0x1e, 0xfa },	/* endbr64 */
	{ 0x66, 0x0f, 0x1f, 0x00 },	/* sealed, that is, overwritten... */
	{ 0x0f, 0x1f, 0x40, 0xd6 },	/* ...or so, by newer kernels */
};

static const u8 nop5[FENTRY_SIZE] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };

/* Until the originals are known; nothing calls these. */
static void no_on_spin(struct kvm_vcpu *me, bool yield_to_kernel_mode)
{
}

static void no_sched_in(struct preempt_notifier *pn, int cpu)
{
}

static void no_sched_out(struct preempt_notifier *pn, struct task_struct *next)
{
}

static void no_send_ipi(struct kvm_lapic *apic, u32 icr_low, u32 icr_high)
{
}

static void no_destroy_vm(struct kvm *kvm)
{
}

DEFINE_STATIC_CALL(dy_on_spin, no_on_spin);
DEFINE_STATIC_CALL(dy_sched_in, no_sched_in);
DEFINE_STATIC_CALL(dy_sched_out, no_sched_out);
DEFINE_STATIC_CALL(dy_send_ipi, no_send_ipi);
DEFINE_STATIC_CALL(dy_destroy_vm, no_destroy_vm);

static const u8 *skip_endbr(const u8 *insn)
{
	for (int i = 0; i < ARRAY_SIZE(endbrs); i++) {
		if (!memcmp(insn, endbrs[i], ENDBR_SIZE))
			return insn + ENDBR_SIZE;
	}
	return insn;
}

static bool is_fentry(const u8 *insn)
{
	/* A breakpoint stands there for a moment while a tracer comes or goes. */
	for (int i = 0; i < 10 && READ_ONCE(*insn) == 0xcc; i++)
		usleep_range(1000, 2000);

	return *insn == 0xe8 || !memcmp(insn, nop5, FENTRY_SIZE);
}

/* What lies behind the call for ftrace, or NULL if there is none. */
static const u8 *body_of(const struct klp_func *func)
{
	const u8 *insn = skip_endbr(func->old_func);

	if (is_fentry(insn))
		return insn + FENTRY_SIZE;
	pr_err("%s does not start with a call for ftrace but with %*ph\n",
	       func->old_name, ENDBR_SIZE + FENTRY_SIZE, func->old_func);
	return NULL;
}

/**
 * dy_orig_set() - set the functions that dy_orig_*() call
 * @funcs: the originals by enum dy_func, in the KVM that is about to be patched
 *
 * Return: 0, or -EOPNOTSUPP if one of them does not start as ftrace has it.
 */
int dy_orig_set(const struct klp_func *funcs)
{
	const u8 *body[DY_NR_FUNCS];

	for (int i = 0; i < DY_NR_FUNCS; i++) {
		body[i] = body_of(&funcs[i]);
		if (!body[i])
			return -EOPNOTSUPP;
	}
	static_call_update(dy_on_spin, (typeof(no_on_spin) *)body[DY_FUNC_ON_SPIN]);
	static_call_update(dy_sched_in, (typeof(no_sched_in) *)body[DY_FUNC_SCHED_IN]);
	static_call_update(dy_sched_out, (typeof(no_sched_out) *)body[DY_FUNC_SCHED_OUT]);
	static_call_update(dy_send_ipi, (typeof(no_send_ipi) *)body[DY_FUNC_SEND_IPI]);
	static_call_update(dy_destroy_vm, (typeof(no_destroy_vm) *)body[DY_FUNC_DESTROY_VM]);
	return 0;
}

/**
 * dy_orig_on_spin() - do what KVM does on a PAUSE exit
 * @me: the spinning vCPU
 * @yield_to_kernel_mode: as KVM passes it
 */
void dy_orig_on_spin(struct kvm_vcpu *me, bool yield_to_kernel_mode)
{
	static_call(dy_on_spin)(me, yield_to_kernel_mode);
}

/**
 * dy_orig_sched_in() - do what KVM does when a vCPU gets a CPU
 * @pn: its preempt notifier
 * @cpu: the CPU
 */
void dy_orig_sched_in(struct preempt_notifier *pn, int cpu)
{
	static_call(dy_sched_in)(pn, cpu);
}

/**
 * dy_orig_sched_out() - do what KVM does when a vCPU loses its CPU
 * @pn: its preempt notifier
 * @next: the task that comes
 */
void dy_orig_sched_out(struct preempt_notifier *pn, struct task_struct *next)
{
	static_call(dy_sched_out)(pn, next);
}

/**
 * dy_orig_send_ipi() - have KVM deliver an IPI
 * @apic: of the vCPU that sends it
 * @icr_low: what it wrote
 * @icr_high: and where it is to go
 */
void dy_orig_send_ipi(struct kvm_lapic *apic, u32 icr_low, u32 icr_high)
{
	static_call(dy_send_ipi)(apic, icr_low, icr_high);
}

/**
 * dy_orig_destroy_vm() - have KVM free its part of a VM
 * @kvm: the VM
 */
void dy_orig_destroy_vm(struct kvm *kvm)
{
	static_call(dy_destroy_vm)(kvm);
}
