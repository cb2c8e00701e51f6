// SPDX-License-Identifier: GPL-2.0
#include "lab/selftest.hpp"
#include <gtest/gtest.h>

using namespace dyield;

namespace {

/// What a sound emulated host gives with a window of 3000 that grows to 65535: 5 exits, and 135 at the limit.
nlohmann::json sound()
{
	return {{"pauses", 9000000}, {"pause_exits", 142}, {"pause_burst_ns", 5e9}, {"pauses_stay_in_place", true}, {"handover_ns", 8000},
		{"irqs_taken", 1000}, {"irqs_injected", 1000}, {"stint_ns", 3e7},
		{"by_pcpu", {{{"pauses", 2000000}, {"pause_exits", 35}}, {{"pauses", 2000000}, {"pause_exits", 35}}}}};
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
	EXPECT_EQ(verdict_with("pause_exits", 142), "");
}

TEST(SelfTest, KnowsAWindowThatDoesNotGrow)
{
	LabConfig config;
	config.fixed_window = true;
	auto figures = sound();
	EXPECT_NE(judge(figures, config).find("gave 142 PAUSE exits with a window of 3000 that does not grow"), std::string::npos) << judge(figures, config);
	figures["pause_exits"] = 3000;
	for (auto &burst : figures["by_pcpu"])
		burst["pause_exits"] = 666;
	EXPECT_EQ(judge(figures, config), "");
}

TEST(SelfTest, NamesWhatIsWrong)
{
	EXPECT_NE(verdict_with("pause_exits", 3000).find("3000 PAUSE exits with a window of 3000 that grows to 65535"), std::string::npos)
		<< verdict_with("pause_exits", 3000);
	EXPECT_NE(verdict_with("pause_exits", 0).find("gave 0 PAUSE exits"), std::string::npos);
	EXPECT_NE(verdict_with("pause_exits", 25).find("gave 25 PAUSE exits"), std::string::npos);
	EXPECT_EQ(verdict_with("pause_exits", 60), "") << "other exits have the CPU count anew";
	auto by_pcpu = sound()["by_pcpu"];
	by_pcpu[1]["pause_exits"] = 500;
	EXPECT_EQ(verdict_with("by_pcpu", by_pcpu), "") << "there the vCPUs disturb each other";
	by_pcpu[1]["pause_exits"] = 2000000;
	EXPECT_NE(verdict_with("by_pcpu", by_pcpu).find("2000000 PAUSEs in a row on pCPU 1 gave 2000000 PAUSE exits"), std::string::npos);
	EXPECT_NE(verdict_with("pauses_stay_in_place", false).find("the CPU went on elsewhere"), std::string::npos);
	EXPECT_NE(verdict_with("handover_ns", 54000).find("only after 54 us, more than half a round of 32 us"), std::string::npos);
	EXPECT_NE(verdict_with("irqs_taken", 0).find("its clock does not tick"), std::string::npos);
	EXPECT_NE(verdict_with("irqs_taken", 2000).find("interrupts twice"), std::string::npos);
}

} // namespace
