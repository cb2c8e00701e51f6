// SPDX-License-Identifier: GPL-2.0
// The report's pages as a browser shows them.
#include "browser.hpp"
#include "guest/histogram.hpp"
#include "report/atomic_file.hpp"
#include "report/html.hpp"
#include "report/results.hpp"
#include "report/svg.hpp"
#include "report/timeline.hpp"
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace dyield;
using test::Browser;

namespace {

using Runs = std::vector<Run>;	// inside a TEST "Run" is GoogleTest's

/// Latencies about `middle_ns`, a thousandth of them a hundred times longer.
nlohmann::json latencies(double middle_ns)
{
	guest::Histogram histogram;
	for (int i = 0; i < 5000; i++)
		histogram.record(std::int64_t(middle_ns * std::exp(std::sin(i) + (i % 1000 == 7 ? 4.6 : 0))));
	return histogram.ranges();
}

Timeline recording()
{
	Timeline t{.length_ns = 50'000'000, .vcpus = {{"load", 0, 100}, {"load", 1, 101}, {"neighbour", 0, 102}}};
	for (int i = 0; i < 25; i++) {
		t.stints.push_back({i % 3, i % 2, i * 2'000'000, (i + 1) * 2'000'000, i % 4 == 0});
		t.waits.push_back({(i + 1) % 3, i * 2'000'000, (i + 1) * 2'000'000});
		t.pauses.push_back({i * 2'000'000 + 100'000, i % 3, i % 2});
		t.boosts.push_back({i * 2'000'000 + 100'000, i % 3, (i + 1) % 3, i % 2 == 0});
	}
	return t;
}

Run run_of(const std::string &policy, int loops, int boot, double rate)
{
	Run run;
	auto setting = policy == "no-ple" ? Setting::no_ple : policy == "stock" ? Setting::stock : Setting::policy;
	run.cell = rik_cell("ipc", 8, loops, Layout::flat, setting, setting == Setting::policy ? policy : "");
	run.boot = boot;
	run.guests.resize(run.cell.guests.size());
	GuestRun &load = run.guests[0];
	load.name = "load";
	for (int i = 0; i < 6; i++)
		load.windows.push_back({1'000'000'000, std::int64_t(rate * (1 + 0.1 * std::sin(i + boot)))});
	load.latency = {5000, 2'000'000, 9'000'000, 80'000'000};
	load.histogram = latencies(1e6 * double(1 + policy.size()));
	load.progress = std::int64_t(6 * rate);
	for (GuestRun &g : run.guests)
		g.vcpus = {{1'500'000'000, 100'000'000}, {500'000'000, 300'000'000}};
	run.interval_ns = 6'000'000'000;
	run.ple_exits = setting == Setting::no_ple ? 0 : 1234;
	run.context = {{"emulated", true}, {"kernel", "6.12.117+deb13-cloud-amd64"}, {"guests", "QEMU itself, microvm"}};
	return run;
}

/// Everything that a report can show: three overcommits, a convoy, five boots so that there is green and red, cells that are
/// inconclusive and to come, a boot that failed, a recording.
Runs table_of(const std::vector<std::string> &settings)
{
	Runs runs;
	for (int boot = 0; boot < 5; boot++)
		for (int loops : {0, 2, 4})
			for (std::size_t i = 0; i < settings.size(); i++)
				runs.push_back(run_of(settings[i], loops, boot, (loops == 4 && i == 0 ? 60 : 31'234 / (1 + loops)) * (1 + 0.4 * double(i)) + boot));
	runs.back().error = "the guest <load> hangs & says nothing";
	runs.front().timeline = recording();
	runs.front().perf = {{"length_ns", 300'000'000}, {"counters", {{"instructions", 123'456'789.0}}}, {"missing", {"cycles: <not supported>"}},
			     {"exits", "             VM-EXIT    Samples  Samples%     Time%    Min Time    Max Time         Avg time\n\n"
				       "               pause         12   100.00%   100.00%      1.00us      2.00us      1.50us ( +-   1.00% )"}};
	for (Run &r : runs)
		if (r.cell.setting == Setting::stock && r.cell.overcommit == "1.5x")
			r.ple_exits = 0;
	return runs;
}

Summary read_back(const Runs &runs, const std::vector<Cell> &planned = {})
{
	return summary_from_json(nlohmann::json::parse(results_json(summarize(runs, planned), "2026-01-02T03:04:05Z").dump()));
}

const std::vector<std::string> few = {"no-ple", "stock", "directed"};
const std::vector<std::string> all = {"no-ple", "stock", "adaptive", "coboost", "directed", "eligible", "handshake", "ipi", "resume", "sleep", "yield"};

class Page : public testing::Test {
protected:
	static void SetUpTestSuite() { browser = std::make_unique<Browser>(); }
	static void TearDownTestSuite() { browser.reset(); }

	std::string write(const std::string &name, const std::string &text) const
	{
		auto kept = std::getenv("DYIELD_PAGES");	// a folder, for those who want to look themselves
		auto path = (kept ? kept : folder.path()) + "/" + name;
		write_atomically(path, text);
		return path;
	}

	static nlohmann::json look(const std::string &file, int width_px, bool dark)
	{
		browser->open(file, width_px, dark);
		return browser->evaluate(read_file(LOOK_JS));
	}

	/// Looks at a file in both schemes and at each width; nothing must be wrong.
	static void expect_fine(const std::string &file, std::size_t pictures, const std::vector<int> &widths_px = {1280, 400})
	{
		for (int width_px : widths_px)
			for (bool dark : {false, true}) {
				auto seen = look(file, width_px, dark);
				SCOPED_TRACE(fmt::format("{} px, {}", width_px, dark ? "dark" : "light"));
				EXPECT_EQ(seen.at("faults"), nlohmann::json::array()) << seen.at("faults").dump(1);
				EXPECT_EQ(seen.at("dark"), dark);
				EXPECT_EQ(seen.at("pictures"), pictures);
				EXPECT_GT(seen.at("texts"), 10);
				EXPECT_EQ(browser->errors(), std::vector<std::string>());
			}
	}

	static std::unique_ptr<Browser> browser;
	TempDir folder{"dyield-page"};
};

std::unique_ptr<Browser> Page::browser;

} // namespace

TEST_F(Page, OfRiksTableIsWholeAndReadable)
{
	auto to_come = run_of("sleep", 4, 0, 0).cell;
	// Bars; three of latencies, three of throughput; the recording.
	expect_fine(write("few.html", html_page(read_back(table_of(few), {to_come}))), 1 + 3 + 3 + 1);
}

TEST_F(Page, OfAllPoliciesIsWholeAndReadable)
{
	expect_fine(write("all.html", html_page(read_back(table_of(all)))), 1 + 3 + 3 + 1);
}

TEST_F(Page, OfSeveralCampaignsIsWholeAndReadable)
{
	auto other = table_of(all);
	for (auto &r : other)
		r.context = {{"emulated", false}, {"kernel", "7.2.12"}};
	std::vector<Campaign> campaigns = {{"before", read_back(table_of(few))}, {"/a/folder/with/a_long_name/of_one_word/results/latest.json", read_back(other)}};
	// As much of each as if it stood alone.
	expect_fine(write("several.html", html_page(side_by_side(campaigns))), 2 * (1 + 3 + 3 + 1));
}

TEST_F(Page, OfARecordingIsWholeAndReadable)
{
	expect_fine(write("timeline.html", timeline_page(recording(), "2026-01-02T03:04:05Z")), 1);
}

TEST_F(Page, PictureAloneIsWholeAndReadable)
{
	auto runs = table_of(few);
	for (auto &r : table_of(all)) {
		r.cell.layout = Layout::vcpu_cgroups;
		runs.push_back(r);
	}
	expect_fine(write("bars.svg", svg_page(read_back(runs))), 1, {1280});
}

/// Were the eye blind, the tests above would prove nothing.
TEST_F(Page, FaultsAreSeen)
{
	auto file = write("bad.html", "<!DOCTYPE html><style>body { background: #fff; } p { color: #999; margin-right: 0; } div { width: 2000px; }</style>"
				      "<p>too pale</p><div>too wide</div>"
				      "<svg class='picture' aria-label='empty' viewBox='0 0 400 200' width='300'><text x='10' y='50'>one</text><text x='12' y='50'>other</text>"
				      "<text x='395' y='100'>cut</text></svg>"
				      "<svg aria-label='numbers' viewBox='0 0 400 200' width='300'><rect width='50' height='50'/><path d='Mnan 0L1 1'/></svg>"
				      "<script>console.error('said'); nothing.at.all();</script>");
	auto faults = look(file, 1280, false).at("faults").dump();
	for (auto part : {"contrast 2.85 of \\\"too pale\\\"", "the page is 20", "DIV reaches", "empty: nothing is drawn", "\\\"one\\\" and \\\"other\\\" overlap",
			  "\\\"cut\\\" is cut off", "numbers: path with d="})
		EXPECT_NE(faults.find(part), std::string::npos) << part << " is not in " << faults;
	auto errors = nlohmann::json(browser->errors()).dump();
	EXPECT_NE(errors.find("said"), std::string::npos) << errors;
	EXPECT_NE(errors.find("nothing is not defined"), std::string::npos) << errors;
	EXPECT_EQ(look(file, 1280, true).at("dark"), false) << "a page that does not mind the scheme";
}
