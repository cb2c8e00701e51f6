// SPDX-License-Identifier: GPL-2.0
#include "report/stats.hpp"
#include <gtest/gtest.h>
#include <stdexcept>

using namespace dyield;

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
