// SPDX-License-Identifier: GPL-2.0
#include "report/side_by_side.hpp"
#include "model/timeline.hpp"
#include "report/csv.hpp"
#include "report/html.hpp"
#include "report/picture.hpp"
#include "report/table.hpp"
#include <gmock/gmock.h>

using namespace dyield;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

struct Bench {
	nlohmann::json context = {{"emulated", true}, {"kernel", "6.12.107"}};
	std::vector<Run> runs = {};

	Bench &cell(Setting setting, std::int64_t rate, int loops = 4, std::int64_t p99_ns = 0)
	{
		Run &r = runs.emplace_back();
		r.cell = rik_cell("ipc", 8, loops, Layout::flat, setting, setting == Setting::policy ? "directed" : "");
		r.context = context;
		r.interval_ns = 1'000'000'000;
		r.ple_exits = 10;
		r.guests.resize(r.cell.guests.size());
		r.guests[0].windows = {{1'000'000'000, rate}};
		if (p99_ns) {
			r.guests[0].latency = {100, 1000, p99_ns, p99_ns};
			r.guests[0].histogram = {{p99_ns, 100}};
		}
		return *this;
	}

	Campaign as(const std::string &name) const { return {name, summarize(runs)}; }
};

std::vector<std::string> texts(const std::vector<Field> &row)
{
	std::vector<std::string> all;
	for (const Field &f : row)
		all.push_back(f.text);
	return all;
}

} // namespace

TEST(SideBySide, HasARowACellOfAnyCampaign)
{
	std::vector<Campaign> campaigns = {Bench().cell(Setting::stock, 100).cell(Setting::no_ple, 50, 0).as("old"),
					   Bench().cell(Setting::stock, 200).cell(Setting::policy, 300).as("new")};
	auto all = side_by_side(campaigns);
	EXPECT_EQ(all.title, "2 results side by side, emulated host");
	EXPECT_TRUE(all.differences.empty());
	ASSERT_EQ(all.places.size(), 1u);
	const auto &place = all.places[0];
	EXPECT_EQ(place.heading, "ipc, 8 clients, flat, emulated");
	EXPECT_THAT(place.rates.head, ElementsAre("over", "messages/s", "old", "new"));
	ASSERT_EQ(place.rates.rows.size(), 3u);
	EXPECT_THAT(texts(place.rates.rows[0]), ElementsAre("1x", "no PLE", "50", "–"));
	EXPECT_THAT(texts(place.rates.rows[1]), ElementsAre("2x", "stock PLE", "100", "200"));
	EXPECT_THAT(texts(place.rates.rows[2]), ElementsAre("2x", "kvm_dyield directed", "–", "300"));
	EXPECT_TRUE(place.p99.rows.empty());
	EXPECT_EQ(place.blocks.size(), 2u);
}

TEST(SideBySide, SaysWhichCampaignIsEmulatedAndWhatElseDiffers)
{
	Bench real;
	real.context = {{"emulated", false}, {"kernel", "7.2.12"}, {"load_avg", 3}};
	std::vector<Campaign> campaigns = {Bench().cell(Setting::stock, 1).as("lab"), real.cell(Setting::stock, 2).as("server")};
	auto all = side_by_side(campaigns);
	EXPECT_EQ(all.title, "2 results side by side, some of them on an emulated host");
	EXPECT_THAT(all.differences, ElementsAre("emulated: true in lab, false in server", "kernel: 6.12.107 in lab, 7.2.12 in server"));
	EXPECT_THAT(all.places[0].rates.head, ElementsAre("over", "messages/s", "lab, emulated", "server"));
	EXPECT_EQ(all.places[0].heading, "ipc, 8 clients, flat");
	for (const auto &text : {terminal_table(all, false), markdown_table(all), html_page(all)}) {
		EXPECT_THAT(text, HasSubstr("kernel: 6.12.107 in lab, 7.2.12 in server"));
		EXPECT_THAT(text, HasSubstr("lab, emulated"));
		EXPECT_THAT(text, HasSubstr("real host"));
	}
}

TEST(SideBySide, SaysItAlsoOfCampaignsWithoutACellInCommon)
{
	Bench other;
	other.context["dilation"] = 16;
	std::vector<Campaign> campaigns = {Bench().cell(Setting::stock, 1, 0).as("a"), other.cell(Setting::stock, 2, 4).as("b")};
	EXPECT_THAT(side_by_side(campaigns).differences, ElementsAre("dilation: unknown in a, 16 in b"));
}

TEST(SideBySide, CellsOfOneNameWithOtherGuestsAreNamed)
{
	Bench other;
	other.cell(Setting::stock, 2);
	other.runs[0].cell.guests[0].memory_mib *= 2;
	std::vector<Campaign> campaigns = {Bench().cell(Setting::stock, 1).as("a"), other.as("b")};
	auto lines = side_by_side(campaigns).differences;
	ASSERT_EQ(lines.size(), 1u);
	EXPECT_THAT(lines[0], HasSubstr("rik/ipc/8/2x/flat/stock: the guests"));
}

TEST(SideBySide, SaysWhyACellIsInconclusive)
{
	Bench broken;
	broken.cell(Setting::stock, 2);
	broken.runs[0].ple_exits = 0;
	std::vector<Campaign> campaigns = {Bench().cell(Setting::stock, 1).as("a"), broken.as("b")};
	auto all = side_by_side(campaigns);
	EXPECT_THAT(texts(all.places[0].rates.rows.at(0)), ElementsAre("2x", "stock PLE", "1", "inconclusive"));
	for (const auto &text : {terminal_table(all, false), markdown_table(all), html_page(all)})
		EXPECT_THAT(text, HasSubstr("b: 2x stock: inconclusive: no PAUSE exits were counted"));
}

TEST(SideBySide, LatenciesHaveATableAndOneAxis)
{
	std::vector<Campaign> campaigns = {Bench().cell(Setting::stock, 1, 4, 20'000).as("a"), Bench().cell(Setting::stock, 2, 4, 30'000'000).as("b"),
					   Bench().cell(Setting::stock, 2).as("c")};
	auto all = side_by_side(campaigns);
	ASSERT_EQ(all.places[0].p99.rows.size(), 1u);
	EXPECT_THAT(texts(all.places[0].p99.rows[0]), ElementsAre("2x", "stock PLE", "0.02", "30", "–"));
	auto page = html_page(all);
	auto count = [&](const std::string &part) {
		int n = 0;
		for (auto at = page.find(part); at != page.npos; at = page.find(part, at + 1))
			n++;
		return n;
	};
	EXPECT_EQ(count("latency, us"), 2);
	EXPECT_EQ(count(">100000<"), 2) << "both reach to b's 30 ms";
	EXPECT_EQ(count("2x overcommit, a"), 1);
	EXPECT_EQ(count("aria-label=\"messages/s"), 3);
}

TEST(SideBySide, ThroughputOverTimeHasOneAxisAndRecordingsSayWhose)
{
	auto slow = Bench().cell(Setting::stock, 100), fast = Bench().cell(Setting::stock, 900);
	for (auto *b : {&slow, &fast})
		b->runs[0].guests[0].windows.push_back(b->runs[0].guests[0].windows[0]);
	fast.runs[0].timeline = Timeline{.length_ns = 1000, .lost_events = 0, .vcpus = {{"load", 0, 1}}, .stints = {}, .waits = {}, .pauses = {}, .boosts = {}};
	std::vector<Campaign> campaigns = {slow.as("slow"), fast.as("fast")};
	auto page = html_page(side_by_side(campaigns));
	EXPECT_THAT(page, HasSubstr("Throughput over time"));
	auto first = page.find("aria-label=\"messages/s over time"), second = page.find("aria-label=\"messages/s over time", first + 1);
	ASSERT_NE(second, page.npos);
	EXPECT_LT(page.find(">1000<", first), second) << "slow's axis reaches as high as fast's";
	EXPECT_THAT(page, HasSubstr("rik/ipc/8/2x/flat/stock, fast: who ran where"));
	EXPECT_THAT(page, Not(HasSubstr("stock, slow: who ran where")));
}

TEST(SideBySide, ASettingHasOneColour)
{
	// "coboost" comes before "directed" and would take its colour.
	Bench two;
	two.cell(Setting::policy, 5).cell(Setting::policy, 6);
	two.runs[1].cell.policy = "coboost";
	std::vector<Campaign> campaigns = {Bench().cell(Setting::policy, 1).as("a"), two.as("b")};
	auto all = side_by_side(campaigns);
	Palette colours(all.places[0].cells), own(all.places[0].blocks[0].second.cells), shared(all.places[0].blocks[0].second.cells, &colours);
	EXPECT_EQ(own.entries().at(0).colour, 2);
	EXPECT_EQ(shared.entries().at(0).colour, 3);
	auto page = html_page(all);
	EXPECT_THAT(page, Not(testing::ContainsRegex("class=\"s2\"[^>]*/><text[^>]*>kvm_dyield directed")));
	EXPECT_THAT(page, testing::ContainsRegex("class=\"s3\"[^>]*/><text[^>]*>kvm_dyield directed"));
}

TEST(SideBySide, NamesAreEscaped)
{
	std::vector<Campaign> campaigns = {Bench().cell(Setting::stock, 1).as("<a>"), Bench().cell(Setting::stock, 2).as("b,c")};
	auto all = side_by_side(campaigns);
	EXPECT_THAT(html_page(all), Not(HasSubstr("<a>")));
	EXPECT_THAT(csv_table(campaigns), HasSubstr("\n\"b,c\",rik,ipc/8,2x,"));
	EXPECT_THAT(csv_table(campaigns), testing::StartsWith("run,scenario,"));
}
