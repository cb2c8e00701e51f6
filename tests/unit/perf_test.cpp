// SPDX-License-Identifier: GPL-2.0
#include "host/perf.hpp"
#include "report/html.hpp"
#include "util/file.hpp"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <unistd.h>

using namespace dyield;
using testing::HasSubstr;

namespace {

/// A perf that does what a script says, first in PATH.
class FakePerf : public testing::Test {
protected:
	FakePerf() : path_(std::getenv("PATH")) {}
	~FakePerf() override { setenv("PATH", path_.c_str(), 1); }
	nlohmann::json watch(const std::string &script)
	{
		std::string perf = folder_.path() + "/perf";
		std::ofstream(perf) << "#!/bin/sh\n" << script;
		std::filesystem::permissions(perf, std::filesystem::perms::owner_all);
		setenv("PATH", (folder_.path() + ":" + path_).c_str(), 1);
		return watch_with_perf({getpid(), getppid()}, milliseconds(10));
	}

	TempDir folder_{"dyield-perf-test"};
	std::string path_;
};

/// As perf 6.1 says it.
const std::string working = R"(
[ "$2" = -j ] && cat > "$8" <<'END'
# started on Wed Nov 25 14:10:33 2026

{"counter-value" : "123456.000000", "unit" : "", "event" : "instructions", "event-runtime" : 10, "pcnt-running" : 100.00}
{"counter-value" : "<not supported>", "unit" : "", "event" : "cycles", "event-runtime" : 0, "pcnt-running" : 100.00}
END
[ "$4" = stat -a "$5" = report ] && cat <<'END'

Analyze events for all VMs, all VCPUs:

             VM-EXIT    Samples  Samples%     Time%    Min Time    Max Time         Avg time

               pause         12    100.00%   100.00%      1.00us      2.00us      1.50us ( +-   1.00% )

Total Samples:12, Total events handled time:18.00us.
END
exit 0
)";

} // namespace

TEST_F(FakePerf, CountsAndSaysWhatItCannot)
{
	auto perf = watch(working);
	EXPECT_EQ(perf["length_ns"], 10'000'000);
	EXPECT_EQ(perf["counters"], nlohmann::json({{"instructions", 123456.0}}));
	EXPECT_EQ(perf["missing"], nlohmann::json({"cycles: <not supported>"}));
	EXPECT_THAT(perf.value("exits", ""), HasSubstr("pause         12"));
}

TEST_F(FakePerf, ThatFailsIsMissing)
{
	auto perf = watch("echo 'No permission to enable the event.' >&2; exit 255");
	EXPECT_TRUE(perf["counters"].empty());
	ASSERT_EQ(perf["missing"].size(), 2u);
	EXPECT_EQ(perf["missing"][0], "perf stat: exit status 255: No permission to enable the event.");
	EXPECT_THAT(perf["missing"][1].get<std::string>(), HasSubstr("perf kvm stat: exit status 255"));
	EXPECT_FALSE(perf.contains("exits"));
}

TEST_F(FakePerf, WithoutAGuestThatExitsSaysSo)
{
	auto perf = watch("[ \"$5\" = report ] && echo 'Total Samples:0, Total events handled time:0.00us.'; exit 0");
	EXPECT_THAT(perf["missing"].back().get<std::string>(), HasSubstr("perf kvm stat saw none"));
}

TEST(Perf, ThatIsNotInstalledIsMissing)
{
	std::string path = std::getenv("PATH");
	setenv("PATH", "/nowhere", 1);
	auto perf = watch_with_perf({getpid()}, milliseconds(10));
	setenv("PATH", path.c_str(), 1);
	ASSERT_EQ(perf["missing"].size(), 2u);
	EXPECT_THAT(perf["missing"][0].get<std::string>(), HasSubstr("not installed (Debian: apt install linux-perf)"));
}

TEST(Perf, IsInThePage)
{
	dyield::Run run;
	run.cell = rik_cell("ipc", 8, 4, Layout::flat, Setting::no_ple);
	run.interval_ns = 1'000'000'000;
	run.guests.resize(2);
	run.guests[0].windows = {{1'000'000'000, 1000}};
	run.perf = {{"length_ns", 500'000'000}, {"counters", {{"instructions", 100}}}, {"exits", "VM-EXIT <hlt>"}, {"missing", {"cycles: <not supported>"}}};
	auto page = html_page(summarize(std::vector{run}));
	EXPECT_THAT(page, HasSubstr("rik/ipc/8/2x/flat/no-ple: perf, before the windows"));
	EXPECT_THAT(page, HasSubstr(">200</td>")) << "a second";
	EXPECT_THAT(page, HasSubstr("VM-EXIT &lt;hlt&gt;"));
	EXPECT_THAT(page, HasSubstr("Not on this host: cycles: &lt;not supported&gt;"));
}
