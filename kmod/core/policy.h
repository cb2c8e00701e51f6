/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a policy is: a pure function from what it sees of a VM to a decision.
 *
 * Everything in core/ is plain C and compiles in the kernel as well as in user
 * space, where the unit tests and the microbenchmarks supply the port.
 */
#ifndef DY_POLICY_H
#define DY_POLICY_H

#include "index.h"

/* What the port knows of a VM: no policy looks inside. */
struct dy_vm;

/**
 * enum dy_action - what the spinning vCPU is to do
 * @DY_STOCK: what KVM itself would do
 * @DY_RESUME: go on, back into the guest
 * @DY_YIELD: let the scheduler choose who runs next
 * @DY_SLEEP: sleep for &dy_decision.sleep_ns at most
 * @DY_YIELD_TO: yield to the vCPU &dy_decision.target; if the scheduler refuses
 *	that one, the policy is asked again
 * @DY_HINT: likewise, but what is left of the spinner's slice stays its own: the
 *	scheduler learns whom to pick, and nobody else gains
 * @DY_HAND_OVER: let the vCPU &dy_decision.target have this CPU, which it waits for:
 *	sleep until that one leaves it, another vCPU spins or an IPI comes, for
 *	&dy_decision.sleep_ns at most
 * @DY_BOOST: have the vCPU &dy_decision.target run at once, wherever it may, and
 *	ask again; the spinner keeps its CPU
 * @DY_NO_TARGET: nobody (else) is worth yielding to; go on
 * @DY_NR_ACTIONS: how many there are
 */
enum dy_action {
	DY_STOCK,
	DY_RESUME,
	DY_YIELD,
	DY_SLEEP,
	DY_YIELD_TO,
	DY_HINT,
	DY_HAND_OVER,
	DY_BOOST,
	DY_NO_TARGET,
	DY_NR_ACTIONS
};

/**
 * struct dy_decision - the answer of a policy
 * @action: what to do
 * @target: index of a vCPU, with DY_YIELD_TO, DY_HINT, DY_HAND_OVER and DY_BOOST
 * @sleep_ns: nanoseconds, with DY_SLEEP and DY_HAND_OVER
 */
struct dy_decision {
	enum dy_action action;
	unsigned int target;
	unsigned long long sleep_ns;
};

/**
 * struct dy_view - what a policy sees of a VM during one spin
 * @vm: the VM, which only the port looks into
 * @preempted: vCPUs that were preempted, and no others that are known to run; a
 *	hint, to be confirmed by dy_vcpu_ready()
 * @kicked: of those, the ones that were given a paravirtual lock before; a hint
 *	as well
 * @asleep: vCPUs that went to sleep; likewise
 * @me: index of the spinning vCPU
 * @nr_vcpus: indices are below this; there may be holes
 * @last_boosted: index of the vCPU yielded to last; may be out of range
 * @ipi_target: index of the only receiver of the spinner's last IPI, or
 *	DY_NO_VCPU
 * @kernel_mode: the spinner was in kernel mode, and only such vCPUs are likely to
 *	hold what it waits for
 * @strangers: tasks of others have lately run on the spinner's pCPU in its turn, and
 *	gain by what it gives up
 * @pcpus: on how many pCPUs the spinner may run
 * @boosting: a boost of this VM is in flight
 * @sleep_ns: setting: how long to sleep
 */
struct dy_view {
	struct dy_vm *vm;
	const struct dy_index *preempted;
	const struct dy_index *kicked;
	const struct dy_index *asleep;
	unsigned int me;
	unsigned int nr_vcpus;
	unsigned int last_boosted;
	unsigned int ipi_target;
	bool kernel_mode;
	bool strangers;
	unsigned int pcpus;
	bool boosting;
	unsigned long long sleep_ns;
};

/**
 * struct dy_cursor - how far one spin has come; starts zeroed
 * @step: for core/ring.c: place in the ring
 * @probes: for core/ring.c: sleepers looked at
 * @sleepers: for core/ring.c: it is through those that were preempted
 * @phase: for the policy
 * @tried: answers with a target so far; the policy only reads it
 * @hopeless: those of them that the scheduler refused because both CPUs had
 *	nothing else to run; the policy only reads it
 */
struct dy_cursor {
	unsigned int step;
	unsigned int probes;
	bool sleepers;
	unsigned int phase;
	unsigned int tried;
	unsigned int hopeless;
};

/**
 * struct dy_policy - a policy
 * @name: as the user writes it
 * @source: where the idea is from
 * @decide: the decision; is called again, with the same view and cursor, after
 *	each refused target and after each boost, at most &dy_view.nr_vcpus times
 *	in a spin
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

#define POLICY(name) extern const struct dy_policy dy_##name;
#include "policies.def"
#undef POLICY

/*
 * The port: what policies may ask about a VM beside the view. The module
 * answers from struct kvm, a test from its script.
 */

/* What dy_vcpu_see() tells of a vCPU. */
#define DY_VCPU_READY		BIT(0)	/* as dy_vcpu_ready() */
#define DY_VCPU_PREEMPTED	BIT(1)	/* it lost its CPU in the middle of work */
#define DY_VCPU_IN_KERNEL	BIT(2)	/* ...of its guest's kernel */
#define DY_VCPU_IRQ		BIT(3)	/* an interrupt waits for it to run */
#define DY_VCPU_ASLEEP		BIT(4)	/* it blocks, and has nothing to do */
#define DY_VCPU_KICKED		BIT(5)	/* it was given a paravirtual lock that it slept for */
#define DY_VCPU_HALTED		BIT(6)	/* its guest halted it, and nobody kicked it since */
#define DY_VCPU_SPINS		BIT(7)	/* it spins itself: ask dy_vcpu_turn() */

/**
 * dy_vcpu_ready() - does a vCPU wait for a CPU?
 * @view: the VM
 * @idx: index of the vCPU
 *
 * Return: true if it could run, but was preempted or just woken. False if it
 * runs, is blocked, or does not exist.
 */
bool dy_vcpu_ready(const struct dy_view *view, unsigned int idx);

/**
 * dy_vcpu_see() - look at a vCPU more closely
 * @view: the VM
 * @idx: index of a vCPU
 *
 * Return: DY_VCPU_* bits; 0 if it is not ready, or does not exist.
 */
unsigned int dy_vcpu_see(const struct dy_view *view, unsigned int idx);

/**
 * dy_vcpu_turn() - mainline's turn of a spinner
 * @view: the VM
 * @idx: index of a vCPU that spins
 *
 * Two vCPUs that spin for the same lock must not yield to each other for ever:
 * a vCPU that is spinning itself is a target every other time that it is asked
 * about (commit 06e48c510aa3). This is KVM's own flag, which the question turns.
 *
 * Return: true if it is its turn, or it does not spin any more.
 */
bool dy_vcpu_turn(const struct dy_view *view, unsigned int idx);

/**
 * dy_vcpu_here() - does a vCPU wait for the spinner's own CPU?
 * @view: the VM
 * @idx: index of a vCPU that is ready
 *
 * Its thread has to be looked up for that, so who need not know does not ask.
 *
 * Return: true if that is where the scheduler has its thread.
 */
bool dy_vcpu_here(const struct dy_view *view, unsigned int idx);

#endif /* DY_POLICY_H */
