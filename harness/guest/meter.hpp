// SPDX-License-Identifier: GPL-2.0
/// @file
/// Cuts a load's progress into windows.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace dyield::guest {

/// A whole window, with the duration it really had.
struct Window {
	std::int64_t dur_ns = 0;
	std::uint64_t msgs = 0;
};

/// Windows of one measurement.  Times are CLOCK_MONOTONIC's in ns and come from the caller.
class Meter {
public:
	static constexpr std::size_t max_windows = 10'000;	///< bounds the memory and the result's line
	static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

	/// Forgets earlier windows and begins the first one, of `window_ns` (> 0).
	void begin(std::int64_t now, std::uint64_t progress, std::int64_t window_ns);
	/// Ends the present window if its time is over, and begins the next one at `now`: a window cut late is
	/// longer, and its duration says so.  Returns false when max_windows have been cut and no more will be.
	bool tick(std::int64_t now, std::uint64_t progress);
	/// Ends measuring: what has not become a whole window is dropped.
	void end() noexcept { length = 0; }

	bool running() const noexcept { return length > 0; }
	/// When tick() has to be called next; `never` when not running.
	std::int64_t deadline() const noexcept { return running() ? start + length : never; }
	const std::vector<Window> &windows() const noexcept { return done; }
	void clear() noexcept { done.clear(); end(); }

private:
	std::int64_t start = 0, length = 0;
	std::uint64_t before = 0;
	std::vector<Window> done;
};

} // namespace dyield::guest
