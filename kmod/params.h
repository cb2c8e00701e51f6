/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_PARAMS_H
#define DY_PARAMS_H

#include "core/policy.h"

const struct dy_policy *dy_param_policy(void);
const struct dy_policy *dy_param_find_policy(const char *name);
unsigned long dy_param_sleep_ns(void);
unsigned long dy_param_boost_ns(void);
bool dy_param_check_ns(const char *name, u64 ns);

#endif /* DY_PARAMS_H */
