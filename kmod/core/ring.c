// SPDX-License-Identifier: GPL-2.0
/*
 * The order in which policies look at the siblings of a spinner: round the VM,
 * from the vCPU after the one that was boosted last, as mainline does since
 * commit 217ece6129f2. Mainline looks at every vCPU; here the index tells which
 * were preempted, and only when they are through some of those that went to
 * sleep, to find one that was woken and waits for a CPU.
 */
#include "ring.h"

/* How many sleepers a spin looks at: each may cost a cache miss. */
#define PROBES	8

/*
 * The ring's members from place cursor->step on; place 0 is the vCPU after
 * last_boosted. Leaves cursor->step behind the one it returns.
 */
static unsigned int next_of(const struct dy_index *index,
			    const struct dy_view *view, struct dy_cursor *cursor)
{
	unsigned int n = view->nr_vcpus;
	unsigned int first = view->last_boosted < n ? view->last_boosted + 1 : 0;
	unsigned int idx;

	if (dy_index_empty(index))
		return DY_NO_VCPU;
	if (first == n)
		first = 0;
	if (cursor->step < n - first) {
		idx = dy_index_next(index, first + cursor->step);
		if (idx < n) {
			cursor->step = idx - first + 1;
			return idx;
		}
		cursor->step = n - first;
	}
	idx = dy_index_next(index, cursor->step - (n - first));
	if (idx < first) {
		cursor->step = n - first + idx + 1;
		return idx;
	}
	cursor->step = n;
	return DY_NO_VCPU;
}

/* The next that may be ready: one of the preempted, then a few sleepers. */
static unsigned int next_candidate(const struct dy_view *view,
				   struct dy_cursor *cursor)
{
	unsigned int idx;

	while (!cursor->sleepers) {
		idx = next_of(view->preempted, view, cursor);
		if (idx == DY_NO_VCPU)
			dy_ring_restart_asleep(cursor);
		else if (idx != view->me)
			return idx;
	}
	while (cursor->probes < PROBES) {
		idx = next_of(view->asleep, view, cursor);
		if (idx == DY_NO_VCPU)
			break;
		/* Just preempted, and in the other set already: not twice. */
		if (idx == view->me || dy_index_has(view->preempted, idx))
			continue;
		cursor->probes++;
		return idx;
	}
	cursor->probes = PROBES;
	return DY_NO_VCPU;
}

/**
 * dy_ring_next() - the next sibling that waits for a CPU
 * @view: the VM
 * @cursor: how far this spin has come
 *
 * Return: index of a vCPU that is ready and not the spinner, each once in a
 * spin; DY_NO_VCPU when there are no more.
 */
unsigned int dy_ring_next(const struct dy_view *view, struct dy_cursor *cursor)
{
	unsigned int idx;

	do {
		idx = next_candidate(view, cursor);
	} while (idx != DY_NO_VCPU && !dy_vcpu_ready(view, idx));
	return idx;
}

/**
 * dy_ring_next_in() - likewise, of one set
 * @set: the set
 * @view: the VM
 * @cursor: how far it has come
 *
 * Return: as dy_ring_next().
 */
unsigned int dy_ring_next_in(const struct dy_index *set,
			     const struct dy_view *view,
			     struct dy_cursor *cursor)
{
	unsigned int idx;

	do {
		idx = next_of(set, view, cursor);
	} while (idx != DY_NO_VCPU &&
		 (idx == view->me || !dy_vcpu_ready(view, idx)));
	return idx;
}

/**
 * dy_ring_restart() - go round once more
 * @cursor: dy_ring_next() and dy_ring_next_in() start again
 */
void dy_ring_restart(struct dy_cursor *cursor)
{
	cursor->step = 0;
	cursor->probes = 0;
	cursor->sleepers = false;
}

/**
 * dy_ring_restart_asleep() - go round the sleepers only
 * @cursor: dy_ring_next() starts with them
 */
void dy_ring_restart_asleep(struct dy_cursor *cursor)
{
	dy_ring_restart(cursor);
	cursor->sleepers = true;
}

/**
 * dy_fits_mode() - could a sibling have what the spinner waits for?
 * @view: the VM
 * @seen: what dy_vcpu_see() tells of the sibling
 *
 * A vCPU that spins in kernel mode waits for one in kernel mode (commit 199b5763d329),
 * or for one that is to take an interrupt (52acd22faa1a).
 *
 * Return: false if it was preempted in user mode, and is none of these.
 */
bool dy_fits_mode(const struct dy_view *view, unsigned int seen)
{
	return !view->kernel_mode || !(seen & DY_VCPU_PREEMPTED) ||
	       seen & (DY_VCPU_IN_KERNEL | DY_VCPU_IRQ);
}

/**
 * dy_mainline_next() - the next sibling that mainline would try
 * @view: the VM
 * @cursor: how far this spin has come
 *
 * The criteria of kvm_vcpu_on_spin() in 6.12: it waits for a CPU (commit
 * d73eb57b80b9); if it blocks, it has been given something to do (17e433b54393);
 * it fits the spinner's mode (see dy_fits_mode()); and it is no spinner itself, or
 * its turn (06e48c510aa3).
 *
 * Return: as dy_ring_next().
 */
unsigned int dy_mainline_next(const struct dy_view *view,
			      struct dy_cursor *cursor)
{
	unsigned int idx;

	while ((idx = next_candidate(view, cursor)) != DY_NO_VCPU) {
		unsigned int seen = dy_vcpu_see(view, idx);

		if (!(seen & DY_VCPU_READY) || seen & DY_VCPU_ASLEEP)
			continue;
		if (!dy_fits_mode(view, seen))
			continue;
		if (!(seen & DY_VCPU_SPINS) || dy_vcpu_turn(view, idx))
			break;
	}
	return idx;
}
