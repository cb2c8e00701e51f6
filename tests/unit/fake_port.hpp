// SPDX-License-Identifier: GPL-2.0
// The user-space side of the port in kmod/core/policy.h: a VM made of a script.
#pragma once

#include <cstddef>
#include <vector>

extern "C" {
#include "policy.h"
}

// What the policies' opaque `struct kvm` is here.
struct kvm {
	enum class Vcpu : unsigned char { absent, running, blocked, ready };

	std::vector<Vcpu> vcpus;
	// How often a policy looked at each vCPU.
	mutable std::vector<unsigned> looked;

	explicit kvm(std::size_t n, Vcpu state = Vcpu::running)
		: vcpus(n, state), looked(n, 0)
	{
	}

	dy_view view(unsigned me, unsigned last_boosted = 0)
	{
		dy_view v{};

		v.kvm = this;
		v.me = me;
		v.nr_vcpus = static_cast<unsigned>(vcpus.size());
		v.last_boosted = last_boosted;
		v.sleep_ns = 100000;
		return v;
	}
};

// Only the C files call this, so the compiler must be told to keep it.
extern "C" [[gnu::used]] inline bool dy_vcpu_ready(const dy_view *view, unsigned idx)
{
	// An index outside the VM is a fault of the policy: at() says so loudly.
	++view->kvm->looked.at(idx);
	return view->kvm->vcpus.at(idx) == kvm::Vcpu::ready;
}
