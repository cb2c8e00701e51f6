/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DY_FILES_H
#define DY_FILES_H

struct dy_vm;

void dy_files_init(void);
void dy_files_exit(void);
int dy_files_add(struct dy_vm *vm);
void dy_files_remove(struct dy_vm *vm);

#endif /* DY_FILES_H */
