/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_PORT_KVM_H
#define DY_PORT_KVM_H

#include "core/policy.h"

struct kvm_vcpu;

void dy_view_init(struct dy_view *view, struct kvm_vcpu *me);

#endif /* DY_PORT_KVM_H */
