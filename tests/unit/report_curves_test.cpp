// SPDX-License-Identifier: GPL-2.0
#include "report/curves.hpp"
#include "report/chart.hpp"
#include "report/html.hpp"
#include "report/picture.hpp"
#include "report/results.hpp"
#include "report/svg.hpp"
#include <gmock/gmock.h>
#include <regex>

using namespace dyield;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

using Runs = std::vector<Run>;	// inside a TEST "Run" is GoogleTest's

Run run_of(Setting setting, int loops, int boot, const std::vector<std::int64_t> &rates, nlohmann::json histogram = nullptr)
{
	Run r;
	r.cell = rik_cell("ipc", 8, loops, Layout::flat, setting, setting == Setting::policy ? "directed" : "");
	r.boot = boot;
	r.context = {{"emulated", true}};
	r.interval_ns = 1'000'000'000;
	r.ple_exits = 10;
	r.guests.resize(r.cell.guests.size());
	for (auto rate : rates)
		r.guests[0].windows.push_back({2'000'000'000, 2 * rate});
	r.guests[0].histogram = std::move(histogram);
	return r;
}

using Point = std::pair<double, double>;

/// The corners of each curve of a picture: M, L and H of its paths.
std::vector<std::vector<Point>> curves_of(const std::string &svg)
{
	static const std::regex path("class=\"curve s\\d+\" d=\"([^\"]*)\""), step("([MLH])([\\d.]+)(?: ([\\d.]+))?");
	std::vector<std::vector<Point>> curves;
	for (std::sregex_iterator p(svg.begin(), svg.end(), path), none; p != none; ++p) {
		std::string d = (*p)[1];
		auto &points = curves.emplace_back();
		for (std::sregex_iterator s(d.begin(), d.end(), step); s != none; ++s)
			points.emplace_back(std::stod((*s)[2]), (*s)[1] == "H" ? points.back().second : std::stod((*s)[3]));
	}
	return curves;
}

} // namespace

TEST(Latencies, AreOfAllGoodBootsTogether)
{
	Runs runs = {run_of(Setting::stock, 4, 0, {5}, {{1000, 3}, {2000, 1}}), run_of(Setting::stock, 4, 1, {5}, {{1000, 2}, {9000, 4}}),
		     run_of(Setting::stock, 4, 2, {5}, {{7000, 8}})};
	runs[2].error = "hangs";
	auto summary = summarize(runs);
	EXPECT_THAT(summary.cells.at(0).latencies, ElementsAre(std::pair(1000, 5), std::pair(2000, 1), std::pair(9000, 4)));
	auto results = results_json(summary, "");
	EXPECT_EQ(results["benchmarks"].back()["latency_histogram"], nlohmann::json::parse("[[1000, 5], [2000, 1], [9000, 4]]"));
	EXPECT_EQ(summary_from_json(results).cells, summary.cells);
}

TEST(Latencies, OfOlderResultsAreNone)
{
	auto summary = summarize(Runs{run_of(Setting::stock, 4, 0, {5})});
	EXPECT_FALSE(results_json(summary, "")["benchmarks"].back().contains("latency_histogram"));
	auto blocks = make_blocks(summary);
	EXPECT_TRUE(latency_pictures(blocks.at(0)).empty());
	EXPECT_THAT(html_page(summary), Not(HasSubstr("Latency, all")));
}

TEST(LatencyPictures, HaveTheQuantilesOfTheMessages)
{
	// 90 messages of 10 us, 9 of 1 ms, 1 of 100 ms: two nines wide, from 10^1 to 10^5 us high.
	auto summary = summarize(Runs{run_of(Setting::stock, 4, 0, {5, 5}, {{10'000, 90}, {1'000'000, 9}, {100'000'000, 1}})});
	auto blocks = make_blocks(summary);
	auto pictures = latency_pictures(blocks.at(0));
	ASSERT_EQ(pictures.size(), 1u);
	EXPECT_EQ(pictures[0].heading, "2x overcommit");
	Frame frame(Palette(blocks[0].cells), 400);
	auto curve = curves_of(pictures[0].svg).at(0);
	ASSERT_EQ(curve.size(), 6u);
	double x[] = {0, 0.5, 0.5, 1, 1, 1}, y[] = {0, 0, 0.5, 0.5, 1, 1};
	for (std::size_t i = 0; i < 6; i++) {
		EXPECT_NEAR(curve[i].first, frame.x(x[i]), 0.06) << i;
		EXPECT_NEAR(curve[i].second, frame.y(y[i]), 0.06) << i;
	}
	for (auto text : {">10<", ">100<", ">1000<", ">10000<", ">100000<", ">50<", ">90<", "latency, us", "stock PLE, 100 latencies"})
		EXPECT_THAT(pictures[0].svg, HasSubstr(text));
}

TEST(LatencyPictures, AreOneAnOvercommitWithACurveASettingOnTheSameAxis)
{
	Runs runs;
	for (int loops : {0, 4})
		for (auto setting : {Setting::no_ple, Setting::stock, Setting::policy})
			runs.push_back(run_of(setting, loops, 0, {5, 5}, {{loops ? 50'000'000 : 20'000, 10}, {60'000'000, 1}}));
	auto summary = summarize(runs);
	auto blocks = make_blocks(summary);
	auto pictures = latency_pictures(blocks.at(0));
	ASSERT_EQ(pictures.size(), 2u);
	EXPECT_EQ(pictures[0].heading, "1x overcommit");
	for (const auto &p : pictures) {
		EXPECT_EQ(curves_of(p.svg).size(), 3u);
		EXPECT_THAT(p.svg, HasSubstr(">10<"));
		for (auto colour : {"curve s0", "curve s1", "curve s2"})
			EXPECT_THAT(p.svg, HasSubstr(colour));
	}
}

TEST(ThroughputPictures, HaveALineABootAndItsWindowsInOrder)
{
	auto summary = summarize(Runs{run_of(Setting::stock, 4, 0, {100, 50, 0}), run_of(Setting::stock, 4, 1, {25, 25})});
	auto blocks = make_blocks(summary);
	auto pictures = throughput_pictures(blocks.at(0));
	ASSERT_EQ(pictures.size(), 1u);
	Frame frame(Palette(blocks[0].cells), 400);
	auto curves = curves_of(pictures[0].svg);
	ASSERT_EQ(curves.size(), 2u);
	ASSERT_EQ(curves[0].size(), 3u);
	double rates[] = {1, 0.5, 0};
	for (int i = 0; i < 3; i++) {
		EXPECT_NEAR(curves[0][i].first, frame.x((i + 0.5) / 3), 0.06);
		EXPECT_NEAR(curves[0][i].second, frame.y(rates[i]), 0.06);
	}
	EXPECT_EQ(curves[1].size(), 2u);
	EXPECT_THAT(pictures[0].svg, HasSubstr("window (2 s each)"));
	EXPECT_THAT(pictures[0].svg, HasSubstr("boot 2 of 2"));
}

TEST(ThroughputPictures, LeaveTheWarmUpAsAGap)
{
	auto summary = summarize(Runs{run_of(Setting::stock, 4, 0, {10, 10, 10})});
	summary.cells[0].warmup = {3};	// of six windows the last three are left
	auto blocks = make_blocks(summary);
	Frame frame(Palette(blocks[0].cells), 400);
	auto curve = curves_of(throughput_pictures(blocks[0]).at(0).svg).at(0);
	EXPECT_NEAR(curve.front().first, frame.x(3.5 / 6), 0.06);
	EXPECT_NEAR(curve.back().first, frame.x(5.5 / 6), 0.06);
}

TEST(ThroughputPictures, OfOneWindowABootAreNone)
{
	auto summary = summarize(Runs{run_of(Setting::stock, 4, 0, {10}), run_of(Setting::stock, 4, 1, {11})});
	EXPECT_TRUE(throughput_pictures(make_blocks(summary).at(0)).empty());
}

TEST(Ticks, AreRoundAndFew)
{
	for (double top : {0.03, 1.0, 60.0, 999.0, 31234.0, 12345678.0}) {
		Ticks t(top);
		EXPECT_GE(t.top, top);
		EXPECT_GE(t.top / t.step, 4 - 1e-9) << top;
		EXPECT_LE(t.top / t.step, 11) << top;
	}
	EXPECT_EQ(tick_text(1e6), "1000000");
	EXPECT_EQ(tick_text(0.1 * 3), "0.3");
}

TEST(SvgPage, HasTheBarsOfAllBlocksAndSaysEmulated)
{
	Runs runs = {run_of(Setting::stock, 4, 0, {10}), run_of(Setting::stock, 4, 0, {20})};
	runs[1].cell.layout = Layout::vcpu_cgroups;
	auto summary = summarize(runs);
	auto svg = svg_page(summary);
	EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
	EXPECT_THAT(svg, HasSubstr("Messages per second, emulated host"));
	EXPECT_THAT(svg, HasSubstr("prefers-color-scheme: dark"));
	for (const Block &block : make_blocks(summary)) {
		EXPECT_THAT(svg, HasSubstr(">" + block.heading + "<"));
		EXPECT_THAT(svg, HasSubstr(bar_chart(block)));
	}
}
