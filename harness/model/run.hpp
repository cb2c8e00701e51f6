// SPDX-License-Identifier: GPL-2.0
/// @file
/// What one measurement gave: the raw figures of one cell in one boot, as they are kept on disk.
#pragma once
#include "model/cell.hpp"
#include "model/vcpu_time.hpp"

namespace dyield {

/// One window of a guest's load, by the guest's clock.
struct Window {
	std::int64_t dur_ns = 0;
	std::int64_t msgs = 0;		///< delivered in the window (of loads without messages: steps done)
};

/// Publish-to-delivery latency over all windows, in ns; count 0: the load has none.
struct Latency {
	std::int64_t count = 0, p50_ns = 0, p99_ns = 0, p999_ns = 0;
};

/// What one guest did. All zero but the times where it was idle.
struct GuestRun {
	std::string name;			///< GuestSpec::name
	std::vector<Window> windows;
	Latency latency;
	std::int64_t sent = 0, received = 0;	///< by both ends, whole load, after draining
	std::int64_t progress = 0;		///< messages or steps in the interval
	std::vector<VcpuTime> vcpus;		///< in the interval, by vCPU number
	nlohmann::json histogram;		///< of the latency, as dyield-guest's result has it; null: there is none
	nlohmann::json steal;			///< likewise its steal times
	std::int64_t cpu_ns() const;		///< of all vCPU threads in the interval
};

/// One boot of one cell.
struct Run {
	Cell cell;
	int boot = 0;				///< 0.. : which repetition
	std::vector<GuestRun> guests;		///< in the order of Cell::guests; empty where nothing could be measured
	std::int64_t interval_ns = 0;		///< the host's clock over the windows
	std::int64_t ple_exits = 0;		///< PAUSE exits of the whole host in the interval
	nlohmann::json timeline;		///< Timeline of shortly before the windows; null: none was recorded
	nlohmann::json perf;			///< watch_with_perf() of shortly before the windows; null: it was not asked for
	std::string error;			///< why it could not be measured; empty: it was
	nlohmann::json counters;		///< kvm_dyield's counters over the interval (object; null without it)
	nlohmann::json context;			///< host: kernel, cpu, filter window, lock kind, pins, dilation ... (object)

	/// The guest whose throughput is the cell's figure; an empty one where nothing could be measured.
	const GuestRun &first() const;
	std::int64_t cpu_ns() const;		///< of all guests' vCPU threads in the interval
};

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Window, dur_ns, msgs)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Latency, count, p50_ns, p99_ns, p999_ns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(GuestRun, name, windows, latency, sent, received, progress, vcpus, histogram, steal)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Run, cell, boot, guests, interval_ns, ple_exits, timeline, perf, error, counters, context)

} // namespace dyield
