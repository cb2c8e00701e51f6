// SPDX-License-Identifier: GPL-2.0
#include "report/difference.hpp"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <stdexcept>

using namespace dyield;

namespace {

using Boots = std::vector<double>;

/// Mann and Whitney's exact two-sided p by trying every choice of b's boots, as the textbook has it.
double p_by_enumeration(const Boots &a, const Boots &b)
{
	Boots pooled = a;
	pooled.insert(pooled.end(), b.begin(), b.end());
	auto distance = [&](const std::vector<bool> &is_b) {
		double u = 0;
		for (std::size_t i = 0; i < pooled.size(); i++)
			for (std::size_t j = 0; j < pooled.size(); j++)
				if (!is_b[i] && is_b[j])
					u += pooled[j] > pooled[i] ? 1 : pooled[j] == pooled[i] ? 0.5 : 0;
		return std::abs(u - double(a.size() * b.size()) / 2);
	};
	std::vector<bool> as_measured(pooled.size());
	std::fill_n(as_measured.rbegin(), b.size(), true);
	double measured = distance(as_measured), beyond = 0, all = 0;
	auto is_b = as_measured;
	do {
		all++;
		beyond += distance(is_b) >= measured;
	} while (std::next_permutation(is_b.begin(), is_b.end()));
	return beyond / all;
}

} // namespace

TEST(Difference, TwoBootsASideNeverSuffice)
{
	auto d = difference(Boots{10, 11}, Boots{9000, 9001});
	EXPECT_DOUBLE_EQ(d.p, 1.0 / 3);
	EXPECT_DOUBLE_EQ(d.smallest_p, 1.0 / 3);
	EXPECT_DOUBLE_EQ(d.lo, 9000.0 / 11) << "the range of all ratios";
	EXPECT_DOUBLE_EQ(d.hi, 9001.0 / 10);
	EXPECT_DOUBLE_EQ(difference(Boots{1}, Boots{2}).smallest_p, 1);
	EXPECT_DOUBLE_EQ(difference(Boots{1, 2, 3}, Boots{4, 5, 6}).p, 0.1);
}

TEST(Difference, FourBootsASideDo)
{
	auto d = difference(Boots{100, 110, 120, 130}, Boots{200, 210, 220, 230});
	EXPECT_DOUBLE_EQ(d.p, 2.0 / 70);
	EXPECT_DOUBLE_EQ(d.smallest_p, 2.0 / 70);
	EXPECT_DOUBLE_EQ(d.cliffs_delta, 1);
	EXPECT_GT(d.lo, 1);
	auto back = difference(Boots{200, 210, 220, 230}, Boots{100, 110, 120, 130});
	EXPECT_DOUBLE_EQ(back.p, d.p);
	EXPECT_DOUBLE_EQ(back.cliffs_delta, -1);
	EXPECT_NEAR(back.ratio, 1 / d.ratio, 1e-3);
	EXPECT_DOUBLE_EQ(back.lo, 1 / d.hi);
}

TEST(Difference, PIsThatOfTheEnumerationAlsoWithTies)
{
	const std::pair<Boots, Boots> examples[] = {
		{{1, 2, 5}, {3, 4, 6, 7}}, {{1, 2, 2, 3}, {2, 3, 3, 4, 5}}, {{1, 4, 6, 8, 9}, {2, 3, 10, 11, 12, 13}},
		{{7, 7, 7, 7}, {7, 7, 8, 8, 8}}, {{5}, {1, 2, 3, 4, 5, 6, 7}}, {{0, 0, 9, 8, 7}, {0, 6, 5, 4, 3}},
	};
	for (const auto &[a, b] : examples)
		EXPECT_NEAR(difference(a, b).p, p_by_enumeration(a, b), 1e-12) << a.size() << " and " << b.size() << " boots";
}

TEST(Difference, OfEqualBootsIsNone)
{
	auto d = difference(Boots{3, 3, 3, 3, 3}, Boots{3, 3, 3, 3, 3});
	EXPECT_DOUBLE_EQ(d.p, 1);
	EXPECT_DOUBLE_EQ(d.smallest_p, 1) << "no permutation of equal boots says anything";
	EXPECT_DOUBLE_EQ(d.ratio, 1);
	EXPECT_DOUBLE_EQ(d.cliffs_delta, 0);
}

TEST(Difference, IntervalIsThatOfHollanderAndWolfe)
{
	// 5 and 5 boots at 0.05: P(U <= 2) = 4 / 252 is the last below 0.025, so the 3rd ratio from either end.
	Boots a = {100, 100.1, 100.2, 100.3, 100.4}, b = {101, 106, 103, 102, 120}, ratios;
	for (double x : a)
		for (double y : b)
			ratios.push_back(y / x);
	std::ranges::sort(ratios);
	auto d = difference(a, b, 0.05);
	EXPECT_DOUBLE_EQ(d.ratio, ratios[12]);
	EXPECT_DOUBLE_EQ(d.lo, ratios[2]);
	EXPECT_DOUBLE_EQ(d.hi, ratios[22]);
	EXPECT_LT(difference(a, b, 0.01).lo, d.lo) << "more confidence, wider interval";
}

TEST(Difference, IntervalLeavesOutOneExactlyWhereTheTestIsSignificant)
{
	// One boot of b sinks through those of a, rank by rank.
	Boots a = {100, 102, 104, 106, 108, 110};
	int significant = 0;
	for (int sunk = 0; sunk <= 6; sunk++) {
		Boots b = {111, 112, 113, 114, 115, 111.0 - 2 * sunk};
		auto d = difference(a, b);
		EXPECT_EQ(d.p <= 0.05, d.lo > 1) << sunk;
		significant += d.p <= 0.05;
	}
	EXPECT_GT(significant, 1);
	EXPECT_LT(significant, 7);
}

TEST(Difference, ToARateOfNone)
{
	auto d = difference(Boots{0, 0, 0, 0}, Boots{0, 5, 6, 7});
	EXPECT_TRUE(std::isinf(d.ratio));
	EXPECT_DOUBLE_EQ(d.lo, 1);
	EXPECT_DOUBLE_EQ(difference(Boots{0, 0}, Boots{0, 0}).ratio, 1);
	EXPECT_DOUBLE_EQ(difference(Boots{5, 6}, Boots{0, 0}).ratio, 0);
	EXPECT_THROW(difference({}, Boots{1}), std::invalid_argument);
	EXPECT_THROW(difference(Boots{1}, {}), std::invalid_argument);
}

TEST(Difference, OfManyBootsIsStillExact)
{
	// Alternating ranks: far from any doubt, and the counts of the splits are near 1e29.
	Boots a, b;
	for (int i = 0; i < 50; i++) {
		a.push_back(2 * i);
		b.push_back(2 * i + 1);
	}
	auto d = difference(a, b);
	EXPECT_NEAR(d.p, 0.8664718, 1e-6);
	EXPECT_NEAR(d.smallest_p / 1.9823e-29, 1, 1e-3) << "2 / C(100, 50)";
}

TEST(Holm, RaisesEachByHowManyAreLeft)
{
	auto raised = holm(Boots{0.01, 0.04, 0.03, 0.005});
	EXPECT_DOUBLE_EQ(raised[3], 0.02);	// 4 x 0.005
	EXPECT_DOUBLE_EQ(raised[0], 0.03);	// 3 x 0.01
	EXPECT_DOUBLE_EQ(raised[2], 0.06);	// 2 x 0.03
	EXPECT_DOUBLE_EQ(raised[1], 0.06);	// not below the one before
	EXPECT_DOUBLE_EQ(holm(Boots{0.7, 0.6})[0], 1);
	EXPECT_TRUE(holm({}).empty());
}

TEST(BootsNeeded, GrowWithTheTests)
{
	EXPECT_EQ(boots_needed(0.05, 1), 4u);
	EXPECT_EQ(boots_needed(0.05, 6), 5u);	// 6 x 2/252
	EXPECT_EQ(boots_needed(0.05, 7), 6u);
	EXPECT_EQ(boots_needed(0.05, 24), 7u);
	EXPECT_EQ(boots_needed(0.5, 1), 2u);
}
