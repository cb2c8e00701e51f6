// SPDX-License-Identifier: GPL-2.0
/// @file
/// The few statistics of a cell: medians, and how far the median of the boots can be trusted.
#pragma once
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

/// The median; of an even number of values the mean of the middle two. Throws std::invalid_argument when
/// there are none.
double median(std::vector<double> values);

/// How well the median of `boots` (one figure a boot, at least one) is known: with three or more boots the
/// percentile bootstrap of Efron (1979), 95 %, 2000 resamples of whole boots from a fixed seed, so that the
/// same runs always give the same interval; with fewer the range. Boots and not windows are resampled
/// because the windows of one boot are correlated. Throws std::invalid_argument when there are none.
Interval interval_of_median(std::span<const double> boots);

} // namespace dyield
