// SPDX-License-Identifier: GPL-2.0
/// @file
/// Where cells are measured: a host that runs VMs, this machine or the emulated one.
#pragma once
#include "model/run.hpp"
#include "util/interrupt.hpp"
#include <functional>
#include <nlohmann/json.hpp>

namespace dyield {

/// How long a cell is measured. Times are the host's: virtual ones on the emulated host.
struct Measure {
	int settle_ms = 0;		///< idle before the loads start: differs from boot to boot
	int warmup_ms = 1000;		///< load on, not counted
	int window_ms = 1000;
	int windows = 3;
	int timeline_ms = 0;		///< load on, not counted: record who runs on which pCPU; 0: do not
	int perf_ms = 0;		///< likewise: what perf(1) counts (host/perf.hpp)
	nlohmann::json load_options = nlohmann::json::object();	///< of the first guest's load, under those of its cell

	/// All windows, and the quarter of one after which the last is sure to be over.
	milliseconds counted() const { return milliseconds(window_ms) * windows + milliseconds(window_ms / 4); }
	/// All that a cell waits for: idle and under load, counted or not.
	milliseconds whole() const { return milliseconds(settle_ms) + milliseconds(warmup_ms) + milliseconds(timeline_ms) + milliseconds(perf_ms) + counted(); }
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Measure, settle_ms, warmup_ms, window_ms, windows, timeline_ms, perf_ms, load_options)

/// A host that measures cells, one at a time, each in a boot of its own guests.
class Host {
public:
	using Progress = std::function<void(const std::string &step)>;
	virtual ~Host() = default;
	/// Measures one cell in its repetition `boot` (0..). A guest that dies, a load that does not start...: in Run::error, and the host
	/// is as before. Throws Error when the host itself is no longer fit, Interrupted.
	virtual Run measure(const Cell &cell, int boot, const Measure &how, const Progress &progress) = 0;
};

} // namespace dyield
