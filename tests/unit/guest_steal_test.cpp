// SPDX-License-Identifier: GPL-2.0
#include "guest/steal.hpp"
#include <gtest/gtest.h>

using namespace dyield::guest;

TEST(GuestSteal, IsTheEighthFigureOfEachCpu)
{
	auto steal = steal_of("cpu  1 2 3 4 5 6 7 30 9 10\n"
			      "cpu0 1 2 3 4 5 6 7 12 9 10\n"
			      "cpu3 1 2 3 4 5 6 7 18 9 10\n"
			      "intr 1 2 3 4 5 6 7 8 9 10\n",
			      10'000'000);
	EXPECT_EQ(steal, (std::map<int, std::int64_t>{{0, 120'000'000}, {3, 180'000'000}}));
}

TEST(GuestSteal, AKernelWithoutItHasNone)
{
	EXPECT_TRUE(steal_of("", 1).empty());
	EXPECT_TRUE(steal_of("cpu0 1 2 3 4\nintr 5\n", 1).empty());
}

TEST(GuestSteal, OfThisMachineIsThereOrUnknownEachTime)
{
	auto first = read_steal(), second = read_steal();
	ASSERT_EQ(first.has_value(), second.has_value());
	if (!first)
		return;
	EXPECT_GE(second->at_ns, first->at_ns);
	ASSERT_FALSE(first->cpu_ns.empty());
	for (auto [cpu, ns] : first->cpu_ns)
		EXPECT_GE(second->cpu_ns.at(cpu), ns) << cpu;
}
