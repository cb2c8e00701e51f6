// SPDX-License-Identifier: GPL-2.0
/* The kernel's side of the port in core/policy.h: answers from struct kvm. */
#include <linux/atomic.h>
#include <linux/kvm_host.h>

#include "params.h"
#include "port_kvm.h"

/**
 * dy_view_init() - see a VM
 * @view: what is filled in
 * @me: the spinning vCPU
 */
void dy_view_init(struct dy_view *view, struct kvm_vcpu *me)
{
	struct kvm *kvm = me->kvm;

	view->kvm = kvm;
	view->me = me->vcpu_idx;
	view->nr_vcpus = atomic_read(&kvm->online_vcpus);
	view->last_boosted = READ_ONCE(kvm->last_boosted_vcpu);
	view->sleep_ns = dy_param_sleep_ns();
}

/*
 * A vCPU stays until its VM dies, which cannot happen while one of its vCPUs is
 * in KVM_RUN. kvm_get_vcpu() brings the barrier that online_vcpus needs.
 */
bool dy_vcpu_ready(const struct dy_view *view, unsigned int idx)
{
	struct kvm_vcpu *vcpu;

	if (idx >= view->nr_vcpus)
		return false;
	vcpu = kvm_get_vcpu(view->kvm, idx);
	return vcpu && READ_ONCE(vcpu->ready);
}
