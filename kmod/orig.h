/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_ORIG_H
#define DY_ORIG_H

#include <linux/types.h>

struct kvm_vcpu;

int dy_orig_set(const void *func);
void dy_orig_on_spin(struct kvm_vcpu *me, bool yield_to_kernel_mode);

#endif /* DY_ORIG_H */
