// SPDX-License-Identifier: GPL-2.0
#include "util/affinity.hpp"
#include "util/error.hpp"
#include <gtest/gtest.h>
#include <sched.h>
#include <thread>

namespace dyield {
namespace {

TEST(Affinity, AThreadRunsWhereItIsToldTo)
{
	const auto before = cpus_of(this_thread);
	std::vector<int> told;
	int at = -1;
	std::thread([&] {
		run_on(this_thread, {before.back()});
		told = cpus_of(this_thread);
		at = sched_getcpu();
	}).join();
	EXPECT_EQ(told, std::vector<int>{before.back()});
	EXPECT_EQ(at, before.back());
	EXPECT_EQ(cpus_of(this_thread), before);
}

TEST(Affinity, ACpuOrAThreadThatIsNotThereIsAnErrorThatNamesIt)
{
	const auto before = cpus_of(this_thread);
	const auto line_of = [](auto what) -> std::string {
		try {
			what();
			return "";
		} catch (const Error &e) {
			return e.what();
		}
	};
	EXPECT_EQ(line_of([] { run_on(this_thread, {1022, 1023}); }), "cannot have thread 0 run on CPU 1022,1023: Invalid argument");
	EXPECT_EQ(line_of([] { cpus_of(-1); }), "cannot read which CPUs thread -1 may run on: No such process");
	EXPECT_EQ(line_of([] { run_on(this_thread, {1023}, "vCPU 3 of load"); }), "cannot have vCPU 3 of load run on CPU 1023: Invalid argument");
	EXPECT_EQ(line_of([] { cpus_of(-1, "vCPU 3 of load"); }), "cannot read which CPUs vCPU 3 of load may run on: No such process");
	EXPECT_EQ(cpus_of(this_thread), before);
}

} // namespace
} // namespace dyield
