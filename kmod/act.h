/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_ACT_H
#define DY_ACT_H

#include <linux/jump_label.h>
#include <linux/types.h>

struct kvm_vcpu;

/* On while somebody wants to know how long decisions take. */
DECLARE_STATIC_KEY_FALSE(dy_timing);

void dy_act(struct kvm_vcpu *me, bool yield_to_kernel_mode);

#endif /* DY_ACT_H */
