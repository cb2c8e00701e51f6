// SPDX-License-Identifier: GPL-2.0
#include "bench/stopping.hpp"
#include "util/error.hpp"
#include <algorithm>
#include <gtest/gtest.h>

using namespace dyield;
using namespace std::chrono_literals;

namespace {

CellProgress good(std::vector<double> boots)
{
	int tried = int(boots.size());
	return {std::move(boots), tried};
}

std::vector<std::size_t> block(const std::vector<CellProgress> &cells, const StopRules &rules, const Spent &spent = {})
{
	std::mt19937 random(1);
	auto places = next_block(cells, rules, spent, random);
	std::ranges::sort(places);
	return places;
}

using Places = std::vector<std::size_t>;
using Runs = std::vector<Run>;	// inside a TEST "Run" is GoogleTest's

const CellProgress narrow = good({1000, 1001, 1002}), wide = good({1000, 1500, 900});

} // namespace

TEST(Until, TakesAPercentage)
{
	EXPECT_DOUBLE_EQ(parse_until("ci=3%"), 0.03);
	EXPECT_DOUBLE_EQ(parse_until("ci=0.5%"), 0.005);
	EXPECT_DOUBLE_EQ(parse_until("ci=0.03"), 0.03);
	EXPECT_DOUBLE_EQ(parse_until("ci=100%"), 1);
	for (auto wrong : {"", "ci=", "ci=%", "3%", "ci=3", "ci=-3%", "ci=0%", "ci=101%", "ci=3%%", "ci=x%", "ci= 3%", "p=3%", "ci=nan%"})
		try {
			parse_until(wrong);
			ADD_FAILURE() << wrong;
		} catch (const Error &e) {
			EXPECT_EQ(e.code, exit_usage);
			EXPECT_NE(std::string(e.what()).find("ci=3%"), std::string::npos);
		}
}

TEST(Stopping, ACellIsFinishedWhenItsIntervalIsNarrow)
{
	StopRules rules{.ci = 0.03};
	EXPECT_TRUE(finished(narrow, rules));
	EXPECT_FALSE(finished(wide, rules));
	EXPECT_FALSE(finished(good({1000, 1000}), rules)) << "two boots have no interval";
	EXPECT_FALSE(finished(good({}), rules));
	// Half of 1000 to 1060 is 3 % of the median of 1000.
	EXPECT_TRUE(finished(good({1000, 1000, 1060}), rules));
	EXPECT_FALSE(finished(good({1000, 1000, 1061}), rules));
}

TEST(Stopping, WithoutARuleACellTakesItsMostBoots)
{
	EXPECT_FALSE(finished(narrow, {.most_boots = 4}));
	EXPECT_TRUE(finished(narrow, {.most_boots = 3}));
	EXPECT_TRUE(finished(wide, {.ci = 0.03, .most_boots = 3}));
}

TEST(Stopping, ACellThatAlwaysFailsIsGivenUpAfterTheLeastBoots)
{
	StopRules rules{.ci = 0.03};
	EXPECT_FALSE(finished({{}, 2}, rules));
	EXPECT_TRUE(finished({{}, 3}, rules));
	EXPECT_FALSE(finished({{1000, 1000}, 5}, rules)) << "some boots are good: more may come";
	EXPECT_TRUE(finished(good({0, 0, 0}), rules)) << "a rate of none, three times";
}

TEST(Stopping, ProgressCountsGoodBootsAndTriedOnes)
{
	Cell stock = rik_cell("ipc", 8, 4, Layout::flat, Setting::stock), no_ple = rik_cell("ipc", 8, 4, Layout::flat, Setting::no_ple);
	Runs runs;
	for (int boot = 0; boot < 3; boot++) {
		auto &run = runs.emplace_back();
		run.cell = stock;
		run.boot = boot;
		run.guests.resize(2);
		run.guests[0].windows = {{1'000'000'000, 100 + boot}, {1'000'000'000, 100 + boot}};
	}
	runs[1].error = "the guest hangs";
	auto progress = progress_of(std::vector{stock, no_ple}, runs);
	ASSERT_EQ(progress.size(), 2u);
	EXPECT_EQ(progress[0].boots, (std::vector<double>{100, 102}));
	EXPECT_EQ(progress[0].tried, 3);
	EXPECT_EQ(progress[1].tried, 0);
}

TEST(Stopping, ABlockHasEachUnfinishedCellOnceInRandomOrder)
{
	EXPECT_EQ(block({wide, narrow, {}, wide}, {.ci = 0.03}), (Places{0, 2, 3}));
	EXPECT_TRUE(block({narrow, narrow}, {.ci = 0.03}).empty());
	EXPECT_TRUE(block({}, {}).empty());

	std::vector<CellProgress> cells(30);
	std::mt19937 random(1);
	auto first = next_block(cells, {}, {}, random), second = next_block(cells, {}, {}, random);
	EXPECT_NE(first, second);
	EXPECT_TRUE(std::ranges::is_permutation(first, second));
}

TEST(Stopping, NoBlockIsBegunThatWouldEndAfterTheBudget)
{
	StopRules rules{.budget = 30min};
	std::vector<CellProgress> cells(4);
	EXPECT_EQ(block(cells, rules).size(), 4u) << "nothing is known of the pace yet";
	// Two minutes a boot, so 8 a block.
	EXPECT_EQ(block(cells, rules, {.time = 22min, .boots = 11}).size(), 4u);
	EXPECT_TRUE(block(cells, rules, {.time = 23min, .boots = 11}).empty());
	// A smaller block may still fit.
	EXPECT_EQ(block({narrow, wide, wide, {}}, {.ci = 0.03, .budget = 30min}, {.time = 23min, .boots = 11}), (Places{1, 2, 3}));
	EXPECT_EQ(block(cells, {}, {.time = 23h, .boots = 11}).size(), 4u) << "no budget, no limit";
}
