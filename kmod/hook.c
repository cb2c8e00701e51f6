// SPDX-License-Identifier: GPL-2.0
/*
 * Puts the module in front of KVM, by a livepatch. Its core is kvm_vcpu_on_spin():
 * the PAUSE exits of both vendors end there, and the hypercalls for long spins.
 * The others just listen, and hand on. A KVM that is loaded later than this module
 * is patched while it loads.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/build_bug.h>
#include <linux/kvm_host.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/printk.h>

#include "act.h"
#include "compat/compat.h"
#include "hook.h"
#include "orig.h"
#include "sched.h"
#include "vm.h"

/*
 * Before it lets the module go, the livepatch core waits until these functions
 * are on nobody's stack. So all work is done below them, and they must not turn
 * into a jump, nor into a part of something else.
 */
#define no_tail_call()	barrier()

static noinline void on_spin(struct kvm_vcpu *me, bool yield_to_kernel_mode)
{
	BUILD_BUG_ON(!__same_type(&on_spin, &kvm_vcpu_on_spin));

	dy_act(me, yield_to_kernel_mode);
	no_tail_call();
}

static noinline void on_sched_in(struct preempt_notifier *pn, int cpu)
{
	dy_orig_sched_in(pn, cpu);
	dy_sched_came(container_of(pn, struct kvm_vcpu, preempt_notifier));
	no_tail_call();
}

static noinline void on_sched_out(struct preempt_notifier *pn,
				  struct task_struct *next)
{
	dy_orig_sched_out(pn, next);
	dy_sched_went(container_of(pn, struct kvm_vcpu, preempt_notifier), next);
	no_tail_call();
}

static noinline void on_send_ipi(struct kvm_lapic *apic, u32 icr_low,
				 u32 icr_high)
{
	dy_ipi_sent(icr_low, icr_high);
	dy_orig_send_ipi(apic, icr_low, icr_high);
	no_tail_call();
}

static noinline void on_destroy_vm(struct kvm *kvm)
{
	BUILD_BUG_ON(!__same_type(&on_destroy_vm, &kvm_arch_destroy_vm));

	dy_vm_forget(kvm);
	dy_orig_destroy_vm(kvm);
	no_tail_call();
}

static struct klp_func funcs[] = {
	[DY_FUNC_ON_SPIN] = {
		.old_name = "kvm_vcpu_on_spin",
		.new_func = on_spin,
	},
	[DY_FUNC_SCHED_IN] = {
		.old_name = "kvm_sched_in",
		.new_func = on_sched_in,
	},
	[DY_FUNC_SCHED_OUT] = {
		.old_name = "kvm_sched_out",
		.new_func = on_sched_out,
	},
	[DY_FUNC_SEND_IPI] = {
		.old_name = "kvm_apic_send_ipi",
		.new_func = on_send_ipi,
	},
	[DY_FUNC_DESTROY_VM] = {
		.old_name = "kvm_arch_destroy_vm",
		.new_func = on_destroy_vm,
	},
	{ }
};

/* Of two in a row the one in front decides alone, which the other's user cannot know. */
static int check_unpatched(void)
{
	for (int i = 0; i < DY_NR_FUNCS; i++) {
		if (dy_is_livepatched(funcs[i].old_func)) {
			pr_err("another livepatch has %s() already (see /sys/kernel/livepatch): disable that first\n",
			       funcs[i].old_name);
			return -EBUSY;
		}
	}
	return 0;
}

/* By now the livepatch core has found the originals. */
static int pre_patch(struct klp_object *obj)
{
	int ret = check_unpatched() ?: dy_orig_set(funcs);

	if (!ret)
		dy_symbols_find();
	return ret;
}

static void post_unpatch(struct klp_object *obj)
{
	dy_symbols_drop();
}

static struct klp_object objs[] = {
	{
		.name = DY_KVM_OBJECT,
		.funcs = funcs,
		.callbacks = {
			.pre_patch = pre_patch,
			.post_unpatch = post_unpatch,
		},
	},
	{ }
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

/**
 * dy_hook_enable() - take over kvm_vcpu_on_spin()
 *
 * There is no counterpart: the user disables the patch in sysfs, and only then
 * can the module be removed.
 *
 * Return: 0, or the error for which the module cannot be loaded.
 */
int dy_hook_enable(void)
{
	int ret = klp_enable_patch(&patch);

	if (!ret && !dy_symbols_found())
		pr_info("KVM is not loaded: waiting until it is\n");
	return ret;
}

MODULE_INFO(livepatch, "Y");
