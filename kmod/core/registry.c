// SPDX-License-Identifier: GPL-2.0
#include "policy.h"

const struct dy_policy *const dy_policies[] = {
#define POLICY(name) &dy_##name,
#include "policies.def"
#undef POLICY
	NULL
};

/**
 * dy_policy_find() - look a policy up
 * @name: its name
 *
 * Return: the policy, or NULL if there is none of that name.
 */
const struct dy_policy *dy_policy_find(const char *name)
{
	for (const struct dy_policy *const *p = dy_policies; *p; p++) {
		if (!strcmp((*p)->name, name))
			return *p;
	}
	return NULL;
}
