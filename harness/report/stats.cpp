// SPDX-License-Identifier: GPL-2.0
#include "report/stats.hpp"
#include <algorithm>
#include <boost/math/statistics/univariate_statistics.hpp>
#include <cmath>
#include <limits>
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

/// The logarithms of ascending rates. A window without a message counts as half of the slowest other one.
std::vector<double> logarithms(std::span<const double> sorted)
{
	auto positive = std::ranges::upper_bound(sorted, 0.0);
	double least = positive == sorted.end() ? 1 : *positive / 2;
	std::vector<double> logs;
	for (double rate : sorted)
		logs.push_back(std::log(std::max(rate, least)));
	return logs;
}

double mean(std::span<const double> values)
{
	return boost::math::statistics::mean(values.begin(), values.end());
}

double variance(std::span<const double> values)
{
	return boost::math::statistics::variance(values.begin(), values.end());
}

/// The lowest `low` values of a series apart from the rest, and the share of the variance that this explains.
struct Split {
	std::size_t low = 0;
	double explained = 0;
};

Split best_split(std::span<const double> sorted)
{
	double n = double(sorted.size()), middle = mean(sorted), all = variance(sorted);
	Split best;
	for (std::size_t low = 1; low < sorted.size() && all > 0; low++) {
		double below = middle - mean(sorted.first(low)), above = mean(sorted.subspan(low)) - middle;
		double between = (double(low) * below * below + (n - double(low)) * above * above) / n;
		if (between / all > best.explained)
			best = {low, between / all};
	}
	return best;
}

/// White's statistic: the square of the standard error of the mean.
double variance_of_mean(std::span<const double> values)
{
	return variance(values) / double(values.size());
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

std::vector<std::size_t> outliers(std::span<const double> boots)
{
	if (boots.size() < 5)
		return {};
	std::vector<double> sorted(boots.begin(), boots.end());
	std::ranges::sort(sorted);
	auto half = std::ptrdiff_t((sorted.size() + 1) / 2);	// of an odd number, both halves have the middle one
	double low = median({sorted.begin(), sorted.begin() + half}), high = median({sorted.end() - half, sorted.end()});
	std::vector<std::size_t> apart;
	for (std::size_t i = 0; i < boots.size(); i++)
		if (boots[i] < low - 3 * (high - low) || boots[i] > high + 3 * (high - low))
			apart.push_back(i);
	return apart;
}

std::optional<TwoModes> two_modes(std::span<const double> windows)
{
	if (windows.size() < 8)
		return std::nullopt;
	std::vector<double> sorted(windows.begin(), windows.end());
	std::ranges::sort(sorted);
	auto split = best_split(logarithms(sorted));
	auto low = sorted.begin() + std::ptrdiff_t(split.low);
	if (split.explained < 0.9 || split.low < 2 || split.low + 2 > sorted.size())
		return std::nullopt;
	TwoModes modes{split.low, sorted.size(), median({sorted.begin(), low}), median({low, sorted.end()})};
	if (modes.high_rate < 4 * modes.low_rate)
		return std::nullopt;
	return modes;
}

std::optional<std::size_t> warmup_windows(std::span<const double> windows)
{
	constexpr std::size_t batch = 5;
	std::vector<double> means;
	while (windows.size() >= (means.size() + 1) * batch)
		means.push_back(mean(windows.subspan(means.size() * batch, batch)));
	if (windows.size() < least_warmup_windows)
		return std::nullopt;
	std::size_t best = 0;
	double smallest = std::numeric_limits<double>::infinity();
	// The last few are always alike: White leaves 5 of them in.
	for (std::size_t first = 0; first + 5 <= means.size(); first++) {
		double error = variance_of_mean(std::span(means).subspan(first));
		if (error < smallest) {
			smallest = error;
			best = first;
		}
	}
	if (2 * best > means.size())
		return std::nullopt;
	return best * batch;
}

} // namespace dyield
