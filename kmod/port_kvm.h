/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_PORT_KVM_H
#define DY_PORT_KVM_H

#include "core/policy.h"

struct dy_settings;
struct kvm_vcpu;

int dy_vcpu_cpu(struct kvm_vcpu *vcpu);
void dy_view_init(struct dy_view *view, struct dy_vm *vm, struct kvm_vcpu *me,
		  bool kernel_mode, const struct dy_settings *settings);

#endif /* DY_PORT_KVM_H */
