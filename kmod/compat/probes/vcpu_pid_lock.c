// SPDX-License-Identifier: GPL-2.0
/* Is vcpu->pid guarded by vcpu->pid_lock? Before, it was an RCU pointer. */
#include <linux/kvm_host.h>

bool dy_probe_vcpu_pid_lock(struct kvm_vcpu *vcpu);
bool dy_probe_vcpu_pid_lock(struct kvm_vcpu *vcpu)
{
	return read_trylock(&vcpu->pid_lock);
}
