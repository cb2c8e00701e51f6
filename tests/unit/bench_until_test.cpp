// SPDX-License-Identifier: GPL-2.0
// A whole bench under --until and --budget, on a host and a clock that are made up.
#include "bench/bench.hpp"
#include "bench/until.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <gtest/gtest.h>
#include <map>

using namespace dyield;
using namespace std::chrono_literals;

namespace {

const Cell steady = rik_cell("ipc", 8, 4, Layout::flat, Setting::stock), shaky = rik_cell("ipc", 8, 4, Layout::flat, Setting::no_ple);

/// Gives `steady` the same rate in each boot, `shaky` another one each time; a minute a boot.
class FakeHost : public Host {
public:
	dyield::Run measure(const Cell &cell, int boot, const Measure &, const Progress &) override
	{
		time += 60s;
		dyield::Run run;
		run.cell = cell;
		run.boot = boot;
		order.push_back(cell.setting);
		if (fails) {
			run.error = "the guest hangs";
			return run;
		}
		run.ple_exits = cell == steady ? 100 : 0;
		std::int64_t rate = cell == steady ? 1000 : 1000 * (1 + boot % 3);
		run.guests.resize(2);
		run.guests[0].windows = {{1'000'000'000, rate}, {1'000'000'000, rate}};
		return run;
	}

	Clock::time_point time{};
	std::vector<Setting> order;
	bool fails = false;
};

class WholeBench : public testing::Test {
protected:
	/// Boots of each cell, over all there ever were in the store.
	std::map<Setting, int> bench(const StopRules &rules, bool resume = false)
	{
		RunStore store(folder_.path() + "/runs.jsonl", {{"a", 1}}, resume);
		auto now = [&] { return host_.time; };
		firsts_ = 0;
		measure_until({steady, shaky}, rules, 1, store, [&](const std::vector<Job> &block, bool first) {
			firsts_ += first;
			run_bench(block, {&host_}, Measure{}, store);
		}, now);
		std::map<Setting, int> boots;
		for (auto &run : store.runs())
			EXPECT_EQ(run.boot, boots[run.cell.setting]++) << "boots are numbered by cell";
		return boots;
	}

	FakeHost host_;
	int firsts_ = 0;

private:
	TempDir folder_{"dyield-until"};
};

} // namespace

TEST_F(WholeBench, EndsForEachCellWhenItsIntervalIsNarrow)
{
	auto boots = bench({.ci = 0.03, .most_boots = 12});
	EXPECT_EQ(boots[Setting::stock], 3);
	EXPECT_EQ(boots[Setting::no_ple], 12);
	EXPECT_EQ(firsts_, 1) << "the host proves itself once";
	for (int i = 0; i < 6; i += 2)
		EXPECT_NE(host_.order[i], host_.order[i + 1]) << "the first blocks hold both";
}

TEST_F(WholeBench, EndsWithinItsBudget)
{
	// Blocks of 2 and, once one cell is content, of 1.
	auto boots = bench({.ci = 0.03, .budget = 8min});
	EXPECT_EQ(boots[Setting::stock], 3);
	EXPECT_EQ(boots[Setting::no_ple], 5);
	EXPECT_EQ(host_.time.time_since_epoch(), 8min);
}

TEST_F(WholeBench, ABudgetTooSmallForOneBlockStillMeasuresOne)
{
	auto boots = bench({.budget = 30s});
	EXPECT_EQ(boots[Setting::stock], 1);
	EXPECT_EQ(boots[Setting::no_ple], 1);
}

TEST_F(WholeBench, GoesOnWhereItWasBrokenOff)
{
	bench({.budget = 2min});
	auto boots = bench({.ci = 0.03, .most_boots = 6}, true);
	EXPECT_EQ(boots[Setting::stock], 3);
	EXPECT_EQ(boots[Setting::no_ple], 6);
	EXPECT_EQ(host_.order.size(), 9u) << "nothing was measured twice";
}

TEST_F(WholeBench, GivesUpACellThatAlwaysFails)
{
	host_.fails = true;
	auto boots = bench({.ci = 0.03, .most_boots = 12});
	EXPECT_EQ(boots[Setting::stock], 3);
	EXPECT_EQ(boots[Setting::no_ple], 3);
}

TEST_F(WholeBench, DoesNotGoOnForEverWhereNothingIsStored)
{
	TempDir folder("dyield-until");
	RunStore store(folder.path() + "/runs.jsonl", {{"a", 1}}, false);
	EXPECT_THROW(measure_until({steady}, {.ci = 0.03}, 1, store, [](auto &, bool) {}), Error);
}
