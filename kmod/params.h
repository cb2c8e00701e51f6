/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_PARAMS_H
#define DY_PARAMS_H

#include "core/policy.h"

const struct dy_policy *dy_param_policy(void);
unsigned long dy_param_sleep_ns(void);

#endif /* DY_PARAMS_H */
