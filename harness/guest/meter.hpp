// SPDX-License-Identifier: GPL-2.0
/// @file
/// Cuts a load's progress into windows.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace dyield::guest {

/// How far a load is, and since when it is just so far.
struct Mark {
	std::int64_t at_ns = 0;
	std::uint64_t progress = 0;
};

/// A whole window, with the duration it really had.
struct Window {
	std::int64_t dur_ns = 0;
	std::uint64_t msgs = 0;
};

/// Windows of one measurement.  Times are CLOCK_MONOTONIC's in ns and come from the caller.
/// They are cut where progress was made: of progress in lumps (a run that has ended), what is under way belongs to the next
/// window, with the time it takes.
class Meter {
public:
	static constexpr std::size_t max_windows = 10'000;	///< bounds the memory and the result's line
	static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

	/// Forgets earlier windows and begins the first one, of `window_ns` (> 0).
	void begin(std::int64_t now, Mark mark, std::int64_t window_ns);
	/// Ends the present window at `mark` if its time is over: a window cut late is longer, and its duration says so.  One
	/// without progress goes on for another `window_ns`.  Returns false when max_windows have been cut and no more will be.
	bool tick(std::int64_t now, Mark mark);
	/// Ends measuring: what has not become a whole window is dropped.  One that went on and still has no progress is whole.
	void end();

	bool running() const noexcept { return length > 0; }
	/// When tick() has to be called next; `never` when not running.
	std::int64_t deadline() const noexcept { return running() ? start + length : never; }
	const std::vector<Window> &windows() const noexcept { return done; }
	void clear() noexcept { *this = {}; }

private:
	std::int64_t start = 0, length = 0;
	Mark before;
	std::int64_t idle_until = 0;	// how long the present window has gone on, at least; 0: it did not
	std::vector<Window> done;
};

} // namespace dyield::guest
