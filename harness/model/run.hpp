// SPDX-License-Identifier: GPL-2.0
/// @file
/// What one measurement gave: the raw figures of one cell in one boot, as they are kept on disk.
#pragma once
#include "model/cell.hpp"
#include <cstdint>
#include <vector>

namespace dyield {

/// One window of the load's guest, by the guest's clock.
struct Window {
	std::int64_t dur_ns = 0;
	std::int64_t msgs = 0;		///< delivered in the window
};

/// Publish-to-delivery latency over all windows, in ns.
struct Latency {
	std::int64_t count = 0, p50_ns = 0, p99_ns = 0, p999_ns = 0;
};

/// One boot of one cell.
struct Run {
	Cell cell;
	int boot = 0;				///< 0.. : which repetition
	std::vector<Window> windows;
	Latency latency;
	std::int64_t sent = 0, received = 0;	///< by both ends, whole load, after draining
	std::int64_t interval_ns = 0;		///< the host's clock over the windows
	std::int64_t ple_exits = 0;		///< PAUSE exits of the whole host in the interval
	std::int64_t guest_cpu_ns = 0;		///< all vCPU threads of the load's guest in the interval
	std::int64_t neighbour_cpu_ns = 0;	///< likewise the neighbour's
	std::int64_t neighbour_progress = 0;	///< iterations of the neighbour's loops in the interval (0: no loops)
	std::string error;			///< why it could not be measured; empty: it was
	nlohmann::json counters;		///< kvm_dyield's counters over the interval (object; null without it)
	nlohmann::json context;			///< host: kernel, cpu, filter window, lock kind, pins, dilation ... (object)
};

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Window, dur_ns, msgs)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Latency, count, p50_ns, p99_ns, p999_ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Run, cell, boot, windows, latency, sent, received, interval_ns, ple_exits,
				   guest_cpu_ns, neighbour_cpu_ns, neighbour_progress, error, counters, context)

} // namespace dyield
