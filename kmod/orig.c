// SPDX-License-Identifier: GPL-2.0
/*
 * Calls KVM's own kvm_vcpu_on_spin() from its replacement.
 *
 * A call of the function itself would end in the replacement again: ftrace sends
 * it there from the call at the function's start. So what is called lies just
 * behind that. Such an address has no ENDBR, and an indirect call of it would
 * fault where the CPU tracks indirect branches; a static call is a direct one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kvm_host.h>
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

static void orig_unset(struct kvm_vcpu *me, bool yield_to_kernel_mode)
{
}

DEFINE_STATIC_CALL(dy_orig, orig_unset);

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

/**
 * dy_orig_set() - set the function that dy_orig_on_spin() calls
 * @func: the original kvm_vcpu_on_spin(), in the KVM that is about to be patched
 *
 * Return: 0, or -EOPNOTSUPP if the function does not start as ftrace has it.
 */
int dy_orig_set(const void *func)
{
	const u8 *insn = skip_endbr(func);

	if (!is_fentry(insn)) {
		pr_err("%ps does not start with a call for ftrace but with %*ph\n",
		       func, ENDBR_SIZE + FENTRY_SIZE, func);
		return -EOPNOTSUPP;
	}
	static_call_update(dy_orig, (typeof(orig_unset) *)(insn + FENTRY_SIZE));
	return 0;
}

/**
 * dy_orig_on_spin() - do what KVM does
 * @me: the spinning vCPU
 * @yield_to_kernel_mode: as KVM passes it
 */
void dy_orig_on_spin(struct kvm_vcpu *me, bool yield_to_kernel_mode)
{
	static_call(dy_orig)(me, yield_to_kernel_mode);
}
