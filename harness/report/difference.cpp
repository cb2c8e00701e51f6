// SPDX-License-Identifier: GPL-2.0
#include "report/difference.hpp"
#include "report/stats.hpp"
#include <algorithm>
#include <boost/math/special_functions/binomial.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace dyield {

namespace {

double splits(std::size_t n, std::size_t m)
{
	return boost::math::binomial_coefficient<double>(unsigned(n + m), unsigned(n));
}

/// Mann and Whitney's U, twice: in how many pairs b is above, ties counting half.
std::size_t doubled_u(std::span<const double> a, std::span<const double> b)
{
	std::size_t u = 0;
	for (double x : a)
		for (double y : b)
			u += y > x ? 2 : y == x;
	return u;
}

/// Twice the rank of each value, ascending; equal values share the mean of theirs.
std::vector<std::size_t> doubled_ranks(std::vector<double> pooled)
{
	std::ranges::sort(pooled);
	std::vector<std::size_t> ranks;
	for (double value : pooled) {
		auto [first, last] = std::ranges::equal_range(pooled, value);
		ranks.push_back(std::size_t(first - pooled.begin()) + std::size_t(last - pooled.begin()) + 1);
	}
	return ranks;
}

/// The chance of each value of doubled_u() when which boots are b's is left to chance. Streitberg and Röhmel's shift
/// algorithm: ways[k][s] counts the choices of k of the ranks seen so far whose sum is s.
std::vector<double> distribution_of_u(std::span<const double> a, std::span<const double> b)
{
	std::vector<double> pooled(a.begin(), a.end());
	pooled.insert(pooled.end(), b.begin(), b.end());
	auto ranks = doubled_ranks(std::move(pooled));
	auto total = std::accumulate(ranks.begin(), ranks.end(), std::size_t(0));
	std::vector ways(b.size() + 1, std::vector<double>(total + 1));
	ways[0][0] = 1;
	std::size_t seen = 0;
	for (std::size_t rank : ranks) {
		for (std::size_t k = b.size(); k-- > 0;)
			for (std::size_t s = 0; s <= seen; s++)
				ways[k + 1][s + rank] += ways[k][s];
		seen += rank;
	}

	std::vector<double> chances;
	for (std::size_t u = 0, lowest = b.size() * (b.size() + 1); u <= 2 * a.size() * b.size(); u++)
		chances.push_back(ways[b.size()][u + lowest] / splits(a.size(), b.size()));
	return chances;
}

/// The chance that U is as far from its mean as `distance` (of doubled_u()) or farther.
double chance_beyond(std::span<const double> chances, std::size_t distance)
{
	double p = 0;
	std::size_t mean = chances.size() / 2;
	for (std::size_t u = 0; u < chances.size(); u++)
		if (std::max(u, mean) - std::min(u, mean) >= distance)
			p += chances[u];
	return std::min(p, 1.0);
}

/// The greatest distance from the mean that any permutation reaches.
std::size_t greatest_distance(std::span<const double> chances)
{
	std::size_t mean = chances.size() / 2, distance = mean;
	while (distance > 0 && chances[mean - distance] == 0 && chances[mean + distance] == 0)
		distance--;
	return distance;
}

std::vector<double> sorted_ratios(std::span<const double> a, std::span<const double> b)
{
	std::vector<double> ratios;
	for (double x : a)
		for (double y : b)
			ratios.push_back(x > 0 ? y / x : y > 0 ? std::numeric_limits<double>::infinity() : 1);
	std::ranges::sort(ratios);
	return ratios;
}

/// The place among the sorted ratios of the interval's lower end; its upper end is as far from the other end of them. It
/// is the greatest value that U stays at or below with a chance of at most alpha / 2, and 0 also if there is none.
std::size_t lower_end(std::span<const double> chances, double alpha)
{
	std::size_t u = 0;
	double chance = chances[0] + chances[1] + chances[2];
	while (chance <= alpha / 2) {
		u++;
		chance += chances[2 * u + 1] + chances[2 * u + 2];
	}
	return u;
}

} // namespace

Difference difference(std::span<const double> a, std::span<const double> b, double alpha)
{
	if (a.empty() || b.empty())
		throw std::invalid_argument("the difference to no boots");
	auto pairs = a.size() * b.size(), u = doubled_u(a, b);
	auto chances = distribution_of_u(a, b);
	auto ratios = sorted_ratios(a, b);

	Difference d;
	d.p = chance_beyond(chances, std::max(u, pairs) - std::min(u, pairs));
	d.smallest_p = chance_beyond(chances, greatest_distance(chances));
	d.ratio = median(ratios);
	auto end = lower_end(chances, alpha);
	d.lo = ratios[end];
	d.hi = ratios[pairs - 1 - end];
	d.cliffs_delta = double(u) / double(pairs) - 1;
	return d;
}

std::vector<double> holm(std::span<const double> p)
{
	std::vector<std::size_t> order(p.size());
	std::iota(order.begin(), order.end(), std::size_t(0));
	std::ranges::sort(order, {}, [&](std::size_t i) { return p[i]; });
	std::vector<double> raised(p.size());
	double least = 0;
	for (std::size_t rank = 0; rank < order.size(); rank++) {
		least = std::max(least, std::min(1.0, p[order[rank]] * double(p.size() - rank)));
		raised[order[rank]] = least;
	}
	return raised;
}

std::size_t boots_needed(double alpha, std::size_t tests)
{
	std::size_t boots = 1;
	while (2 / splits(boots, boots) * double(tests) > alpha)
		boots++;
	return boots;
}

} // namespace dyield
