// SPDX-License-Identifier: GPL-2.0
// One short bench in the emulated host, and what its results must say. DYIELD_IMAGE names the image.
#include "bench/store.hpp"
#include "model/timeline.hpp"
#include "report/results.hpp"
#include "util/child.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <thread>

using namespace dyield;

namespace {

std::vector<std::string> bench_command(const std::string &out, const std::string &settings, const std::string &windows)
{
	return {DYIELD, "bench", "--host", "emulated", "--out", out, "--loads", "ipc,amqp", "--overcommit", "2x", "--layouts", "flat",
		"--settings", settings, "--boots", "1", "--windows", windows, "--warmup", "500", "--window", "500", "--timeline", "400"};
}

class EndToEnd : public testing::Test {
protected:
	static void SetUpTestSuite()
	{
		ASSERT_NE(std::getenv("DYIELD_IMAGE"), nullptr) << "set it to the emulated host's image: $(cat build/image)";
		folder = new TempDir("dyield-e2e");
		Child c(bench_command(folder->path(), "no-ple,stock,directed", "4"), folder->path() + "/log");
		ASSERT_TRUE(c.wait(std::chrono::minutes(20)));
		ASSERT_EQ(c.ended_how(), "exit status 0") << read_or(folder->path() + "/log", "");
		runs = read_runs(folder->path() + "/runs.jsonl");
		ASSERT_EQ(runs.size(), 6u);
	}
	static void TearDownTestSuite() { delete folder; }

	static inline TempDir *folder;
	static inline std::vector<dyield::Run> runs;
};

TEST_F(EndToEnd, EveryBootWasMeasured)
{
	for (auto &r : runs) {
		EXPECT_EQ(r.error, "") << r.cell.name();
		EXPECT_GE(r.first().windows.size(), 3u) << r.cell.name();
		EXPECT_GT(r.interval_ns, 0) << r.cell.name();
	}
}

TEST_F(EndToEnd, PauseExitsAreCountedWhereTheyAreOnAndOnlyThere)
{
	for (auto &r : runs) {
		if (r.cell.setting == Setting::no_ple) {
			EXPECT_EQ(r.ple_exits, 0) << r.cell.name();
		} else if (r.cell.guests[0].load == "ipc") {
			EXPECT_GT(r.ple_exits, 0) << r.cell.name();
		}
	}
}

TEST_F(EndToEnd, TheModuleSawWhatTheHostSaw)
{
	for (auto &r : runs) {
		if (r.cell.setting == Setting::policy && r.ple_exits > 0) {
			EXPECT_NEAR(r.counters.at("spins").get<double>(), double(r.ple_exits), 0.05 * double(r.ple_exits) + 5) << r.cell.name();
		}
	}
}

TEST_F(EndToEnd, NoMessageIsLostAndEveryOneIsCounted)
{
	for (auto &r : runs) {
		EXPECT_GT(r.first().received, 0) << r.cell.name();
		EXPECT_EQ(r.first().sent, r.first().received) << r.cell.name();
		std::int64_t in_windows = 0;
		for (auto &w : r.first().windows)
			in_windows += w.msgs;
		EXPECT_LE(in_windows, r.first().received) << r.cell.name();
	}
}

TEST_F(EndToEnd, CpuTimeOfBothGuestsFitsTheHost)
{
	for (auto &r : runs) {
		double both = double(r.cpu_ns()), host = 4.0 * double(r.interval_ns);
		EXPECT_LE(both, host * 1.02) << r.cell.name();
		EXPECT_GT(both, host * 0.5) << r.cell.name();
		EXPECT_GT(r.guests.at(1).progress, 0) << r.cell.name();
		EXPECT_GT(r.guests.at(1).windows.size(), 0u) << r.cell.name();
		// Who reads the clock and then the times may lose its pCPU in between, for a slice of 33.6 ms or a few.
		for (auto &g : r.guests)
			for (auto &v : g.vcpus)
				EXPECT_LE(v.ran_ns + v.waited_ns.value_or(0), r.interval_ns + 150'000'000) << g.name << " of " << r.cell.name();
	}
}

TEST_F(EndToEnd, ATimelineShowsWhoRanWhere)
{
	std::size_t pauses = 0, boosts = 0;
	for (auto &r : runs) {
		auto t = r.timeline.get<Timeline>();
		EXPECT_EQ(t.vcpus.size(), 8u) << r.cell.name();
		EXPECT_EQ(t.lost_events, 0) << r.cell.name();
		std::int64_t ran = 0;
		for (auto &s : t.stints)
			ran += s.to_ns - s.from_ns;
		EXPECT_GT(double(ran), 0.5 * 4 * double(t.length_ns)) << r.cell.name();
		EXPECT_LE(double(ran), 1.02 * 4 * double(t.length_ns)) << r.cell.name();
		if (r.cell.setting == Setting::no_ple)
			EXPECT_EQ(t.pauses.size(), 0u) << r.cell.name();
		else if (r.cell.guests[0].load == "ipc")
			pauses += t.pauses.size();
		boosts += t.boosts.size();
	}
	EXPECT_GT(pauses, 0u);
	EXPECT_GT(boosts, 0u);
	EXPECT_NE(read_file(folder->path() + "/latest.html").find("rik/ipc/8/2x/flat/directed: who ran where"), std::string::npos);
}

TEST_F(EndToEnd, ResultsAreGoogleBenchmarksAndHoldTheTable)
{
	auto j = read_results(folder->path() + "/latest.json");
	Summary s = summary_from_json(j);
	EXPECT_EQ(s.cells.size(), 6u);
	for (auto &b : j.at("benchmarks"))
		if (is_cell(b) && !b.value("error_occurred", false)) {
			EXPECT_NEAR(b.at("guest_share").get<double>() + b.at("neighbour_share").get<double>(), 1.0, 1e-9);
			EXPECT_NEAR(b.at("real_time").get<double>() * b.at("msgs_per_s").get<double>(), 1e9, 1e3);
		}
	auto how = j.at("context").at("how").get<std::string>();
	// "; kernel ": the guest's alone must not pass for the host's.
	for (auto part : {"emulated host in virtual time", "QEMU ", "; kernel ", "guest kernel ", "CPU ", "guest locks native-queued", "pins each vCPU",
			  "filter window 3000", "dilated 16x", "slice 33.6 ms", "ns an instruction", "flat", "1 boot(s)"})
		EXPECT_NE(how.find(part), std::string::npos) << part << " is not in: " << how;
	EXPECT_TRUE(std::filesystem::file_size(folder->path() + "/latest.html") > 1000);
	EXPECT_NE(read_file(folder->path() + "/latest.svg").find("emulated host"), std::string::npos);
}

TEST_F(EndToEnd, GoogleBenchmarksComparePyReadsTheResults)
{
	std::string file = folder->path() + "/latest.json", log = folder->path() + "/compare.log";
	Child c({"/usr/bin/python3", "/usr/share/benchmark/compare.py", "--no-color", "benchmarks", file, file}, log);
	ASSERT_TRUE(c.wait(std::chrono::minutes(2)));
	EXPECT_EQ(c.ended_how(), "exit status 0") << last_line(log);
	EXPECT_NE(read_or(log, "").find("rik/ipc/8/2x/flat/directed"), std::string::npos);
}

TEST_F(EndToEnd, AScenarioOfThreeGuestsInACgroupEach)
{
	std::string file = folder->path() + "/three.toml", out = folder->path() + "/three";
	std::ofstream(file) << "settings = [\"stock\"]\nlayouts = [\"vm-cgroup\"]\n"
			       "[[guest]]\nname = \"load\"\nload = \"ipc\"\n"
			       "[[guest]]\nname = \"neighbour\"\nload = \"spin\"\noptions.loops = \"0.5x\"\n"
			       "[[guest]]\nname = \"third\"\nvcpus = \"0.5x\"\nload = \"ipc\"\noptions.clients = 4\n";
	Child c({DYIELD, "bench", "--host", "emulated", "--out", out, "--scenario", file, "--boots", "1", "--windows", "4", "--warmup", "500", "--window", "500"},
		folder->path() + "/log3");
	ASSERT_TRUE(c.wait(std::chrono::minutes(20)));
	ASSERT_EQ(c.ended_how(), "exit status 0") << read_or(folder->path() + "/log3", "");
	auto three = read_runs(out + "/three-runs.jsonl");
	ASSERT_EQ(three.size(), 1u);
	EXPECT_EQ(three[0].error, "");
	EXPECT_EQ(three[0].cell.name(), "three/2x/vm-cgroup/stock");
	ASSERT_EQ(three[0].guests.size(), 3u);
	for (auto &g : three[0].guests) {
		EXPECT_GT(g.progress, 0) << g.name;
		EXPECT_GE(g.windows.size(), 3u) << g.name;
		EXPECT_EQ(g.sent, g.received) << g.name;
		EXPECT_GT(g.cpu_ns(), three[0].interval_ns / 10) << g.name;
	}
	EXPECT_EQ(three[0].guests[2].vcpus.size(), 2u);
	Summary s = summary_from_json(read_results(out + "/latest.json"));
	double shares = 0;
	for (auto &g : s.cells.at(0).guests)
		shares += g.share.value();
	EXPECT_NEAR(shares, 1, 1e-9);
}

TEST_F(EndToEnd, CtrlCKeepsWhatWasMeasuredAndLeavesNoProcess)
{
	std::string out = folder->path() + "/interrupted";
	Child c(bench_command(out, "stock", "1000"), folder->path() + "/log2");
	std::this_thread::sleep_for(std::chrono::seconds(25));
	ASSERT_TRUE(c.running()) << read_or(folder->path() + "/log2", "");
	pid_t pid = c.pid();
	c.signal(SIGINT);
	ASSERT_TRUE(c.wait(std::chrono::seconds(30)));
	EXPECT_EQ(c.ended_how(), "exit status 130");
	EXPECT_NE(last_line(folder->path() + "/log2").find("interrupted"), std::string::npos);
	for (auto &p : std::filesystem::directory_iterator("/proc"))
		if (std::isdigit(p.path().filename().string()[0])) {
			EXPECT_EQ(read_or(p.path().string() + "/status", "").find("\nPPid:\t" + std::to_string(pid) + "\n"), std::string::npos) << p.path();
		}
	EXPECT_FALSE(read_file(out + "/runs.jsonl").empty());
}

// Not of the suite above: it has its own guests' loads, and continues the same boot.
TEST(Hostile, AGuestThatPausesOnPurposeGainsAndTakesNothing)
{
	ASSERT_NE(std::getenv("DYIELD_IMAGE"), nullptr);
	TempDir folder("dyield-e2e");
	Child c({DYIELD, "bench", "--host", "emulated", "--out", folder.path(), "--scenario", "hostile", "--layouts", "flat", "--settings", "adaptive",
		 "--boots", "1", "--windows", "4", "--warmup", "500", "--window", "1000"},
		folder.path() + "/log");
	ASSERT_TRUE(c.wait(std::chrono::minutes(20)));
	ASSERT_EQ(c.ended_how(), "exit status 0") << read_or(folder.path() + "/log", "");
	auto cells = summary_from_json(read_results(folder.path() + "/latest.json")).cells;
	ASSERT_EQ(cells.size(), 2u);	// in user mode, and in its kernel
	for (auto &cell : cells) {
		SCOPED_TRACE(cell.cell.name());
		EXPECT_GT(cell.ple_exits_per_s.value_or(0), 100);
		EXPECT_NEAR(cell.guest_share.value_or(0), 0.5, 0.03);
		EXPECT_NEAR(cell.neighbour_share.value_or(0), 0.5, 0.03);
	}
}

} // namespace
