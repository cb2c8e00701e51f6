// SPDX-License-Identifier: GPL-2.0
/* stock: hands over to KVM's own kvm_vcpu_on_spin(), whatever that does today. */
#include "policy.h"

static struct dy_decision stock_decide(const struct dy_view *view,
				       struct dy_cursor *cursor)
{
	struct dy_decision decision = { .action = DY_STOCK };

	(void)view;
	(void)cursor;
	return decision;
}

const struct dy_policy dy_stock = {
	.name	= "stock",
	.source	= "the running kernel's kvm_vcpu_on_spin()",
	.decide	= stock_decide,
};
