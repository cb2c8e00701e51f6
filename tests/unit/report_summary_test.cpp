// SPDX-License-Identifier: GPL-2.0
#include "report/summary.hpp"
#include <gtest/gtest.h>

using namespace dyield;

namespace {

using Runs = std::vector<Run>;	// inside a TEST "Run" is GoogleTest's

const Cell no_ple = rik_cell("ipc", 8, 4, Layout::flat, Setting::no_ple);
const Cell stock = rik_cell("ipc", 8, 4, Layout::flat, Setting::stock);
const Cell directed = rik_cell("ipc", 8, 4, Layout::flat, Setting::policy, "directed");

/// A good boot of 2 s (host's clock) whose windows of half a second deliver `msgs` each.
Run run_of(const Cell &cell, int boot, std::vector<std::int64_t> msgs)
{
	Run run;
	run.cell = cell;
	run.boot = boot;
	run.guests.resize(2);
	run.guests[0].name = "load";
	run.guests[1].name = "neighbour";
	for (auto n : msgs)
		run.guests[0].windows.push_back({500'000'000, n});
	run.guests[0].sent = run.guests[0].received = 1000;
	run.interval_ns = 2'000'000'000;
	run.ple_exits = cell.setting == Setting::no_ple ? 0 : 600;
	return run;
}

CellSummary only(const Runs &runs)
{
	auto summary = summarize(runs);
	EXPECT_EQ(summary.cells.size(), 1u);
	return summary.cells.at(0);
}

} // namespace

TEST(Summary, TakesTheMedianOfTheBootsMedians)
{
	// Boot medians: 200, 400 and 1000 msgs/s. The median over all windows at once would be 404.
	auto s = only({run_of(stock, 0, {100, 1, 101}), run_of(stock, 1, {200, 202, 198}), run_of(stock, 2, {500, 500, 900})});
	EXPECT_DOUBLE_EQ(s.msgs_per_s.value(), 400);
	EXPECT_EQ(s.interval_kind, IntervalKind::bootstrap);
	EXPECT_DOUBLE_EQ(s.lo.value(), 200);
	EXPECT_DOUBLE_EQ(s.hi.value(), 1000);
	EXPECT_EQ(s.messages, 100 + 1 + 101 + 200 + 202 + 198 + 500 + 500 + 900);
	EXPECT_DOUBLE_EQ(s.measured_ns, 4.5e9);
	EXPECT_EQ(s.boots[0], (std::vector<double>{200, 2, 202}));
}

TEST(Summary, HostFiguresAreMediansOfTheBootsFigures)
{
	Runs runs = {run_of(stock, 0, {100}), run_of(stock, 1, {100})};
	runs[0].guests[0].vcpus = {{1'000'000, 0}}, runs[0].guests[1].vcpus = {{3'000'000, 0}};	// 25 %
	runs[1].guests[0].vcpus = {{4'000'000, 0}}, runs[1].guests[1].vcpus = {{4'000'000, 0}};	// 50 %
	runs[0].ple_exits = 0;							// 0/s
	runs[1].ple_exits = 4000;						// 2000/s
	runs[0].guests[1].progress = 20, runs[1].guests[1].progress = 60;	// 10/s, 30/s
	runs[0].guests[0].latency = {10, 100, 1000, 5000};
	runs[1].guests[0].latency = {10, 300, 2000, 6000};
	auto s = only(runs);
	EXPECT_DOUBLE_EQ(s.guest_share.value(), 0.375);
	EXPECT_DOUBLE_EQ(s.neighbour_share.value(), 0.625);
	EXPECT_DOUBLE_EQ(s.fair_guest_share, 0.5);
	EXPECT_DOUBLE_EQ(s.ple_exits_per_s.value(), 1000);
	EXPECT_DOUBLE_EQ(s.guests.at(1).per_s.value(), 20);
	EXPECT_DOUBLE_EQ(s.cpu_ns_per_msg.value(), 25'000);	// of 10 us and 40 us
	EXPECT_DOUBLE_EQ(s.p50_ns.value(), 200);
	EXPECT_DOUBLE_EQ(s.p99_ns.value(), 1500);
	EXPECT_DOUBLE_EQ(s.p999_ns.value(), 5500);
}

TEST(Summary, EveryGuestHasItsOwnFigures)
{
	Cell three = directed;
	three.guests.push_back(three.guests[1]);
	three.guests[2].name = "third";
	three.guests[2].options = {{"loops", 2}};
	auto run = run_of(three, 0, {100});
	run.guests.push_back({"third", {{500'000'000, 7}}, {5, 10, 20, 30}, 8, 8, 60, {{400'000'000, 1'600'000'000}, {0, 0}}, {}, {}});
	run.guests[0].vcpus = {{1'000'000'000, 500'000'000}, {200'000'000, 0}};
	run.guests[1].vcpus = {{400'000'000, std::nullopt}};
	auto s = only({run});
	ASSERT_EQ(s.guests.size(), 3u);
	EXPECT_DOUBLE_EQ(s.guests[0].share.value(), 0.6);
	EXPECT_DOUBLE_EQ(s.guests[1].share.value(), 0.2);
	EXPECT_DOUBLE_EQ(s.guests[2].share.value(), 0.2);
	EXPECT_DOUBLE_EQ(s.neighbour_share.value(), 0.4);
	EXPECT_DOUBLE_EQ(s.guests[0].fair_share, 0.4);
	EXPECT_DOUBLE_EQ(s.guests[2].fair_share, 0.2);
	EXPECT_EQ(s.guests[0].ran, (std::vector<double>{0.5, 0.1}));
	EXPECT_EQ(s.guests[0].waited, (std::vector<double>{0.25, 0}));
	EXPECT_EQ(s.guests[2].waited, (std::vector<double>{0.8, 0}));
	EXPECT_TRUE(s.guests[1].waited.empty());	// the host did not tell
	EXPECT_DOUBLE_EQ(s.guests[2].per_s.value(), 30);
	EXPECT_DOUBLE_EQ(s.guests[2].p99_ns.value(), 20);
	EXPECT_FALSE(s.guests[1].p99_ns);
	run.guests[2].received = 7;
	EXPECT_EQ(boot_error(run), "messages lost in third: sent 8, received 7");
	run.guests.pop_back();
	EXPECT_EQ(boot_error(run), "2 guests were measured where there are 3");
}

TEST(Summary, SortsNumbersAsNumbers)
{
	EXPECT_TRUE(table_order(rik_cell("ipc", 8, 0, Layout::flat, Setting::stock), rik_cell("ipc", 16, 0, Layout::flat, Setting::stock)));
	EXPECT_TRUE(table_order(rik_cell("amqp", 16, 0, Layout::flat, Setting::stock), rik_cell("ipc", 8, 0, Layout::flat, Setting::stock)));
	EXPECT_TRUE(table_order(rik_cell("ipc", 8, 4, Layout::flat, Setting::stock), rik_cell("ipc", 8, 0, Layout::vcpu_cgroups, Setting::stock)));
}

TEST(Summary, LeavesUnknownFiguresOut)
{
	auto run = run_of(stock, 0, {100});
	run.interval_ns = 0;
	auto s = only({run});
	EXPECT_TRUE(s.msgs_per_s);
	EXPECT_FALSE(s.guest_share);
	EXPECT_FALSE(s.neighbour_share);
	EXPECT_FALSE(s.p99_ns);
	EXPECT_FALSE(s.ple_exits_per_s);
	EXPECT_FALSE(s.ratio_to_no_ple);
}

TEST(Summary, ComparesSettingsOfTheSamePlaceOnly)
{
	Cell elsewhere = rik_cell("ipc", 8, 0, Layout::flat, Setting::no_ple);
	auto summary = summarize(std::vector{run_of(directed, 0, {300}), run_of(stock, 0, {200}), run_of(no_ple, 0, {100}),
					     run_of(elsewhere, 0, {9000})});
	ASSERT_EQ(summary.cells.size(), 4u);
	EXPECT_EQ(summary.cells[0].cell, elsewhere);
	EXPECT_DOUBLE_EQ(summary.cells[0].ratio_to_no_ple.value(), 1);
	EXPECT_FALSE(summary.cells[0].ratio_to_stock);
	EXPECT_EQ(summary.cells[1].cell, no_ple);
	EXPECT_DOUBLE_EQ(summary.cells[1].ratio_to_stock.value(), 0.5);
	EXPECT_EQ(summary.cells[3].cell, directed);
	EXPECT_DOUBLE_EQ(summary.cells[3].ratio_to_no_ple.value(), 3);
	EXPECT_DOUBLE_EQ(summary.cells[3].ratio_to_stock.value(), 1.5);
}

TEST(Summary, CountsCollapsedWindowsAgainstTheBestSetting)
{
	// The best median is 800 msgs/s (400 in half a second), so a window under 200 (100) is collapsed.
	auto summary = summarize(std::vector{run_of(directed, 0, {400, 400, 400, 99}), run_of(no_ple, 0, {10, 99, 100, 500})});
	EXPECT_DOUBLE_EQ(summary.cells[0].collapsed.value(), 0.5);
	EXPECT_DOUBLE_EQ(summary.cells[1].collapsed.value(), 0.25);
}

TEST(Summary, WhereAllSettingsCollapseTheUncontendedRateTells)
{
	Cell alone = rik_cell("ipc", 8, 0, Layout::flat, Setting::no_ple);	// 1000 in half a second; at 2x a fair half of it is 500, a quarter of that 125
	auto summary = summarize(std::vector{run_of(alone, 0, {1000}), run_of(no_ple, 0, {10, 124, 126, 20}), run_of(stock, 0, {10, 10, 10, 10})});
	EXPECT_DOUBLE_EQ(summary.cells[0].collapsed.value(), 0);
	EXPECT_DOUBLE_EQ(summary.cells[1].collapsed.value(), 0.75);
	EXPECT_DOUBLE_EQ(summary.cells[2].collapsed.value(), 1);
}

TEST(Summary, AnInconclusiveSettingIsNoYardstick)
{
	auto unproved = run_of(stock, 0, {9000});
	unproved.ple_exits = 0;
	auto summary = summarize(std::vector{run_of(no_ple, 0, {100}), unproved});
	EXPECT_DOUBLE_EQ(summary.cells[0].collapsed.value(), 0);
	EXPECT_FALSE(summary.cells[0].ratio_to_stock);
	EXPECT_FALSE(summary.cells[1].ratio_to_no_ple);
}

TEST(Inconclusive, APleSettingWithoutPauseExits)
{
	for (const Cell &cell : {stock, directed}) {
		Runs runs = {run_of(cell, 0, {100}), run_of(cell, 1, {100})};
		runs[0].ple_exits = runs[1].ple_exits = 0;
		auto s = only(runs);
		EXPECT_EQ(s.inconclusive, "no PAUSE exits were counted");
		EXPECT_FALSE(s.msgs_per_s);
		EXPECT_FALSE(s.to_come());
		runs[1].ple_exits = 1;	// one boot with one exit is enough
		EXPECT_EQ(only(runs).inconclusive, "");
	}
	EXPECT_EQ(only({run_of(no_ple, 0, {100})}).inconclusive, "");
}

TEST(Inconclusive, WhenEveryBootFailed)
{
	Runs runs = {run_of(stock, 0, {100}), run_of(stock, 1, {100})};
	runs[0].error = "the guest died";
	runs[1].error = "something else";
	auto s = only(runs);
	EXPECT_EQ(s.inconclusive, "the guest died");
	EXPECT_EQ(s.failures.size(), 2u);
	EXPECT_TRUE(s.boots.empty());
}

TEST(Inconclusive, NotWhenSomeBootsFailed)
{
	Runs runs = {run_of(stock, 0, {100}), run_of(stock, 1, {9999}), run_of(stock, 2, {300})};
	runs[1].error = "the guest died";
	auto s = only(runs);
	EXPECT_EQ(s.inconclusive, "");
	EXPECT_EQ(s.failures, std::vector<std::string>{"the guest died"});
	EXPECT_DOUBLE_EQ(s.msgs_per_s.value(), 400);
	EXPECT_EQ(s.interval_kind, IntervalKind::range);
}

TEST(BootError, LostMessagesAndMissingWindows)
{
	auto run = run_of(stock, 0, {100});
	EXPECT_EQ(boot_error(run), "");
	run.guests[0].received = 990;
	EXPECT_EQ(boot_error(run), "messages lost: sent 1000, received 990");
	run.guests[0].received = 1001;
	EXPECT_EQ(boot_error(run), "messages duplicated: sent 1000, received 1001");
	run = run_of(stock, 0, {});
	EXPECT_EQ(boot_error(run), "no windows were measured");
	EXPECT_EQ(only({run}).inconclusive, "no windows were measured");
	run.guests[0].windows = {{0, 5}};	// without a length there is no rate
	EXPECT_EQ(boot_error(run), "no windows were measured");
}

TEST(Summary, TheLastRunOfABootCounts)
{
	Runs runs = {run_of(stock, 0, {100}), run_of(stock, 1, {100}), run_of(stock, 0, {300})};
	runs[0].error = "the guest died";
	auto s = only(runs);
	EXPECT_TRUE(s.failures.empty());
	EXPECT_EQ(s.boots.size(), 2u);
	EXPECT_DOUBLE_EQ(s.msgs_per_s.value(), 400);
}

TEST(Summary, KnowsWhatIsStillToCome)
{
	auto summary = summarize(std::vector{run_of(stock, 0, {100})}, std::vector{no_ple, stock, directed});
	ASSERT_EQ(summary.cells.size(), 3u);
	EXPECT_TRUE(summary.cells[0].to_come());
	EXPECT_FALSE(summary.cells[1].to_come());
	EXPECT_TRUE(summary.cells[2].to_come());
	EXPECT_EQ(summary.cells[2].inconclusive, "");
	EXPECT_TRUE(summarize({}).cells.empty());
}

TEST(Summary, MergesContextsAndShowsWhereTheyDiffer)
{
	Runs runs = {run_of(no_ple, 0, {100}), run_of(stock, 0, {100})};
	runs[0].context = {{"kernel", "6.12"}, {"filter_window", 0}};
	runs[1].context = {{"kernel", "6.12"}, {"filter_window", 3000}};
	auto summary = summarize(runs);
	EXPECT_EQ(summary.context, nlohmann::json({{"kernel", "6.12"}, {"filter_window", {0, 3000}}}));
	EXPECT_EQ(summary.cells[1].context, nlohmann::json({{"filter_window", 3000}}));
}

TEST(Summary, LeavesOutTheWindowsThatAreWarmup)
{
	std::vector<std::int64_t> windows;
	for (int i = 0; i < 60; i++)
		windows.push_back(std::min(1000, 400 + 60 * i) + i % 3);	// flat from the 11th on
	auto s = only({run_of(stock, 0, windows), run_of(stock, 1, {100, 200, 300})});
	EXPECT_EQ(s.warmup, (std::vector<std::size_t>{10, 0})) << "3 windows are too few to find one in";
	EXPECT_EQ(s.boots[0].size(), 50u);
	EXPECT_DOUBLE_EQ(s.measured_ns, 53 * 5e8);
	EXPECT_EQ(s.boots[1], (std::vector<double>{200, 400, 600}));
}

TEST(Summary, DoesNotTakeACollapseForAWarmup)
{
	std::vector<std::int64_t> windows(20, 8000);
	windows.insert(windows.end(), 40, 56);
	auto s = only({run_of(no_ple, 0, windows)});
	EXPECT_EQ(s.warmup, (std::vector<std::size_t>{0}));
	EXPECT_EQ(s.boots[0].size(), 60u);
}
