// SPDX-License-Identifier: GPL-2.0
#include "model/fair.hpp"
#include <gtest/gtest.h>
#include <numeric>

using namespace dyield;

namespace {

/// Guests with so many busy vCPUs each, on 4 pCPUs.
Cell cell_of(Layout layout, const std::vector<int> &busy, Pins pins = Pins::set)
{
	Cell c;
	c.layout = layout;
	c.pins = pins;
	for (int n : busy) {
		GuestSpec &g = c.guests.emplace_back();
		g.vcpus = std::max(4, n);
		g.load = "spin";
		g.options = {{"loops", n}};
	}
	return c;
}

void expect_shares(const Cell &cell, const std::vector<double> &wanted)
{
	auto got = fair_shares(cell);
	ASSERT_EQ(got.size(), wanted.size());
	for (std::size_t i = 0; i < got.size(); i++)
		EXPECT_NEAR(got[i], wanted[i], 1e-9) << i;
}

} // namespace

TEST(FairShares, FlatIsByThreads)
{
	expect_shares(cell_of(Layout::flat, {4, 0}), {1, 0});
	expect_shares(cell_of(Layout::flat, {4, 2}), {4.0 / 6, 2.0 / 6});
	expect_shares(cell_of(Layout::flat, {4, 4}), {0.5, 0.5});
	expect_shares(cell_of(Layout::flat, {8, 4, 4}), {0.5, 0.25, 0.25});
	expect_shares(cell_of(Layout::flat, {2, 1}), {2.0 / 3, 1.0 / 3});	// there is room for all
}

TEST(FairShares, InCgroupsIsByVm)
{
	for (auto layout : {Layout::vm_cgroup, Layout::vcpu_cgroups}) {
		expect_shares(cell_of(layout, {4, 0}), {1, 0});
		// One loop cannot use the VM's two pCPUs: the rest falls to the load's guest.
		expect_shares(cell_of(layout, {4, 1}), {0.75, 0.25});
		expect_shares(cell_of(layout, {4, 2}), {0.5, 0.5});
		expect_shares(cell_of(layout, {4, 4}), {0.5, 0.5});
		expect_shares(cell_of(layout, {8, 4}), {0.5, 0.5});
		// Of three one wants less than its third: the other two share what it leaves.
		expect_shares(cell_of(layout, {4, 4, 1}), {0.375, 0.375, 0.25});
		expect_shares(cell_of(layout, {2, 1}), {2.0 / 3, 1.0 / 3});
	}
}

TEST(FairShares, OneToOneIsWithinEachPcpu)
{
	// pCPUs 0 and 1 have two threads each, 2 and 3 one.
	expect_shares(cell_of(Layout::flat, {4, 2}, Pins::one_to_one), {0.75, 0.25});
	expect_shares(cell_of(Layout::flat, {4, 4}, Pins::one_to_one), {0.5, 0.5});
	// 8 vCPUs are two on each pCPU.
	expect_shares(cell_of(Layout::flat, {8, 4}, Pins::one_to_one), {2.0 / 3, 1.0 / 3});
	// By VM: the first has pCPUs 2 and 3 for itself, which is half; so the second gets all of the other two.
	expect_shares(cell_of(Layout::vcpu_cgroups, {4, 2}, Pins::one_to_one), {0.5, 0.5});
	// Two guests of one vCPU each must share pCPU 0.
	expect_shares(cell_of(Layout::vcpu_cgroups, {4, 1, 1}, Pins::one_to_one), {0.75, 0.125, 0.125});
}

TEST(FairShares, OfIdleGuestsAreNone)
{
	expect_shares(cell_of(Layout::flat, {0, 0}), {0, 0});
	expect_shares(cell_of(Layout::vcpu_cgroups, {0, 0}), {0, 0});
	expect_shares(cell_of(Layout::flat, {}), {});
}

TEST(FairShares, AddUpToOne)
{
	for (auto layout : {Layout::flat, Layout::vm_cgroup, Layout::vcpu_cgroups})
		for (auto pins : {Pins::set, Pins::one_to_one})
			for (auto &busy : std::vector<std::vector<int>>{{1}, {4, 3, 2, 1}, {7, 1, 5}, {4, 4, 3, 3, 3}}) {
				auto got = fair_shares(cell_of(layout, busy, pins));
				EXPECT_NEAR(std::accumulate(got.begin(), got.end(), 0.0), 1, 1e-9);
			}
}
