/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_HOOK_H
#define DY_HOOK_H

int dy_hook_enable(void);

#endif /* DY_HOOK_H */
