// SPDX-License-Identifier: GPL-2.0
#include "report/atomic_file.hpp"
#include "report/how.hpp"
#include "report/html.hpp"
#include "report/results.hpp"
#include "report/table.hpp"
#include "report/timeline.hpp"
#include <algorithm>
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

using namespace dyield;

namespace {

using Runs = std::vector<Run>;	// inside a TEST "Run" is GoogleTest's

Run run_of(Setting setting, int loops, int boot, std::int64_t msgs_per_s)
{
	Run run;
	run.cell = rik_cell("ipc", 8, loops, Layout::flat, setting, setting == Setting::policy ? "directed" : "");
	run.boot = boot;
	GuestRun load{"load", {{1'000'000'000, msgs_per_s}}, {msgs_per_s, 1'000'000, 12'000'000, 30'000'000}, msgs_per_s, msgs_per_s, msgs_per_s,
		      {{1'500'000'000, 100'000'000}, {500'000'000, 300'000'000}}, {}, {}};
	GuestRun neighbour{"neighbour", {}, {}, 0, 0, loops * 1000, {{loops * 500'000'000, 250'000'000}}, {}, {}};
	run.guests = {load, neighbour};
	run.interval_ns = 1'000'000'000;
	run.ple_exits = setting == Setting::no_ple ? 0 : 1234;
	run.context = {{"emulated", true}, {"kernel", "6.12.107"}};
	return run;
}

/// 2x in three settings, 1x in two, of which stock is inconclusive and directed to come.
Summary example()
{
	Runs runs;
	for (int boot = 0; boot < 3; boot++) {
		runs.push_back(run_of(Setting::no_ple, 4, boot, 1000 + boot));
		runs.push_back(run_of(Setting::stock, 4, boot, 2000 + boot));
		runs.push_back(run_of(Setting::policy, 4, boot, 4000 + boot));
	}
	runs.push_back(run_of(Setting::no_ple, 0, 0, 5000));
	runs.push_back(run_of(Setting::stock, 0, 0, 5000));
	runs.back().ple_exits = 0;
	return summarize(runs, std::vector{run_of(Setting::policy, 0, 0, 0).cell});
}

/// A copy, so that asking it for a key it lacks gives null and not an abort.
nlohmann::json row(const nlohmann::json &results, const std::string &name)
{
	for (const auto &row : results.at("benchmarks"))
		if (is_cell(row) && row.at("run_name") == name)
			return row;
	throw std::out_of_range(name);
}

std::filesystem::path scratch(const std::string &name)
{
	return std::filesystem::path(testing::TempDir()) / (std::to_string(getpid()) + name);
}

bool contains(const std::string &text, std::string_view part)
{
	return text.find(part) != text.npos;
}

/// The one line of `text` with `part` in it.
std::string line_with(const std::string &text, std::string_view part)
{
	std::istringstream lines(text);
	for (std::string line; std::getline(lines, line);)
		if (contains(line, part))
			return line;
	return "";
}

} // namespace

TEST(Results, HaveGoogleBenchmarksKeys)
{
	auto results = results_json(example(), "2026-01-02T03:04:05Z");
	for (auto key : {"date", "host_name", "executable", "num_cpus", "mhz_per_cpu", "cpu_scaling_enabled", "caches",
			 "load_avg", "library_build_type", "kernel", "emulated", "how"})
		EXPECT_TRUE(results["context"].contains(key)) << key;
	auto r = row(results, "rik/ipc/8/2x/flat/directed");
	EXPECT_EQ(r["name"], "rik/ipc/8/2x/flat/directed_median");
	EXPECT_EQ(r["run_type"], "aggregate");
	EXPECT_EQ(r["aggregate_name"], "median");
	EXPECT_EQ(r["repetitions"], 3);
	EXPECT_EQ(r["iterations"], 3);
	EXPECT_EQ(r["messages"], 12003);
	EXPECT_EQ(r["time_unit"], "ns");
	EXPECT_DOUBLE_EQ(r["real_time"], 1e9 / 4001);
	EXPECT_DOUBLE_EQ(r["cpu_time"], 2e9 / 4001);
	EXPECT_DOUBLE_EQ(r["msgs_per_s"], 4001);
	EXPECT_DOUBLE_EQ(r["msgs_per_s_lo"], 4000);
	EXPECT_DOUBLE_EQ(r["msgs_per_s_hi"], 4002);
	EXPECT_EQ(r["interval_kind"], "bootstrap");
	EXPECT_DOUBLE_EQ(r["ratio_to_no_ple"], 4001.0 / 1001);
	EXPECT_EQ(r["windows"], nlohmann::json({4000.0, 4001.0, 4002.0}));
	EXPECT_EQ(r["boots"].size(), 3u);
	EXPECT_EQ(r["failed_boots"], 0);
	EXPECT_FALSE(r.contains("error_occurred"));
}

TEST(Results, ABootIsARepetition)
{
	std::vector<nlohmann::json> boots;
	const auto results = results_json(example(), "");
	for (auto &row : results["benchmarks"])
		if (row["name"] == "rik/ipc/8/2x/flat/directed")
			boots.push_back(row);
	ASSERT_EQ(boots.size(), 3u);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(boots[i]["run_type"], "iteration");
		EXPECT_EQ(boots[i]["repetitions"], 3);
		EXPECT_EQ(boots[i]["repetition_index"], i);
		EXPECT_EQ(boots[i]["iterations"], 4000 + i);
		EXPECT_DOUBLE_EQ(boots[i]["real_time"], 1e9 / (4000 + i));
		EXPECT_DOUBLE_EQ(boots[i]["cpu_time"], 2e9 / (4000 + i));
	}
}

TEST(Results, AnInconclusiveCellIsAFailedBenchmark)
{
	auto results = results_json(example(), "");
	auto r = row(results, "rik/ipc/8/1x/flat/stock");
	EXPECT_EQ(r["error_occurred"], true);
	EXPECT_EQ(r["error_message"], "inconclusive: no PAUSE exits were counted");
	EXPECT_EQ(r["real_time"], 0);
	EXPECT_EQ(r["cpu_time"], 0);
	EXPECT_EQ(r["iterations"], 0);
	EXPECT_FALSE(r.contains("msgs_per_s"));
	EXPECT_EQ(r["boots"].size(), 1u);	// what was measured is kept all the same
	EXPECT_THROW(row(results, "rik/ipc/8/1x/flat/directed"), std::out_of_range);
}

TEST(Results, ARateOfNoneHasAFiniteTime)
{
	auto summary = summarize(std::vector{run_of(Setting::no_ple, 4, 0, 0)});
	auto results = results_json(summary, "");
	for (int i : {0, 1})
		EXPECT_DOUBLE_EQ(results["benchmarks"][i]["real_time"], 1e9);
	EXPECT_EQ(results["benchmarks"][1]["msgs_per_s"], 0);
	EXPECT_EQ(summary_from_json(results).cells, summary.cells);
}

TEST(Results, GiveTheSameReportsWhenReadBack)
{
	auto before = example();
	auto path = scratch("results.json");
	write_results(path, results_json(before, "2026-01-02T03:04:05Z"));
	auto after = summary_from_json(read_results(path));
	std::filesystem::remove(path);
	EXPECT_EQ(after.cells, before.cells);
	EXPECT_EQ(terminal_table(after, true), terminal_table(before, true));
	EXPECT_EQ(markdown_table(after), markdown_table(before));
	EXPECT_TRUE(contains(html_page(after), "2026-01-02"));
}

TEST(Results, OfSomethingElseAreRefused)
{
	EXPECT_THROW(summary_from_json({{"benchmarks", 1}}), std::runtime_error);
	EXPECT_THROW(summary_from_json(nlohmann::json::parse(R"({"context": {}, "benchmarks": [{"name": "BM_x"}]})")),
		     std::runtime_error);
	EXPECT_THROW(read_results("/nowhere/at/all.json"), std::runtime_error);
	auto path = scratch("broken.json");
	std::ofstream(path) << "{\"context\":";
	EXPECT_THROW(read_results(path), std::runtime_error);
	std::filesystem::remove(path);
}

TEST(AtomicFile, AFullDiskLeavesTheOldFile)
{
	auto path = scratch("kept.txt");
	write_atomically(path, "old");
	rlimit before{};
	getrlimit(RLIMIT_FSIZE, &before);
	rlimit small{.rlim_cur = 1000, .rlim_max = before.rlim_max};
	auto handler = std::signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	std::string error;
	try {
		write_atomically(path, std::string(5000, 'x'));
	} catch (const std::system_error &e) {
		error = e.what();
	}
	setrlimit(RLIMIT_FSIZE, &before);
	std::signal(SIGXFSZ, handler);

	EXPECT_TRUE(contains(error, "cannot write " + path.string())) << error;
	EXPECT_TRUE(contains(error, "File too large")) << error;
	std::string text;
	std::getline(std::ifstream(path), text);
	EXPECT_EQ(text, "old");
	for (const auto &entry : std::filesystem::directory_iterator(path.parent_path()))
		EXPECT_FALSE(entry.path() != path && entry.path().string().starts_with(path.string())) << entry.path();
	std::filesystem::remove(path);
}

TEST(Table, ShowsRiksRowsAndColumns)
{
	auto text = terminal_table(example(), false);
	EXPECT_TRUE(contains(line_with(text, "Messages per second"), "emulated"));
	EXPECT_TRUE(contains(text, "ipc, 8 clients, flat, emulated"));
	EXPECT_EQ(line_with(text, "no PLE"), "no PLE                            5000  1001 [1000–1002]");
	EXPECT_EQ(line_with(text, "stock PLE"), "stock PLE                 inconclusive  2001 [2000–2002]");
	EXPECT_EQ(line_with(text, "kvm_dyield directed"), "kvm_dyield directed                  …  4001 [4000–4002]");
	EXPECT_TRUE(contains(text, "1x stock: inconclusive: no PAUSE exits were counted"));
	auto line = line_with(text, "2x    directed");
	for (auto part : {"4001", "[4000–4002]", "4.00", "2.00", "50 % (50 %)", "1234", "0 %", "12", "3"})
		EXPECT_TRUE(contains(line, part)) << part << " in " << line;
	EXPECT_TRUE(contains(text, "How: emulated host in virtual time; kernel 6.12.107;"));
	EXPECT_FALSE(contains(text, "\x1b"));
}

TEST(Table, OfARealHostDoesNotSayEmulated)
{
	auto run = run_of(Setting::no_ple, 4, 0, 1000);
	run.context["emulated"] = false;
	EXPECT_FALSE(contains(terminal_table(summarize(std::vector{run}), false), "emulated"));
}

TEST(Table, MarksWhatCompareFindsAgainstStock)
{
	auto of = [](int boots) {
		Runs runs;
		for (int boot = 0; boot < boots; boot++) {
			runs.push_back(run_of(Setting::no_ple, 4, boot, 1000 + boot));
			runs.push_back(run_of(Setting::stock, 4, boot, 2000 + boot));
			runs.push_back(run_of(Setting::policy, 4, boot, 4000 + boot));
		}
		return terminal_table(summarize(runs), true);
	};
	auto text = of(5);
	EXPECT_TRUE(contains(line_with(text, "kvm_dyield directed"), "\x1b[32m"));
	EXPECT_TRUE(contains(line_with(text, "no PLE"), "\x1b[31m"));
	EXPECT_FALSE(contains(line_with(text, "stock PLE"), "\x1b[3"));
	for (int few : {2, 4}) {	// 4 would do for one cell, but two are judged together
		EXPECT_FALSE(contains(of(few), "\x1b[32m")) << few;
		EXPECT_FALSE(contains(of(few), "\x1b[31m")) << few;
	}
}

TEST(Table, FitsIn120Columns)
{
	Runs runs;
	for (int boot = 0; boot < 3; boot++)
		for (auto setting : {Setting::no_ple, Setting::stock, Setting::policy})
			for (int loops : {0, 2, 4}) {
				auto run = run_of(setting, loops, boot, 224135 + 11111 * boot);
				run.ple_exits *= 500;
				run.guests[0].latency.p99_ns = run.guests[1].latency.p99_ns = 1234567890;
				run.guests[1].latency.count = 1;
				if (run.cell.setting == Setting::policy)
					run.cell.policy = "handshake";
				runs.push_back(run);
			}
	runs.push_back(run_of(Setting::stock, 0, 0, 1));
	runs.push_back(run_of(Setting::policy, 4, 0, 1));
	runs.back().ple_exits = 0;
	std::istringstream lines(terminal_table(summarize(runs), false));
	for (std::string line; std::getline(lines, line);)
		EXPECT_LE(std::ranges::count_if(line, [](char c) { return (c & 0xc0) != 0x80; }), 120) << line;
}

TEST(Table, TellsWhatEachGuestDid)
{
	auto text = terminal_table(example(), false);
	EXPECT_EQ(line_with(text, "waited"), "over  setting   guest      load  per s  share (fair)  vCPUs ran  waited  p99 ms");
	EXPECT_EQ(line_with(text, "2x    stock     neighbour"), "2x    stock     neighbour  spin   4000   50 % (50 %)      200 %    25 %       –");
	EXPECT_EQ(line_with(text, "2x    stock     load"), "2x    stock     load       ipc    2001   50 % (50 %)      100 %    20 %      12");
	EXPECT_EQ(line_with(text, "1x    stock     load"), "");	// nobody beside it: all is said above
	EXPECT_TRUE(contains(markdown_table(example()), "| 2x | directed | neighbour | spin | 4000 | 50 % (50 %) | 200 % | 25 % | – |\n"));
}

TEST(Table, OfABuildHasTheSeedsForm)
{
	Runs runs;
	for (int boot = 0; boot < 2; boot++)
		for (auto setting : {Setting::stock, Setting::policy}) {
			auto run = run_of(setting, 4, boot, setting == Setting::stock ? 10 + 10 * boot : 20);
			run.cell.scenario = "srivatsa-a";
			run.cell.series = "";
			run.cell.guests[0].load = "build";
			run.cell.guests[0].options = {{"jobs", 4}};
			runs.push_back(run);
		}
	auto text = terminal_table(summarize(runs), false);
	EXPECT_TRUE(contains(text, "\nsrivatsa-a: build, 4 jobs, flat, emulated\n")) << text;
	EXPECT_TRUE(contains(line_with(text, "Throughput"), "emulated"));
	EXPECT_EQ(line_with(text, "for 1000"), "s for 1000 compilations  stock PLE  kvm_dyield directed  less than stock");
	// 100 s and 50 s, against 50 s twice.
	EXPECT_EQ(line_with(text, "75 ("), "2x                       75 (35.4)               50 (0)           33.3 %");
	EXPECT_TRUE(contains(line_with(text, "overcommit"), "compilations/s")) << text;
}

TEST(CellLine, IsOneLine)
{
	auto summary = example();
	EXPECT_EQ(format_cell_line(summary.cells[5]),
		  "rik/ipc/8/2x/flat/directed: 4001 [4000–4002] msgs/s, 4.00 of no PLE, 2.00 of stock, "
		  "share 50 % (fair 50 %), 1234 exits/s, 3 boots");
	EXPECT_EQ(format_cell_line(summary.cells[1]),
		  "rik/ipc/8/1x/flat/stock: inconclusive: no PAUSE exits were counted, 1 boot");
	EXPECT_EQ(format_cell_line(summary.cells[2]), "rik/ipc/8/1x/flat/directed: to come");
}

TEST(Notes, NameWhatAMedianHides)
{
	Runs runs;
	for (std::int64_t rate : {8000, 56, 7900, 8100, 57, 7950, 8050, 55}) {
		runs.push_back(run_of(Setting::no_ple, 4, int(runs.size()), rate));
		runs.push_back(run_of(Setting::stock, 4, int(runs.size()), rate < 100 ? 2000 + rate : 2000));
	}
	runs.push_back(run_of(Setting::stock, 4, int(runs.size()), 40));
	auto summary = summarize(runs);
	auto text = markdown_table(summary);
	EXPECT_TRUE(contains(text, "- 2x no-ple: metastable: 3 of 8 windows at about 56, the rest at about 8000 messages/s\n")) << text;
	EXPECT_TRUE(contains(text, "- 2x stock: boot 9 of 9 stands apart at 40; it is counted all the same\n")) << text;
	EXPECT_FALSE(contains(text, "2x stock: metastable")) << text;
	auto results = results_json(summary, "");
	auto no_ple = row(results, "rik/ipc/8/2x/flat/no-ple"), stock = row(results, "rik/ipc/8/2x/flat/stock");
	EXPECT_EQ(no_ple["metastable"]["low_windows"], 3);
	EXPECT_EQ(no_ple["metastable"]["high_per_s"], 8000);
	EXPECT_FALSE(stock.contains("metastable"));
	EXPECT_EQ(stock["outliers"], nlohmann::json({8}));
	EXPECT_EQ(stock["boots_p99_ns"].size(), 9u);
	EXPECT_EQ(summary_from_json(results).cells, summary.cells);
}

TEST(Markdown, IsATable)
{
	auto text = markdown_table(example());
	EXPECT_TRUE(contains(text, "| messages/s | 1x, no overcommit | 2x overcommit |\n|---|--:|--:|\n"));
	EXPECT_TRUE(contains(text, "| kvm_dyield directed | … | 4001 [4000–4002] |\n"));
	EXPECT_TRUE(contains(text, "- 1x stock: inconclusive: no PAUSE exits were counted\n"));
}

TEST(Html, ShowsARecordingOfWhoRanWhere)
{
	auto run = run_of(Setting::stock, 4, 0, 1000);
	Timeline t{.length_ns = 1000000, .vcpus = {{"load", 0, 100}}, .stints = {{0, 0, 0, 500000, true}}, .pauses = {{400000, 0, 0}}};
	run.timeline = t;
	auto again = summary_from_json(results_json(summarize(std::vector{run}), "2026-01-01"));
	auto page = html_page(again);
	EXPECT_TRUE(contains(page, run.cell.name() + ": who ran where"));
	EXPECT_TRUE(contains(page, timeline_chart(t)));
	run.timeline = nullptr;
	EXPECT_FALSE(contains(html_page(summarize(std::vector{run})), "who ran where"));
}

TEST(Html, IsWholeAndEscaped)
{
	auto run = run_of(Setting::stock, 4, 0, 1000);
	run.error = "<b>\"bad\" & worse</b>";
	auto page = html_page(summarize(std::vector{run, run_of(Setting::no_ple, 4, 0, 1000)}));
	EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
	EXPECT_TRUE(page.ends_with("</html>\n"));
	EXPECT_TRUE(contains(page, "&lt;b&gt;&quot;bad&quot; &amp; worse&lt;/b&gt;"));
	EXPECT_FALSE(contains(page, "<b>"));
	EXPECT_FALSE(contains(page, "{{"));
	for (auto outside : {"http:", "https:", "<script", "src=", "@import"})
		EXPECT_FALSE(contains(page, outside)) << outside;
	EXPECT_TRUE(contains(page, "class=\"doubt\""));
	EXPECT_TRUE(contains(page, "prefers-color-scheme: dark"));
}

TEST(Reports, OfNothingDoNotFail)
{
	Summary none = summarize({});
	EXPECT_TRUE(contains(terminal_table(none, false), "nothing measured yet"));
	EXPECT_TRUE(summary_from_json(results_json(none, "")).cells.empty());
	EXPECT_TRUE(html_page(none).ends_with("</html>\n"));
}

TEST(How, NamesWhatDiffersAndLeavesOutTheClosedFilter)
{
	Runs runs = {run_of(Setting::no_ple, 4, 0, 1), run_of(Setting::stock, 4, 0, 1)};
	runs[0].context["filter_window"] = 0;
	runs[1].context["filter_window"] = 3000;
	runs[1].context["kernel"] = "7.2.12";
	runs[0].context["guests"] = runs[1].context["guests"] = "libvirt 11.3.0 at qemu:///system, pc";
	auto how = how_line(summarize(runs));
	EXPECT_TRUE(contains(how, "kernel 6.12.107 or 7.2.12;")) << how;
	EXPECT_TRUE(contains(how, "guests started by libvirt 11.3.0 at qemu:///system, pc;")) << how;
	EXPECT_TRUE(contains(how, "PAUSE filter window 3000;")) << how;
	EXPECT_TRUE(contains(how, "1 boot(s) a cell with 1 window(s) of 1 s each, too few to look for a longer warm-up (that takes 50)")) << how;
}
