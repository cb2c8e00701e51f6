// SPDX-License-Identifier: GPL-2.0
/* What every supported kernel has: if this fails, no other probe means anything. */
#include <linux/kvm_host.h>

bool dy_probe_baseline(struct kvm_vcpu *vcpu);
bool dy_probe_baseline(struct kvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->ready) && READ_ONCE(vcpu->kvm->last_boosted_vcpu);
}
