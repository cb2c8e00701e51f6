// SPDX-License-Identifier: GPL-2.0
#include "report/compare.hpp"
#include <gtest/gtest.h>

using namespace dyield;

namespace {

using Rates = std::vector<std::int64_t>;

/// What a bench leaves of cells at 2x flat, one boot a rate; a rate of -1 is a boot that failed.
struct Bench {
	std::vector<Run> runs;
	nlohmann::json context = {{"emulated", true}, {"kernel", "6.12.107"}};

	/// With a latency whose p99 is `p99_ns` in the first boot and 1 us more in each other.
	Bench &cell(Setting setting, const Rates &rates, int loops = 4, std::int64_t p99_ns = 0)
	{
		int boot = 0;
		for (auto rate : rates) {
			Run &run = runs.emplace_back();
			run.cell = rik_cell("ipc", 8, loops, Layout::flat, setting, setting == Setting::policy ? "directed" : "");
			run.boot = boot++;
			run.context = context;
			run.interval_ns = 1'000'000'000;
			run.ple_exits = 100;
			run.guests.resize(run.cell.guests.size());
			run.guests.at(0).windows = {{1'000'000'000, rate}};
			if (p99_ns)
				run.guests.at(0).latency = {100, 1000, p99_ns + 1000 * boot, p99_ns + 9000};
			if (rate < 0)
				run.error = "the guest hangs";
		}
		return *this;
	}

	Summary summary() const { return summarize(runs); }
};

bool contains(const std::string &text, std::string_view part)
{
	return text.find(part) != text.npos;
}

ComparedCell only(const Rates &before, const Rates &after, CompareOptions options = {})
{
	static std::vector<std::unique_ptr<Summary>> kept;
	auto keep = [&](const Rates &rates) -> const Summary & {
		return *kept.emplace_back(std::make_unique<Summary>(Bench().cell(Setting::stock, rates).summary()));
	};
	const Summary &a = keep(before), &b = keep(after);
	return compare_results(a, b, options).cells.at(0);
}

} // namespace

TEST(Compare, TwoBootsAreTooFewWhateverTheyShow)
{
	// The README's first run: stock 67.4 [61.9-73] flat, directed 99.4 [73.4-125].
	auto c = only({62, 73}, {500, 600});
	EXPECT_EQ(c.verdict, Verdict::cannot_tell);
	EXPECT_EQ(c.why, "too few boots to tell among 1 cell(s): 4 would do on either side");
}

TEST(Compare, WorseBetterAndSame)
{
	// ipc, 8 clients, vcpu-cgroups, 2x of the README: stock 4574 to 7328.
	Rates stock = {4574, 5700, 6168, 7328};
	auto worse = only(stock, {56, 58, 64, 118});
	EXPECT_EQ(worse.verdict, Verdict::worse);
	EXPECT_DOUBLE_EQ(worse.p, 2.0 / 70);
	EXPECT_DOUBLE_EQ(worse.difference->cliffs_delta, -1);
	EXPECT_EQ(only({56, 58, 64, 118}, stock).verdict, Verdict::better);
	EXPECT_EQ(only({1000, 1002, 1004, 1006}, {1001, 1003, 1005, 1007}).verdict, Verdict::same);
	auto spread = only(stock, {4600, 5600, 6200, 7389});
	EXPECT_EQ(spread.verdict, Verdict::cannot_tell);
	EXPECT_EQ(spread.why, "the difference is within the spread of the boots");
}

TEST(Compare, OnlyTheThresholdMakesASignificantChangeARegression)
{
	Rates before = {1000, 1001, 1002, 1003}, after = {960, 961, 962, 963};
	auto c = only(before, after);
	EXPECT_LT(c.p, 0.05);
	EXPECT_EQ(c.verdict, Verdict::same);
	EXPECT_EQ(only(before, after, {.threshold = 0.03}).verdict, Verdict::worse);
	EXPECT_EQ(only(before, {900, 960, 961, 962}).why, "there is a difference, but it may be below the threshold");
	EXPECT_EQ(only(before, after, {.threshold = 0.03, .alpha = 0.01}).verdict, Verdict::cannot_tell);
}

TEST(Compare, ManyCellsAreJudgedAsOneTable)
{
	// Four boots a side reach 2/70; that is significant for one cell, but not when two are asked.
	Bench a, b;
	for (int loops : {0, 4}) {
		a.cell(Setting::stock, {10, 11, 12, 13}, loops);
		b.cell(Setting::stock, {20, 21, 22, 23}, loops);
	}
	auto before = a.summary(), after = b.summary();
	auto c = compare_results(before, after, {});
	EXPECT_EQ(c.tests, 2u);
	EXPECT_EQ(c.count(Verdict::cannot_tell), 2u);
	EXPECT_DOUBLE_EQ(c.cells[0].p, 4.0 / 70);
	EXPECT_EQ(c.cells[0].why, "too few boots to tell among 2 cell(s): 5 would do on either side");
}

TEST(Compare, CellsThatCanNeverBeSignificantDoNotCount)
{
	Bench a, b;
	a.cell(Setting::stock, {10, 11, 12, 13}).cell(Setting::no_ple, {10, 11});
	b.cell(Setting::stock, {20, 21, 22, 23}).cell(Setting::no_ple, {20, 21});
	auto before = a.summary(), after = b.summary();
	auto c = compare_results(before, after, {});
	EXPECT_EQ(c.tests, 1u);
	EXPECT_EQ(c.count(Verdict::better), 1u);
	EXPECT_EQ(c.count(Verdict::cannot_tell), 1u);
}

TEST(Compare, CellsOfOneFileOnlyAndCellsWithoutAFigureAreNamed)
{
	auto before = Bench().cell(Setting::stock, {10, 11, 12, 13}).cell(Setting::no_ple, {9}).summary();
	auto after = Bench().cell(Setting::stock, {-1, -1}).cell(Setting::policy, {8}).summary();
	auto c = compare_results(before, after, {});
	EXPECT_EQ(c.only_a, (std::vector<std::string>{"rik/ipc/8/2x/flat/no-ple"}));
	EXPECT_EQ(c.only_b, (std::vector<std::string>{"rik/ipc/8/2x/flat/directed"}));
	ASSERT_EQ(c.cells.size(), 1u);
	EXPECT_EQ(c.cells[0].why, "the guest hangs in B");
	auto text = comparison_table(c, false);
	for (auto part : {"only in A: rik/ipc/8/2x/flat/no-ple\n", "only in B: rik/ipc/8/2x/flat/directed\n",
			  "cannot tell (1 cell): the guest hangs in B\n"})
		EXPECT_TRUE(contains(text, part)) << part << text;
}

TEST(Compare, SettingsWithTheBaselineOfTheirPlace)
{
	auto results = Bench().cell(Setting::stock, {10, 11, 12, 13}).cell(Setting::policy, {30, 31, 32, 33}).cell(Setting::policy, {7}, 0).summary();
	auto c = compare_with_baseline(results, "stock", {});
	ASSERT_EQ(c.cells.size(), 1u);
	EXPECT_EQ(c.cells[0].a->cell.name(), "rik/ipc/8/2x/flat/stock");
	EXPECT_EQ(c.cells[0].b->cell.name(), "rik/ipc/8/2x/flat/directed");
	EXPECT_EQ(c.cells[0].verdict, Verdict::better);
	EXPECT_EQ(c.only_b, (std::vector<std::string>{"rik/ipc/8/1x/flat/directed"}));
}

TEST(Compare, OfLatenciesLessIsBetter)
{
	Rates rates = {1000, 1002, 1004, 1006, 1008};
	auto fast = Bench().cell(Setting::stock, rates, 4, 20'000'000).summary();
	auto slow = Bench().cell(Setting::stock, rates, 4, 30'000'000).summary();
	auto none = Bench().cell(Setting::stock, rates).summary();
	CompareOptions options{.also_p99 = true};
	auto c = compare_results(fast, slow, options);
	ASSERT_EQ(c.cells.size(), 2u);
	EXPECT_EQ(c.tests, 2u) << "the latencies are judged in the same table";
	EXPECT_EQ(c.cells[0].verdict, Verdict::same);
	EXPECT_EQ(c.cells[1].verdict, Verdict::worse);
	EXPECT_NEAR(c.cells[1].difference->ratio, 1.5, 1e-3);
	EXPECT_TRUE(contains(comparison_table(c, false), "stock p99 ms    20    30")) << comparison_table(c, false);
	EXPECT_EQ(compare_results(slow, fast, options).cells[1].verdict, Verdict::better);
	EXPECT_EQ(compare_results(fast, slow, {}).count(Verdict::worse), 0u);
	EXPECT_EQ(compare_results(none, none, options).cells.size(), 1u);
	EXPECT_EQ(compare_results(fast, none, options).cells[1].why, "no such figure in B");
}

TEST(Compare, ContextsThatDifferAreNamedOnce)
{
	Bench a, b;
	b.context["kernel"] = "7.2.12";
	b.context["dilation"] = 16;
	b.context["load_avg"] = {1, 2};
	for (auto *bench : {&a, &b})
		bench->cell(Setting::stock, {10, 11}).cell(Setting::no_ple, {10, 11});
	EXPECT_TRUE(context_differences(a.summary(), a.summary()).empty());
	EXPECT_EQ(context_differences(a.summary(), b.summary()),
		  (std::vector<std::string>{"dilation: unknown in A, 16 in B", "kernel: 6.12.107 in A, 7.2.12 in B"}));
}

TEST(Compare, ContextsAreThoseOfTheCellsCompared)
{
	// The filter window differs between the settings of one campaign, but not between the campaigns.
	Bench both, stock_only;
	both.context["filter_window"] = 0;
	both.cell(Setting::no_ple, {10});
	for (auto *bench : {&both, &stock_only}) {
		bench->context["filter_window"] = 3000;
		bench->cell(Setting::stock, {10});
	}
	EXPECT_TRUE(context_differences(both.summary(), stock_only.summary()).empty());
}

TEST(Compare, TheTableHoldsTheFiguresAndFits)
{
	auto before = Bench().cell(Setting::stock, {1000, 1001, 1002, 1003}).summary();
	auto after = Bench().cell(Setting::stock, {500, 501, 502, 503}).summary();
	auto c = compare_results(before, after, {});
	auto text = comparison_table(c, false);
	EXPECT_TRUE(contains(text, "rik/ipc/8/2x/flat/stock  1002  502   4, 4  0.50  [0.50–0.50]  0.029   -1.00    worse\n")) << text;
	EXPECT_TRUE(contains(text, "1 worse, 0 better, 0 same, 0 cannot tell; threshold 5 %, 5 % chance of a false alarm over 1 test(s)\n")) << text;
	EXPECT_FALSE(contains(text, "\x1b"));
	EXPECT_TRUE(contains(comparison_table(c, true), "\x1b[31m"));
}

TEST(Compare, JsonHoldsAllOfIt)
{
	auto before = Bench().cell(Setting::stock, {10, 11, 12, 13}).cell(Setting::no_ple, {0, 0, 0, 0}).summary();
	auto after = Bench().cell(Setting::stock, {-1}).cell(Setting::no_ple, {5, 6, 7, 8}).summary();
	auto j = nlohmann::json::parse(comparison_json(compare_results(before, after, {})).dump());
	EXPECT_EQ(j["better"], 1);
	EXPECT_EQ(j["cannot_tell"], 1);
	EXPECT_EQ(j["cells"][0]["name"], "rik/ipc/8/2x/flat/no-ple");
	EXPECT_EQ(j["cells"][0]["verdict"], "better");
	EXPECT_TRUE(j["cells"][0]["ratio"].is_null()) << "infinite";
	EXPECT_EQ(j["cells"][0]["b"]["boots"], nlohmann::json({5, 6, 7, 8}));
	EXPECT_TRUE(j["cells"][1]["p"].is_null());
	EXPECT_EQ(j["cells"][1]["why"], "the guest hangs in B");
}
