// SPDX-License-Identifier: GPL-2.0
/// @file
/// The statistics of one cell: its median and how far that can be trusted, boots that stand apart, windows in two
/// modes, and how many windows are warm-up. docs/statistics.md says why these.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace dyield {

/// How an interval was got.
enum class IntervalKind {
	range,		///< fewer than three boots: lowest and highest boot
	bootstrap,	///< percentile bootstrap, 95 %
};

/// lo <= hi, in the unit of the values it was made of.
struct Interval {
	double lo = 0, hi = 0;
	IntervalKind kind = IntervalKind::range;
};

/// Windows in two modes: `low` of `all` windows lie about low_rate, the rest about high_rate (medians).
struct TwoModes {
	std::size_t low = 0, all = 0;
	double low_rate = 0, high_rate = 0;
};

/// The median; of an even number of values the mean of the middle two. Throws std::invalid_argument when
/// there are none.
double median(std::vector<double> values);

/// How well the median of `boots` (one figure a boot, at least one) is known: with three or more boots the
/// percentile bootstrap of Efron (1979), 95 %, 2000 resamples of whole boots from a fixed seed, so that the
/// same runs always give the same interval; with fewer the range. Boots and not windows are resampled
/// because the windows of one boot are correlated. Throws std::invalid_argument when there are none.
Interval interval_of_median(std::span<const double> boots);

/// The places in `boots` (one figure a boot), ascending, of those beyond Tukey's outer fences (1977, "far out"): more
/// than 3 hinge spreads outside of the hinges, which are the medians of the lower and the upper half. They are to be
/// shown, never dropped. None of fewer than 5 boots, of which one says too little about the others.
std::vector<std::size_t> outliers(std::span<const double> boots);

/// Whether a cell is metastable: its windows (any unit >= 0, of all its boots) fall into two modes. They are split where
/// Otsu (1979) does, which leaves the least variance within the parts, on the logarithms, because modes differ by
/// factors. They are two modes if that explains at least 90 % of the variance (a uniform spread gives 75 %, a normal one
/// 64 %), the parts' medians differ by a factor of 4 or more and each has at least 2 windows. None of fewer than 8.
std::optional<TwoModes> two_modes(std::span<const double> windows);

/// How many of the first windows of one boot are warm-up, by MSER-5 (White 1997; batches of 5 windows): leaving them out
/// makes the standard error of the mean of the rest smallest. Nothing if this cannot be said: fewer than 10 batches, or
/// it would leave out more than half, which by White's rule means that the series was still moving at its end.
/// A fall from one mode to the other looks like a warm-up to it: ask two_modes() first.
std::optional<std::size_t> warmup_windows(std::span<const double> windows);
/// So many windows of a boot at least does warmup_windows() need to say anything.
constexpr std::size_t least_warmup_windows = 50;

} // namespace dyield
