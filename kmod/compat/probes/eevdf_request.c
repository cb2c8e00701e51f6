// SPDX-License-Identifier: GPL-2.0
/* Does a task ask for a slice by a deadline, and may the slice be its own? */
#include <linux/sched.h>

u64 dy_probe_eevdf_request(struct task_struct *task);
u64 dy_probe_eevdf_request(struct task_struct *task)
{
	task->se.custom_slice = 1;
	task->se.slice = 1;
	return task->se.deadline - task->se.vruntime;
}
