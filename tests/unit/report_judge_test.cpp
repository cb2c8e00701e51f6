// SPDX-License-Identifier: GPL-2.0
#include "report/judge.hpp"
#include <algorithm>
#include <gtest/gtest.h>
#include <stdexcept>

using namespace dyield;

namespace {

/// A guest that has its half.
GuestSummary half(const std::string &name, const std::string &load)
{
	GuestSummary g;
	g.name = name;
	g.load = load;
	g.fair_share = g.share.emplace(0.5);
	return g;
}

/// A summary made of cells whose figures are given.
struct Cells {
	Summary summary;

	/// ipc in a guest of 4 vCPUs beside `loops` endless loops, each boot at `rate` messages/s.
	CellSummary &add(const std::string &setting, double rate, Layout layout = Layout::vcpu_cgroups, int loops = 4, std::size_t boots = 5,
			 Locks locks = Locks::native)
	{
		bool policy = setting != "stock" && setting != "no-ple";
		CellSummary s(rik_cell("ipc", 8, loops, layout, policy ? Setting::policy : setting == "stock" ? Setting::stock : Setting::no_ple,
				       policy ? setting : "", locks));
		s.boots.assign(boots, {rate});
		s.msgs_per_s = rate;
		s.p99_ns = 1e6;
		s.collapsed = 0;
		s.fair_guest_share = s.guest_share.emplace(0.5);
		s.guests = {half("load", "ipc"), half("neighbour", "spin")};
		return summary.cells.emplace_back(s);
	}

	Judgement judge() const { return dyield::judge({&summary, 1}, "adaptive"); }
};

/// The bar whose name begins so.
Bar bar(const Judgement &j, const std::string &name)
{
	auto b = std::ranges::find_if(j.bars, [&](const Bar &one) { return one.what.rfind(name, 0) == 0; });
	if (b == j.bars.end())
		throw std::out_of_range(name);
	return *b;
}

} // namespace

TEST(Judge, WhatWasNotMeasuredIsMissed)
{
	auto j = Cells().judge();
	EXPECT_FALSE(j.met());
	for (const Bar &b : j.bars) {
		EXPECT_FALSE(b.met()) << b.what;
		EXPECT_EQ(b.places, 0U);
	}
	EXPECT_NE(judgement_table(j, false).find("missed (not measured)"), std::string::npos);
}

TEST(Judge, TheWorstPlaceDecides)
{
	Cells c;
	c.add("stock", 1000);
	c.add("ipi", 2000);
	c.add("adaptive", 1980);
	c.add("stock", 100, Layout::flat);
	c.add("coboost", 1000, Layout::flat);
	c.add("adaptive", 900, Layout::flat);
	auto j = c.judge();
	auto best = bar(j, "everywhere: throughput over the best");
	EXPECT_DOUBLE_EQ(best.figure.value(), 0.9);
	EXPECT_EQ(best.where, "rik/ipc/8/2x/flat");
	EXPECT_EQ(best.places, 2U);
	EXPECT_DOUBLE_EQ(best.middle.value(), (0.9 + 0.99) / 2);
	EXPECT_FALSE(best.met());
	EXPECT_DOUBLE_EQ(bar(j, "ipc, a cgroup a vCPU").figure.value(), 1.98);
	EXPECT_TRUE(bar(j, "ipc, a cgroup a vCPU").met());
	EXPECT_DOUBLE_EQ(bar(j, "ipc, flat").figure.value(), 900. / 1980);
	EXPECT_FALSE(bar(j, "ipc, flat").met());
	EXPECT_TRUE(bar(j, "boots").met());
}

TEST(Judge, AFewBootsDoNotMeetTheBar)
{
	Cells c;
	c.add("stock", 1000);
	c.add("adaptive", 2000, Layout::vcpu_cgroups, 4, 4);
	EXPECT_FALSE(bar(c.judge(), "boots").met());
}

TEST(Judge, SharesLatencyAndCollapse)
{
	Cells c;
	c.add("no-ple", 900).guest_share = 0.4;		// it does not want more
	c.add("stock", 1000).p99_ns = 4e6;
	auto &a = c.add("adaptive", 1000);
	a.guest_share = 0.39;
	a.p99_ns = 5e6;
	a.collapsed = 0.02;
	a.guests.at(1).share = 0.45;
	auto j = c.judge();
	EXPECT_NEAR(bar(j, "everywhere: the first guest's share").figure.value(), 0.975, 1e-9);
	EXPECT_TRUE(bar(j, "everywhere: the first guest's share").met());
	EXPECT_NEAR(bar(j, "everywhere: a neighbour's share").figure.value(), 0.9, 1e-9);
	EXPECT_FALSE(bar(j, "everywhere: a neighbour's share").met());
	EXPECT_DOUBLE_EQ(bar(j, "a cgroup a vCPU, 2x: p99").figure.value(), 1.25);
	EXPECT_FALSE(bar(j, "a cgroup a vCPU, 2x: p99").met());
	EXPECT_FALSE(bar(j, "everywhere: share of windows").met());
}

TEST(Judge, ANeighbourIsHeldToWhatItWants)
{
	Cells c;
	c.add("no-ple", 900).guests.at(1).share = 0.4;
	c.add("adaptive", 1000).guests.at(1).share = 0.39;
	EXPECT_NEAR(bar(c.judge(), "everywhere: a neighbour's share").figure.value(), 0.975, 1e-9);
}

TEST(Judge, WhoTakesFromANeighbourIsNotTheBestFairOne)
{
	Cells c;
	c.add("coboost", 2000).guests.at(1).share = 0.4;
	c.add("ipi", 800).guests.at(1).share = 0.49;
	c.add("adaptive", 1000);
	auto j = c.judge();
	auto standing = [&](const std::string &setting) { return *std::ranges::find(j.standings, setting, &Standing::setting); };
	EXPECT_NEAR(standing("adaptive").to_best.value(), 0.5, 1e-9);
	EXPECT_NEAR(standing("adaptive").to_fair.value(), 1, 1e-9);
	EXPECT_NEAR(standing("ipi").to_fair.value(), 0.8, 1e-9);
	EXPECT_NEAR(standing("coboost").to_fair.value(), 2, 1e-9);
}

TEST(Judge, StandingsAreMeansOverPlaces)
{
	Cells c;
	c.add("stock", 100);
	c.add("ipi", 400);
	c.add("stock", 100, Layout::flat);
	c.add("ipi", 25, Layout::flat);
	auto j = c.judge();
	ASSERT_EQ(j.standings.size(), 2U);
	for (const Standing &s : j.standings) {
		EXPECT_EQ(s.places, 2U);
		EXPECT_NEAR(s.to_best.value(), 0.5, 1e-9) << s.setting;
		EXPECT_NEAR(s.worst.value(), 0.25, 1e-9) << s.setting;
		EXPECT_FALSE(s.to_no_ple);
	}
	auto ipi = *std::ranges::find(j.standings, "ipi", &Standing::setting);
	EXPECT_NEAR(ipi.to_stock.value(), 1, 1e-9);
	EXPECT_EQ(ipi.worst_place, "rik/ipc/8/2x/flat");
}

TEST(Judge, AnInconclusiveCellIsCountedAndJudgesNothing)
{
	Cells c;
	c.add("stock", 100);
	auto &s = c.add("adaptive", 0);
	s.msgs_per_s.reset();
	s.inconclusive = "no PAUSE exits";
	auto j = c.judge();
	EXPECT_EQ(std::ranges::find(j.standings, "adaptive", &Standing::setting)->inconclusive, 1U);
	EXPECT_EQ(bar(j, "everywhere: throughput over the best").places, 0U);
}

TEST(Judge, OneCellOnTwoKernelsIsTwoPlaces)
{
	Cells here, there;
	here.summary.context["kernel"] = "6.12";
	here.add("stock", 1000);
	here.add("adaptive", 2000);
	there.summary.context["kernel"] = "6.1";
	there.add("stock", 100);
	there.add("adaptive", 90);
	there.add("adaptive", 45, Layout::flat);
	std::vector<Summary> both{here.summary, there.summary};
	auto j = judge(both, "adaptive");
	auto best = bar(j, "everywhere: throughput over the best");
	EXPECT_DOUBLE_EQ(best.figure.value(), 0.9);
	EXPECT_EQ(best.where, "6.1/rik/ipc/8/2x/vcpu-cgroups");
	EXPECT_EQ(best.places, 2U);
	EXPECT_DOUBLE_EQ(bar(j, "ipc, flat").figure.value(), 0.5);
}

TEST(Judge, ACellInTwoResultsIsRefused)
{
	Cells c;
	c.add("stock", 100);
	std::vector<Summary> twice{c.summary, c.summary};
	EXPECT_THROW(judge(twice, "adaptive"), std::invalid_argument);
}
