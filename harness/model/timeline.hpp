// SPDX-License-Identifier: GPL-2.0
/// @file
/// Who ran on which pCPU: what a recording of a few hundred milliseconds holds.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace dyield {

/// All times are in ns from the recording's begin; a vCPU is named by its place in `vcpus`.
struct Timeline {
	struct Vcpu {
		std::string guest;
		int vcpu = 0;		///< its number in the guest
		int thread = 0;		///< its thread on the host
	};
	/// A vCPU on a pCPU, without a break.
	struct Stint {
		int vcpu = 0, pcpu = 0;
		std::int64_t from_ns = 0, to_ns = 0;
		bool preempted = false;	///< it would have gone on
	};
	/// A vCPU that would run and has no pCPU.
	struct Wait {
		int vcpu = 0;
		std::int64_t from_ns = 0, to_ns = 0;
	};
	struct Pause {			///< a PAUSE exit
		std::int64_t at_ns = 0;
		int vcpu = 0, pcpu = 0;
	};
	struct Boost {			///< a spinning vCPU yielded to another or had it boosted
		std::int64_t at_ns = 0;
		int vcpu = 0, target = 0;
		bool taken = false;	///< the scheduler did it
	};

	std::int64_t length_ns = 0;
	std::int64_t lost_events = 0;	///< that the kernel's buffers had no room for: the picture has holes
	std::vector<Vcpu> vcpus;
	std::vector<Stint> stints;
	std::vector<Wait> waits;
	std::vector<Pause> pauses;
	std::vector<Boost> boosts;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Timeline::Vcpu, guest, vcpu, thread)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Timeline::Stint, vcpu, pcpu, from_ns, to_ns, preempted)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Timeline::Wait, vcpu, from_ns, to_ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Timeline::Pause, at_ns, vcpu, pcpu)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Timeline::Boost, at_ns, vcpu, target, taken)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Timeline, length_ns, lost_events, vcpus, stints, waits, pauses, boosts)

} // namespace dyield
