// SPDX-License-Identifier: GPL-2.0
/* The kernel's side of the port in core/policy.h: answers from struct kvm. */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/kvm_host.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/smp.h>

#include "compat/compat.h"
#include "params.h"
#include "port_kvm.h"
#include "sched.h"
#include "vm.h"

/**
 * dy_vcpu_cpu() - where a vCPU's thread runs, or waits to
 * @vcpu: the vCPU, or NULL
 *
 * Once woken or moved by the balancer, it may wait elsewhere than the vCPU ran.
 *
 * Return: the CPU; negative if the vCPU has no thread, or is just changing it.
 */
int dy_vcpu_cpu(struct kvm_vcpu *vcpu)
{
	struct task_struct *task = vcpu ? dy_vcpu_task(vcpu) : NULL;
	int cpu;

	if (!task)
		return -1;
	cpu = task_cpu(task);
	put_task_struct(task);
	return cpu;
}

static void ignore(struct dy_view *view, unsigned long ignored)
{
	if (ignored & BIT(DY_IGNORE_strangers))
		view->strangers = false;
	if (ignored & BIT(DY_IGNORE_siblings))
		view->strangers = true;
}

/**
 * dy_view_init() - see a VM
 * @view: what is filled in
 * @vm: the VM
 * @me: the spinning vCPU
 * @kernel_mode: it spins in kernel mode
 * @settings: the VM's
 */
void dy_view_init(struct dy_view *view, struct dy_vm *vm, struct kvm_vcpu *me,
		  bool kernel_mode, const struct dy_settings *settings)
{
	struct dy_vcpu *mine = dy_vm_vcpu(vm, me->vcpu_idx);

	*view = (struct dy_view) {
		.vm = vm,
		.preempted = &vm->preempted,
		.kicked = &vm->kicked,
		.asleep = &vm->asleep,
		.me = me->vcpu_idx,
		.nr_vcpus = atomic_read(&me->kvm->online_vcpus),
		.last_boosted = READ_ONCE(me->kvm->last_boosted_vcpu),
		.ipi_target = mine ? READ_ONCE(mine->ipi_target) : DY_NO_VCPU,
		.kernel_mode = kernel_mode,
		.strangers = mine && dy_has_strangers(mine),
		.pcpus = current->nr_cpus_allowed,
		.boosting = dy_boost_in_flight(&vm->boost),
		.sleep_ns = settings->sleep_ns,
	};
	ignore(view, dy_param_ignored());
}

/*
 * A vCPU stays until its VM dies, which cannot happen while one of its vCPUs is
 * in KVM_RUN. kvm_get_vcpu() brings the barrier that online_vcpus needs.
 */
static struct kvm_vcpu *vcpu_of(const struct dy_view *view, unsigned int idx)
{
	return idx < view->nr_vcpus ? kvm_get_vcpu(view->vm->kvm, idx) : NULL;
}

bool dy_vcpu_ready(const struct dy_view *view, unsigned int idx)
{
	struct kvm_vcpu *vcpu = vcpu_of(view, idx);

	return vcpu && READ_ONCE(vcpu->ready);
}

static bool is_kicked(const struct dy_view *view, struct kvm_vcpu *vcpu)
{
	struct dy_vcpu *kept = dy_vm_vcpu(view->vm, vcpu->vcpu_idx);

	return READ_ONCE(vcpu->arch.pv.pv_unhalted) ||
	       (kept && READ_ONCE(kept->kicked));
}

unsigned int dy_vcpu_see(const struct dy_view *view, unsigned int idx)
{
	struct kvm_vcpu *vcpu = vcpu_of(view, idx);
	unsigned int seen = DY_VCPU_READY;

	if (!vcpu || !READ_ONCE(vcpu->ready))
		return 0;
	if (READ_ONCE(vcpu->preempted)) {
		seen |= DY_VCPU_PREEMPTED;
		if (READ_ONCE(vcpu->arch.preempted_in_kernel) ||
		    READ_ONCE(vcpu->arch.guest_state_protected))
			seen |= DY_VCPU_IN_KERNEL;
	}
	if (dy_vcpu_interrupt(vcpu))
		seen |= DY_VCPU_IRQ;
	if (kvm_vcpu_is_blocking(vcpu) && !dy_vcpu_runnable(vcpu))
		seen |= DY_VCPU_ASLEEP;
	if (is_kicked(view, vcpu))
		seen |= DY_VCPU_KICKED;
	else if (READ_ONCE(vcpu->arch.mp_state) == KVM_MP_STATE_HALTED)
		seen |= DY_VCPU_HALTED;
	if (READ_ONCE(vcpu->spin_loop.in_spin_loop))
		seen |= DY_VCPU_SPINS;
	return seen;
}

bool dy_vcpu_turn(const struct dy_view *view, unsigned int idx)
{
	struct kvm_vcpu *vcpu = vcpu_of(view, idx);
	bool turn;

	if (!vcpu)
		return false;
	if (!READ_ONCE(vcpu->spin_loop.in_spin_loop))
		return true;
	/* Like KVM's own: two at once may turn it once, which hurts nobody. */
	turn = READ_ONCE(vcpu->spin_loop.dy_eligible);
	WRITE_ONCE(vcpu->spin_loop.dy_eligible, !turn);
	return turn;
}

bool dy_vcpu_here(const struct dy_view *view, unsigned int idx)
{
	if (dy_param_ignored() & BIT(DY_IGNORE_here))
		return false;
	return dy_vcpu_cpu(vcpu_of(view, idx)) == raw_smp_processor_id();
}
