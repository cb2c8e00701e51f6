// SPDX-License-Identifier: GPL-2.0
/*
 * Puts the module in the place of kvm_vcpu_on_spin(), by a livepatch: the PAUSE
 * exits of both vendors end there, and the hypercalls for long spins. A KVM that
 * is loaded later than this module is patched while it loads.
 */
#include <linux/build_bug.h>
#include <linux/kvm_host.h>
#include <linux/livepatch.h>
#include <linux/module.h>

#include "act.h"
#include "compat/compat.h"
#include "hook.h"
#include "orig.h"

/*
 * Before it lets the module go, the livepatch core waits until this function is
 * on nobody's stack. So all work is done below it, and it must not turn into a
 * jump, nor into a part of something else.
 */
static noinline void dy_on_spin(struct kvm_vcpu *me, bool yield_to_kernel_mode)
{
	BUILD_BUG_ON(!__same_type(&dy_on_spin, &kvm_vcpu_on_spin));

	dy_act(me, yield_to_kernel_mode);
	barrier();	/* no tail call */
}

static struct klp_func funcs[] = {
	{
		.old_name = "kvm_vcpu_on_spin",
		.new_func = dy_on_spin,
	},
	{ }
};

/* By now the livepatch core has found the original. */
static int pre_patch(struct klp_object *obj)
{
	return dy_orig_set(funcs[0].old_func);
}

static struct klp_object objs[] = {
	{
		.name = DY_KVM_OBJECT,
		.funcs = funcs,
		.callbacks = {
			.pre_patch = pre_patch,
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
	return klp_enable_patch(&patch);
}

MODULE_INFO(livepatch, "Y");
