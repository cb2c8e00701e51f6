// SPDX-License-Identifier: GPL-2.0
#include "model/cell.hpp"
#include <gtest/gtest.h>

using namespace dyield;

TEST(Cell, IsNamedByPlaceAndSetting)
{
	Cell cell = rik_cell("amqp", 16, 2, Layout::vcpu_cgroups, Setting::no_ple);
	EXPECT_EQ(cell.place(), "rik/amqp/16/1.5x/vcpu-cgroups");
	EXPECT_EQ(cell.name(), "rik/amqp/16/1.5x/vcpu-cgroups/no-ple");
	cell.locks = Locks::pv;
	EXPECT_EQ(cell.name(), "rik/amqp/16/1.5x/vcpu-cgroups/pv/no-ple");
	cell.pins = Pins::one_to_one;
	EXPECT_EQ(cell.name(), "rik/amqp/16/1.5x/vcpu-cgroups/one-to-one/pv/no-ple");
	cell.locks = Locks::native;
	cell.pins = Pins::set;
	cell.setting = Setting::stock;
	EXPECT_EQ(cell.setting_name(), "stock");
	cell.setting = Setting::policy;
	cell.policy = "directed";
	EXPECT_EQ(cell.name(), "rik/amqp/16/1.5x/vcpu-cgroups/directed");
	cell.setting = Setting::patched;
	EXPECT_EQ(cell.setting_name(), "patched-directed");
	cell.policy = "";
	EXPECT_EQ(cell.setting_name(), "patched");
	cell.setting = Setting::policy;
	cell.policy = "directed";
	cell.series = "";
	cell.layout = Layout::vm_cgroup;
	EXPECT_EQ(cell.name(), "rik/1.5x/vm-cgroup/directed");
}

TEST(Cell, CountsOvercommitInVcpusThatWantToRun)
{
	auto rik = [](int loops) { return rik_cell("ipc", 8, loops, Layout::flat, Setting::stock); };
	EXPECT_EQ(rik(0).overcommit, "1x");
	EXPECT_EQ(rik(2).overcommit, "1.5x");
	EXPECT_EQ(rik(4).overcommit, "2x");
	EXPECT_DOUBLE_EQ(rik(2).overcommit_ratio(), 1.5);
	EXPECT_TRUE(rik(0).alone());
	EXPECT_FALSE(rik(2).alone());
	auto half = rik(0);
	half.guests[0].vcpus = 2;
	EXPECT_EQ(overcommit_name(half.guests, half.pcpus), "0.5x");
	EXPECT_EQ(overcommit_name(half.guests, 6), "0.333x");
}

TEST(Cell, SurvivesJson)
{
	Cell cell = rik_cell("ipc", 2, 4, Layout::vm_cgroup, Setting::policy, "adaptive", Locks::pv);
	cell.pins = Pins::one_to_one;
	EXPECT_EQ(nlohmann::json(cell).get<Cell>(), cell);
	EXPECT_THROW(nlohmann::json({{"scenario", "rik"}}).get<Cell>(), nlohmann::json::exception);
}

TEST(Cell, IsBootedAsItsGuestsAreWhateverTheyRun)
{
	Cell cell = rik_cell("ipc", 8, 4, Layout::flat, Setting::stock);
	Cell other = rik_cell("amqp", 16, 0, Layout::vcpu_cgroups, Setting::policy, "directed");
	EXPECT_EQ(setup_of(cell), setup_of(other));
	EXPECT_TRUE(setup_of(cell).guests[1].idle());
	EXPECT_EQ(setup_of(cell).guests[1].options, nlohmann::json::object());
	other.guests[1].vcpus = 2;
	EXPECT_NE(setup_of(cell), setup_of(other));
	other = cell;
	other.setting = Setting::no_ple;
	EXPECT_NE(setup_of(cell), setup_of(other));
}

TEST(GuestSpec, KnowsHowManyVcpusItKeepsBusy)
{
	GuestSpec g;
	EXPECT_EQ(g.busy_vcpus(), 0);
	g.load = "ipc";
	EXPECT_EQ(g.busy_vcpus(), 4);
	g.load = "build";
	g.options = {{"jobs", 3}};
	EXPECT_EQ(g.busy_vcpus(), 3);
	g.options = {{"jobs", 30}};
	EXPECT_EQ(g.busy_vcpus(), 4);
	g.load = "spin";
	g.options = {{"loops", 0}};
	EXPECT_EQ(g.busy_vcpus(), 0);
}
