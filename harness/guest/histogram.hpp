// SPDX-License-Identifier: GPL-2.0
/// @file
/// A log-linear histogram of times after Gil Tene's HdrHistogram: buckets of constant relative width.
/// Our own, because Debian 12 and 13 have no C or C++ package of HdrHistogram.
#pragma once
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace dyield::guest {

/// Values 0 .. 2^40 - 1 (in ns: 18 minutes), in 64 buckets for each power of two: exact below 128, within
/// 1.6 % above.  18 kB, no allocation; one thread at a time.
class Histogram {
public:
	static constexpr std::int64_t max_value = (std::int64_t{1} << 40) - 1;

	/// Counts one value; values outside the range count as its nearest end.
	void record(std::int64_t value) noexcept;
	/// Adds all that `other` has counted.
	void add(const Histogram &other) noexcept;
	void clear() noexcept { *this = {}; }

	std::uint64_t count() const noexcept { return total; }
	/// The smallest value that at least the fraction `q` (0..1) of the counted ones do not exceed, rounded up
	/// to the end of its bucket but never beyond the largest value counted; 0 when nothing was counted.
	std::int64_t quantile(double q) const noexcept;
	/// What was counted, for curves: the end of each range that holds anything, and how many it holds; in order.
	/// Ranges are 4 buckets wide (16 for each power of two: within 6.3 %), and the last ends at the largest value.
	std::vector<std::pair<std::int64_t, std::uint64_t>> ranges() const;

private:
	static constexpr int sub_bits = 6;
	static constexpr int bucket_count = (40 - sub_bits + 1) << sub_bits;

	static int bucket_of(std::int64_t value) noexcept;
	static std::int64_t last_of(int bucket) noexcept;

	std::array<std::uint64_t, bucket_count> buckets{};
	std::uint64_t total = 0;
	std::int64_t largest = 0;
};

} // namespace dyield::guest
