// SPDX-License-Identifier: GPL-2.0
#include "model/cell.hpp"
#include <gtest/gtest.h>

using namespace dyield;

TEST(Cell, IsNamedByPlaceAndSetting)
{
	Cell cell{"rik", "amqp", 16, 2, Layout::vcpu_cgroups, Setting::no_ple, ""};
	EXPECT_EQ(cell.place(), "rik/amqp/16/1.5x/vcpu-cgroups");
	EXPECT_EQ(cell.name(), "rik/amqp/16/1.5x/vcpu-cgroups/no-ple");
	cell.locks = Locks::pv;
	EXPECT_EQ(cell.name(), "rik/amqp/16/1.5x/vcpu-cgroups/pv/no-ple");
	cell.locks = Locks::native;
	cell.setting = Setting::stock;
	EXPECT_EQ(cell.setting_name(), "stock");
	cell.setting = Setting::policy;
	cell.policy = "directed";
	EXPECT_EQ(cell.name(), "rik/amqp/16/1.5x/vcpu-cgroups/directed");
}

TEST(Cell, CountsOvercommitInRunnableVcpus)
{
	Cell cell;
	EXPECT_EQ(cell.overcommit(), "1x");
	cell.loops = 2;
	EXPECT_EQ(cell.overcommit(), "1.5x");
	cell.loops = 4;
	EXPECT_EQ(cell.overcommit(), "2x");
}

TEST(Cell, SurvivesJson)
{
	Cell cell{"rik", "ipc", 2, 4, Layout::flat, Setting::policy, "adaptive", Locks::pv};
	EXPECT_EQ(nlohmann::json(cell).get<Cell>(), cell);
	nlohmann::json old = cell;
	old.erase("locks");
	EXPECT_EQ(old.get<Cell>().locks, Locks::native);
	EXPECT_THROW(nlohmann::json({{"load", "ipc"}}).get<Cell>(), nlohmann::json::exception);
}

TEST(FairShare, FlatIsByThreads)
{
	EXPECT_DOUBLE_EQ(fair_share(Layout::flat, 0), 1);
	EXPECT_DOUBLE_EQ(fair_share(Layout::flat, 2), 4.0 / 6);
	EXPECT_DOUBLE_EQ(fair_share(Layout::flat, 4), 0.5);
}

TEST(FairShare, InCgroupsIsByVm)
{
	EXPECT_DOUBLE_EQ(fair_share(Layout::vcpu_cgroups, 0), 1);
	// One loop cannot use the VM's two pCPUs: the rest falls to the load's guest.
	EXPECT_DOUBLE_EQ(fair_share(Layout::vcpu_cgroups, 1), 0.75);
	EXPECT_DOUBLE_EQ(fair_share(Layout::vcpu_cgroups, 2), 0.5);
	EXPECT_DOUBLE_EQ(fair_share(Layout::vcpu_cgroups, 4), 0.5);
}
