// SPDX-License-Identifier: GPL-2.0
/// @file
/// Latencies of many threads without a lock: each has a recorder, one gate says whether they record.
#pragma once
#include "guest/counter.hpp"
#include "guest/histogram.hpp"

namespace dyield::guest {

/// Opened when measuring begins and closed when it ends, by the control thread.  Each opening has a number:
/// a recorder that meets a new one clears itself first, so nobody ever writes another thread's histogram.
class LatencyGate {
public:
	void open() noexcept { epoch.store(++last, std::memory_order_relaxed); }
	void close() noexcept { epoch.store(0, std::memory_order_relaxed); }
	/// The number of the present opening; 0: closed.  Any thread.
	std::uint32_t current() const noexcept { return epoch.load(std::memory_order_relaxed); }
	/// The number of the latest opening, closed or not; the control thread only.
	std::uint32_t latest() const noexcept { return last; }

private:
	std::atomic<std::uint32_t> epoch{0};
	std::uint32_t last = 0;
};

/// One thread's latencies.
class alignas(cache_line) LatencyRecorder {
public:
	/// Counts `ns` if the gate is open.
	void record(const LatencyGate &gate, std::int64_t ns) noexcept
	{
		std::uint32_t now = gate.current();
		if (!now)
			return;
		if (now != epoch) {
			histogram.clear();
			epoch = now;
		}
		histogram.record(ns);
	}
	/// Adds what was counted in the gate's latest opening to `all`; only once the recording thread has ended.
	void merge_into(Histogram &all, const LatencyGate &gate) const noexcept
	{
		if (epoch && epoch == gate.latest())
			all.add(histogram);
	}

private:
	std::uint32_t epoch = 0;
	Histogram histogram;
};

/// What the recorders of a range counted in the gate's latest opening; only once their threads have ended.
template <typename Recorders> Histogram merged(const Recorders &recorders, const LatencyGate &gate) noexcept
{
	Histogram all;
	for (const auto &r : recorders)
		r.merge_into(all, gate);
	return all;
}

} // namespace dyield::guest
