// SPDX-License-Identifier: GPL-2.0
#include "report/csv.hpp"
#include <boost/algorithm/string/split.hpp>
#include <gtest/gtest.h>

using namespace dyield;

namespace {

Run run_of(Setting setting, double msgs_per_s)
{
	Run r;
	r.cell = rik_cell("ipc", 8, 4, Layout::flat, setting);
	r.interval_ns = 1000000000;
	r.ple_exits = 10;
	for (auto &g : r.cell.guests)
		r.guests.push_back({.name = g.name, .windows = {{1000000000, std::int64_t(msgs_per_s)}}, .latency = {}, .sent = 100, .received = 100,
				    .progress = 100, .vcpus = {{500000000, 0}}, .histogram = {}, .steal = {}});
	return r;
}

/// Column -> field, of a line without quotes.
std::map<std::string, std::string> fields(const std::string &head, const std::string &line)
{
	auto split = [](const std::string &s) {
		std::vector<std::string> parts;
		return boost::split(parts, s, [](char c) { return c == ','; });
	};
	auto names = split(head), values = split(line);
	EXPECT_EQ(names.size(), values.size());
	std::map<std::string, std::string> m;
	for (std::size_t i = 0; i < std::min(names.size(), values.size()); i++)
		m[names[i]] = values[i];
	return m;
}

std::vector<std::string> lines(const Summary &s)
{
	std::vector<std::string> all;
	auto text = csv_table(s);
	EXPECT_TRUE(text.ends_with("\n"));
	text.pop_back();
	return boost::split(all, text, [](char c) { return c == '\n'; });
}

TEST(Csv, HasARowACellWithNamedFigures)
{
	auto all = lines(summarize(std::vector{run_of(Setting::stock, 1000), run_of(Setting::no_ple, 4000)}));
	ASSERT_EQ(all.size(), 3u);
	auto no_ple = fields(all[0], all[1]), stock = fields(all[0], all[2]);
	EXPECT_EQ(no_ple["setting"], "no-ple");
	EXPECT_EQ(stock["setting"], "stock");
	EXPECT_EQ(stock["scenario"], "rik");
	EXPECT_EQ(stock["series"], "ipc/8");
	EXPECT_EQ(stock["overcommit"], "2x");
	EXPECT_EQ(stock["layout"], "flat");
	EXPECT_EQ(std::stod(stock["msgs_per_s"]), 1000);
	EXPECT_EQ(std::stod(stock["ratio_to_no_ple"]), 0.25);
	EXPECT_EQ(std::stod(stock["guest_share"]), 0.5);
	EXPECT_EQ(stock["p99_ns"], "") << "unknown";
	EXPECT_EQ(stock["inconclusive"], "");
}

TEST(Csv, QuotesWhatIsNoPlainField)
{
	auto run = run_of(Setting::stock, 1000);
	run.error = "a \"guest\", dead";
	auto all = lines(summarize(std::vector{run}));
	ASSERT_EQ(all.size(), 2u);
	EXPECT_TRUE(all[1].ends_with(",\"inconclusive: a \"\"guest\"\", dead\"")) << all[1];
}

} // namespace
