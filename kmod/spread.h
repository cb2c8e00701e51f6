/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_SPREAD_H
#define DY_SPREAD_H

struct dy_vm;
struct kvm_vcpu;

int dy_spread_to(struct dy_vm *vm, struct kvm_vcpu *me);

#endif /* DY_SPREAD_H */
