// SPDX-License-Identifier: GPL-2.0
/*
 * adaptive: give to siblings, and nothing to strangers. What a vCPU gives up when it
 * yields goes to whoever waits in the same queue for the same CPU, and that is where
 * fixed policies part. With a cgroup a vCPU nobody else is in that queue, and a
 * directed yield costs nothing. With more vCPUs than pCPUs in it the others are
 * siblings, and giving up is just right. But flat, beside another VM, strangers are
 * there, and a guest that yields at each PAUSE exit is left with next to no CPU time.
 * Then a hint is the yield of the first case: both CPUs pick again, the target comes
 * next if it is owed service, and every lag stays. The order of targets is mainline's:
 * most IPIs wake somebody up, and nobody waits for who was woken.
 *
 * A sibling that waits for the spinner's own CPU comes before all of that: it needs
 * nothing but this CPU, which a yield does not take from a spinner that is owed
 * service. So the spinner sleeps for it. The scheduler stacks siblings often: with
 * cgroups two of a guest that uses half of the host's CPU time are as good a balance
 * as one a CPU.
 */
#include "ring.h"

/* How many siblings are looked at for one that waits here. */
#define LOOKS	8

/*
 * Is it worth a sleep that a sibling waits here? With more vCPUs than pCPUs one does at
 * any time, which says nothing of what the spinner waits for; and where no stranger gains
 * by it, a yield lets the scheduler choose. A vCPU that is pinned to one pCPU has no
 * better place to look.
 */
static bool is_worth_sleep(const struct dy_view *view)
{
	return view->strangers || view->nr_vcpus <= view->pcpus || view->pcpus == 1;
}

/*
 * Is the sibling what the spinner sleeps for? One that was preempted in user mode has
 * no lock of the kernel's.
 */
static bool is_worth_cpu(const struct dy_view *view, unsigned int idx)
{
	return dy_vcpu_here(view, idx) && dy_fits_mode(view, dy_vcpu_see(view, idx));
}

static unsigned int waits_here(const struct dy_view *view)
{
	struct dy_cursor cursor = {};

	if (!is_worth_sleep(view))
		return DY_NO_VCPU;
	for (unsigned int i = 0; i < LOOKS; i++) {
		unsigned int idx = dy_ring_next(view, &cursor);

		if (idx == DY_NO_VCPU || is_worth_cpu(view, idx))
			return idx;
	}
	return DY_NO_VCPU;
}

static struct dy_decision adaptive_decide(const struct dy_view *view,
					  struct dy_cursor *cursor)
{
	struct dy_decision decision = {
		.action = DY_HAND_OVER,
		.target = cursor->tried ? DY_NO_VCPU : waits_here(view),
		.sleep_ns = view->sleep_ns,
	};

	if (decision.target != DY_NO_VCPU)
		return decision;
	decision.action = view->strangers ? DY_HINT : DY_YIELD_TO;
	decision.target = dy_mainline_next(view, cursor);
	if (decision.target == DY_NO_VCPU)
		decision.action = DY_NO_TARGET;
	return decision;
}

const struct dy_policy dy_adaptive = {
	.name	= "adaptive",
	.source	= "kvm-dyield",
	.decide	= adaptive_decide,
};
