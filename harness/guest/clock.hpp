// SPDX-License-Identifier: GPL-2.0
/// @file
/// The clock of windows and latencies, and waiting by it.
#pragma once
#include <cstdint>
#include <ctime>

namespace dyield::guest {

inline constexpr std::int64_t ns_per_ms = 1'000'000;
inline constexpr std::int64_t ns_per_s = 1'000'000'000;

/// CLOCK_MONOTONIC in ns: no system call where the kernel's vdso can read the clock source.
inline std::int64_t now_ns() noexcept
{
	timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * ns_per_s + t.tv_nsec;
}

/// Sleeps at least `ns` (0 .. 1e9 - 1).
inline void sleep_ns(std::int64_t ns) noexcept
{
	timespec t{0, ns};
	nanosleep(&t, nullptr);
}

/// Looks at `condition` every 2 ms until it holds or `timeout_ns` have passed; returns what it found.
/// Polling, because what it waits for is counted by threads that must not pay for notifying anyone.
template <typename Condition> bool wait_for(Condition condition, std::int64_t timeout_ns)
{
	for (std::int64_t end = now_ns() + timeout_ns;;) {
		if (condition())
			return true;
		if (now_ns() >= end)
			return false;
		sleep_ns(2 * ns_per_ms);
	}
}

} // namespace dyield::guest
