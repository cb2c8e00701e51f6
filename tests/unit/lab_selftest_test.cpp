// SPDX-License-Identifier: GPL-2.0
#include "lab/selftest.hpp"
#include <gtest/gtest.h>

using namespace dyield;

namespace {

/// What a sound emulated host gives with a window of 3000.
nlohmann::json sound()
{
	return {{"pauses", 900000}, {"pause_exits", 300}, {"pause_burst_ns", 5e8}, {"pauses_stay_in_place", true},
		{"irqs_taken", 1000}, {"irqs_injected", 1000}, {"stint_ns", 3e7}};
}

std::string verdict_with(const char *figure, const nlohmann::json &value)
{
	auto figures = sound();
	figures[figure] = value;
	LabConfig config;
	config.window = 3000;
	return judge(figures, config);
}

TEST(SelfTest, FindsNothingInASoundHost)
{
	EXPECT_EQ(verdict_with("pause_exits", 300), "");
}

TEST(SelfTest, NamesWhatIsWrong)
{
	EXPECT_NE(verdict_with("pause_exits", 900000).find("900000 PAUSE exits where a window of 3000 gives 300"), std::string::npos);
	EXPECT_NE(verdict_with("pause_exits", 0).find("gave 0 PAUSE exits"), std::string::npos);
	EXPECT_NE(verdict_with("pauses_stay_in_place", false).find("the CPU went on elsewhere"), std::string::npos);
	EXPECT_NE(verdict_with("irqs_taken", 0).find("its clock does not tick"), std::string::npos);
	EXPECT_NE(verdict_with("irqs_taken", 2000).find("interrupts twice"), std::string::npos);
}

} // namespace
