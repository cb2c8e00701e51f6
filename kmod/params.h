/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_PARAMS_H
#define DY_PARAMS_H

#include "core/policy.h"

/* What policies can be kept from knowing, as bits of dy_param_ignored(). */
enum dy_ignore {
#define IGNORE(name) DY_IGNORE_##name,
#include "core/ignore.def"
#undef IGNORE
	DY_NR_IGNORE
};

const struct dy_policy *dy_param_policy(void);
const struct dy_policy *dy_param_find_policy(const char *name);
unsigned long dy_param_ignored(void);
unsigned long dy_param_sleep_ns(void);
unsigned long dy_param_boost_ns(void);
bool dy_param_check_ns(const char *name, u64 ns);

#endif /* DY_PARAMS_H */
