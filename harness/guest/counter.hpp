// SPDX-License-Identifier: GPL-2.0
/// @file
/// Counters that cost their writer one store, and nobody else a cache line.
#pragma once
#include <atomic>
#include <cstdint>

namespace dyield::guest {

inline constexpr int cache_line = 64;

/// Written by one thread at a time, read by any.
class alignas(cache_line) Counter {
public:
	/// One more.  A load and a store, not a locked add: there is one writer only.
	void add() noexcept { n.store(n.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
	std::uint64_t get() const noexcept { return n.load(std::memory_order_relaxed); }

private:
	std::atomic<std::uint64_t> n{0};
};

/// The sum over a range of Counters.
template <typename Counters> std::uint64_t sum(const Counters &counters) noexcept
{
	std::uint64_t total = 0;
	for (const auto &c : counters)
		total += c.get();
	return total;
}

} // namespace dyield::guest
