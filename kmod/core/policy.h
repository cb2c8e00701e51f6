/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a policy is: a pure function from what it sees of a VM to a decision.
 *
 * Everything in core/ is plain C and compiles in the kernel as well as in user
 * space, where the unit tests and the microbenchmarks supply the port.
 */
#ifndef DY_POLICY_H
#define DY_POLICY_H

#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#endif

struct kvm;

/**
 * enum dy_action - what the spinning vCPU is to do
 * @DY_STOCK: what KVM itself would do
 * @DY_RESUME: go on, back into the guest
 * @DY_SLEEP: sleep for &dy_decision.sleep_ns at most
 * @DY_YIELD_TO: yield to the vCPU &dy_decision.target; if the scheduler refuses
 *	that one, the policy is asked again
 * @DY_NO_TARGET: nobody (else) is worth yielding to; go on
 */
enum dy_action {
	DY_STOCK,
	DY_RESUME,
	DY_SLEEP,
	DY_YIELD_TO,
	DY_NO_TARGET,
};

/**
 * struct dy_decision - the answer of a policy
 * @action: what to do
 * @target: index of a vCPU, with DY_YIELD_TO
 * @sleep_ns: nanoseconds, with DY_SLEEP
 */
struct dy_decision {
	enum dy_action action;
	unsigned int target;
	unsigned long long sleep_ns;
};

/**
 * struct dy_view - what a policy sees of a VM during one spin
 * @kvm: the VM, which only the port looks into
 * @me: index of the spinning vCPU
 * @nr_vcpus: indices are below this; there may be holes
 * @last_boosted: index of the vCPU yielded to last; may be out of range
 * @sleep_ns: setting: how long to sleep
 */
struct dy_view {
	struct kvm *kvm;
	unsigned int me;
	unsigned int nr_vcpus;
	unsigned int last_boosted;
	unsigned long long sleep_ns;
};

/**
 * struct dy_cursor - how far one spin has come; starts zeroed
 * @step: for the policy: where to go on when it is asked again
 * @tried: targets that were refused so far; the policy only reads it
 */
struct dy_cursor {
	unsigned int step;
	unsigned int tried;
};

/**
 * struct dy_policy - a policy
 * @name: as the user writes it
 * @source: where the idea is from
 * @decide: the decision; is called again, with the same view and cursor, after
 *	each refused target, at most &dy_view.nr_vcpus times in a spin
 */
struct dy_policy {
	const char *name;
	const char *source;
	struct dy_decision (*decide)(const struct dy_view *view,
				     struct dy_cursor *cursor);
};

/* The registry: NULL ends the list, its first entry is the default. */
extern const struct dy_policy *const dy_policies[];
const struct dy_policy *dy_policy_find(const char *name);

extern const struct dy_policy dy_stock;
extern const struct dy_policy dy_resume;
extern const struct dy_policy dy_sleep;
extern const struct dy_policy dy_directed;

/*
 * The port: what policies may ask about a VM beside the view. The module
 * answers from struct kvm, a test from its script.
 */

/**
 * dy_vcpu_ready() - does a vCPU wait for a CPU?
 * @view: the VM
 * @idx: index of the vCPU
 *
 * Return: true if it could run, but was preempted or just woken. False if it
 * runs, is blocked, or does not exist.
 */
bool dy_vcpu_ready(const struct dy_view *view, unsigned int idx);

#endif /* DY_POLICY_H */
