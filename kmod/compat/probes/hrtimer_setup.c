// SPDX-License-Identifier: GPL-2.0
/* Is a timer set up with its function in one call? */
#include <linux/hrtimer.h>

void dy_probe_hrtimer_setup(struct hrtimer *timer);
void dy_probe_hrtimer_setup(struct hrtimer *timer)
{
	hrtimer_setup(timer, NULL, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
}
