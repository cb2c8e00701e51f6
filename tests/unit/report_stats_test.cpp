// SPDX-License-Identifier: GPL-2.0
#include "report/stats.hpp"
#include <gtest/gtest.h>
#include <stdexcept>

using namespace dyield;

namespace {

/// `count` values `step` apart, with a small wave on them so that no two are alike.
std::vector<double> series(std::size_t count, double first, double step)
{
	std::vector<double> values;
	for (std::size_t i = 0; i < count; i++)
		values.push_back(first + step * double(i) + (i * 7 % 5));
	return values;
}

std::vector<double> joined(std::vector<double> a, const std::vector<double> &b)
{
	a.insert(a.end(), b.begin(), b.end());
	return a;
}

} // namespace

TEST(Median, OfOddEvenAndNone)
{
	EXPECT_DOUBLE_EQ(median({30, 10, 20}), 20);
	EXPECT_DOUBLE_EQ(median({40, 10, 30, 20}), 25);
	EXPECT_DOUBLE_EQ(median({7}), 7);
	EXPECT_THROW(median({}), std::invalid_argument);
}

TEST(Interval, IsTheRangeOfFewerThanThreeBoots)
{
	auto one = interval_of_median(std::vector<double>{5});
	EXPECT_EQ(one.kind, IntervalKind::range);
	EXPECT_DOUBLE_EQ(one.lo, 5);
	EXPECT_DOUBLE_EQ(one.hi, 5);
	auto two = interval_of_median(std::vector<double>{9, 4});
	EXPECT_EQ(two.kind, IntervalKind::range);
	EXPECT_DOUBLE_EQ(two.lo, 4);
	EXPECT_DOUBLE_EQ(two.hi, 9);
	EXPECT_THROW(interval_of_median({}), std::invalid_argument);
}

TEST(Interval, OfThreeBootsIsTheirSpan)
{
	// The median of a resample of three is the lowest if it is drawn at least twice: 7 in 27, far more
	// than 2.5 %. So the percentile interval must reach from the lowest to the highest.
	auto i = interval_of_median(std::vector<double>{20, 10, 30});
	EXPECT_EQ(i.kind, IntervalKind::bootstrap);
	EXPECT_DOUBLE_EQ(i.lo, 10);
	EXPECT_DOUBLE_EQ(i.hi, 30);
}

TEST(Interval, OfManyBootsLeavesOutTheFarEnds)
{
	// The median of a resample of 15 is at most the k-th lowest boot with the chance P(Binomial(15, k/15) >= 8):
	// 0.4 % for k = 3, 2.5 % for 4, 8.8 % for 5. So 2.5 % lies at the 4th or 5th, and likewise from above.
	std::vector<double> boots;
	for (int i = 1; i <= 15; i++)
		boots.push_back(i);
	auto i = interval_of_median(boots);
	EXPECT_GE(i.lo, 4);
	EXPECT_LE(i.lo, 5);
	EXPECT_GE(i.hi, 11);
	EXPECT_LE(i.hi, 12);
}

TEST(Interval, IsTheSameEveryTime)
{
	std::vector<double> boots = {3, 14, 15, 92, 65, 35, 89, 79};
	auto a = interval_of_median(boots), b = interval_of_median(boots);
	EXPECT_EQ(a.lo, b.lo);
	EXPECT_EQ(a.hi, b.hi);
}

TEST(Outliers, AreBeyondTukeysOuterFences)
{
	// Hinges of 1..9 are 3 and 7, so the outer fences lie at -9 and 19.
	EXPECT_TRUE(outliers(std::vector<double>{5, 1, 2, 3, 4, 6, 7, 8, 19}).empty());
	EXPECT_EQ(outliers(std::vector<double>{5, 1, 2, 3, 4, 6, 7, 8, 19.1}), (std::vector<std::size_t>{8}));
	EXPECT_EQ(outliers(std::vector<double>{-9.1, 2, 3, 4, 5, 6, 7, 8, 20}), (std::vector<std::size_t>{0, 8}));
}

TEST(Outliers, AreNotSoughtInFewerThanFiveBoots)
{
	EXPECT_TRUE(outliers({}).empty());
	EXPECT_TRUE(outliers(std::vector<double>{10, 10.1, 10.2, 9000}).empty());
	EXPECT_EQ(outliers(std::vector<double>{10, 10.1, 10.2, 10.3, 9000}), (std::vector<std::size_t>{4}));
	EXPECT_TRUE(outliers(std::vector<double>(6, 10)).empty());
}

TEST(TwoModes, AreCalledByNameWithTheirRates)
{
	// No PLE as it is measured: a convoy of one hand-over a slice, or full rate.
	auto modes = two_modes(std::vector<double>{8100, 7900, 56, 55, 8300, 57, 8000, 58, 7800});
	ASSERT_TRUE(modes);
	EXPECT_EQ(modes->low, 4u);
	EXPECT_EQ(modes->all, 9u);
	EXPECT_DOUBLE_EQ(modes->low_rate, 56.5);
	EXPECT_DOUBLE_EQ(modes->high_rate, 8000);
}

TEST(TwoModes, MayBeWindowsWithoutAMessage)
{
	auto modes = two_modes(std::vector<double>{0, 900, 0, 1000, 1100, 0, 950, 1050});
	ASSERT_TRUE(modes);
	EXPECT_EQ(modes->low, 3u);
	EXPECT_DOUBLE_EQ(modes->low_rate, 0);
	EXPECT_FALSE(two_modes(std::vector<double>(8, 0)));
}

TEST(TwoModes, AreNotASpreadNorARampNorOneWindow)
{
	EXPECT_FALSE(two_modes(series(20, 1000, 0)));
	EXPECT_FALSE(two_modes(std::vector<double>(10, 1000)));
	std::vector<double> even;	// over a factor of 500, without a gap
	for (double rate = 10; rate < 5000; rate *= 1.5)
		even.push_back(rate);
	EXPECT_FALSE(two_modes(even));
	EXPECT_FALSE(two_modes(std::vector<double>{50, 9000, 9100, 9200, 9300, 9400, 9500, 9600}));
}

TEST(TwoModes, DifferByAFactorOfFour)
{
	std::vector<double> windows = {100, 101, 102, 103, 390, 395, 398, 399};
	EXPECT_FALSE(two_modes(windows));
	for (std::size_t i = 4; i < 8; i++)
		windows[i] += 20;
	EXPECT_TRUE(two_modes(windows));
	windows.erase(windows.begin());
	EXPECT_FALSE(two_modes(windows)) << "too few windows to tell";
}

TEST(Warmup, OfAFlatSeriesIsNone)
{
	EXPECT_EQ(warmup_windows(series(60, 1000, 0)), 0u);
	EXPECT_EQ(warmup_windows(std::vector<double>(50, 1000)), 0u);
}

TEST(Warmup, IsTheRampBeforeTheFlatPart)
{
	// 15 windows from 0 to 980, then 1000. Batches are of 5, and the wave is the same in each.
	EXPECT_EQ(warmup_windows(joined(series(15, 0, 70), series(60, 1000, 0))), 15u);
	EXPECT_EQ(warmup_windows(joined(series(12, 5000, 0), series(60, 1000, 0))), 15u) << "a slow end of a fast start";
}

TEST(Warmup, CannotBeSaidWhileTheSeriesMovesOrIsShort)
{
	EXPECT_FALSE(warmup_windows(series(60, 0, 50)));
	EXPECT_FALSE(warmup_windows(joined(series(50, 1000, 0), series(40, 50, 0))));
	EXPECT_FALSE(warmup_windows(series(49, 1000, 0)));
	EXPECT_FALSE(warmup_windows({}));
}

TEST(Warmup, AFallFromModeToModeLooksLikeIt)
{
	// Why two_modes() is to be asked first.
	auto windows = joined(series(20, 8000, 0), series(40, 56, 0));
	EXPECT_EQ(warmup_windows(windows), 20u);
	EXPECT_TRUE(two_modes(windows));
}
