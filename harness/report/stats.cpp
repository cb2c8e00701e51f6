// SPDX-License-Identifier: GPL-2.0
#include "report/stats.hpp"
#include <algorithm>
#include <boost/math/statistics/univariate_statistics.hpp>
#include <random>
#include <stdexcept>

namespace dyield {

namespace {

constexpr std::size_t resamples = 2000;
constexpr std::size_t tail = resamples / 40;	// 2.5 % at each end

std::vector<double> resampled_medians(std::span<const double> boots)
{
	// The engine's own numbers and a plain modulo: unlike the library's distributions these are the
	// same with every compiler, and the bias at a handful of boots is below 1e-17.
	std::mt19937_64 engine(1);
	std::vector<double> medians, drawn(boots.size());
	medians.reserve(resamples);
	for (std::size_t i = 0; i < resamples; i++) {
		std::ranges::generate(drawn, [&] { return boots[engine() % boots.size()]; });
		medians.push_back(median(drawn));
	}
	std::ranges::sort(medians);
	return medians;
}

} // namespace

double median(std::vector<double> values)
{
	if (values.empty())
		throw std::invalid_argument("the median of no values");
	return boost::math::statistics::median(values);
}

Interval interval_of_median(std::span<const double> boots)
{
	if (boots.empty())
		throw std::invalid_argument("the interval of no boots");
	if (boots.size() < 3) {
		auto [lo, hi] = std::ranges::minmax(boots);
		return {lo, hi, IntervalKind::range};
	}
	auto medians = resampled_medians(boots);
	return {medians[tail], medians[resamples - 1 - tail], IntervalKind::bootstrap};
}

} // namespace dyield
