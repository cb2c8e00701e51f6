// SPDX-License-Identifier: GPL-2.0
// The user-space side of the port in kmod/core/policy.h: a VM made of a script.
#pragma once

#include <cstddef>
#include <vector>

extern "C" {
#include "policy.h"
}

// What the policies' opaque `struct dy_vm` is here.
struct dy_vm {
	enum class Vcpu : unsigned char { absent, running, blocked, ready, woken };

	std::vector<Vcpu> vcpus;
	// What dy_vcpu_see() says of each beside; bits of DY_VCPU_*.
	std::vector<unsigned> seen;
	// Spinners, and whose turn it is.
	std::vector<bool> spins, turn;
	// Who waits for the spinner's own CPU.
	std::vector<bool> here;
	// How often a policy asked whether each is ready.
	mutable std::vector<unsigned> looked;
	dy_index preempted{}, kicked{}, asleep{};

	explicit dy_vm(std::size_t n, Vcpu state = Vcpu::running)
		: vcpus(n, state), seen(n, 0), spins(n, false), turn(n, false), here(n, false), looked(n, 0)
	{
	}

	// As the scheduler would have left it; points into this VM.
	dy_view view(unsigned me, unsigned last_boosted = 0)
	{
		dy_view v{};

		preempted = kicked = asleep = {};
		for (unsigned i = 0; i < vcpus.size(); ++i) {
			if (vcpus[i] == Vcpu::ready)
				dy_index_set(&preempted, i);
			if (vcpus[i] == Vcpu::ready && seen[i] & DY_VCPU_KICKED)
				dy_index_set(&kicked, i);
			if (vcpus[i] == Vcpu::blocked || vcpus[i] == Vcpu::woken)
				dy_index_set(&asleep, i);
		}
		v.vm = this;
		v.preempted = &preempted;
		v.kicked = &kicked;
		v.asleep = &asleep;
		v.me = me;
		v.nr_vcpus = static_cast<unsigned>(vcpus.size());
		v.last_boosted = last_boosted;
		v.ipi_target = DY_NO_VCPU;
		v.pcpus = v.nr_vcpus;
		v.sleep_ns = 100000;
		return v;
	}

	bool is_ready(unsigned idx) const { return vcpus.at(idx) == Vcpu::ready || vcpus.at(idx) == Vcpu::woken; }
};

// Only the C files call these, so the compiler must be told to keep them.
extern "C" [[gnu::used]] inline bool dy_vcpu_ready(const dy_view *view, unsigned idx)
{
	// An index outside the VM is a fault of the policy: at() says so loudly.
	++view->vm->looked.at(idx);
	return view->vm->is_ready(idx);
}

extern "C" [[gnu::used]] inline unsigned dy_vcpu_see(const dy_view *view, unsigned idx)
{
	const dy_vm &vm = *view->vm;

	if (!vm.is_ready(idx))
		return 0;
	return vm.seen.at(idx) | DY_VCPU_READY | (vm.vcpus[idx] == dy_vm::Vcpu::ready ? DY_VCPU_PREEMPTED : 0) | (vm.spins[idx] ? DY_VCPU_SPINS : 0);
}

extern "C" [[gnu::used]] inline bool dy_vcpu_turn(const dy_view *view, unsigned idx)
{
	dy_vm &vm = *view->vm;

	if (!vm.spins.at(idx))
		return true;
	vm.turn[idx] = !vm.turn[idx];
	return !vm.turn[idx];
}

extern "C" [[gnu::used]] inline bool dy_vcpu_here(const dy_view *view, unsigned idx)
{
	return view->vm->here.at(idx);
}
