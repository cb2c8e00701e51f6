// SPDX-License-Identifier: GPL-2.0
#include "guest/clock.hpp"
#include "guest/jobs.hpp"
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace dyield::guest;
namespace fs = std::filesystem;

namespace {

constexpr auto patience = 30 * ns_per_s;

JobLoad shell(const std::string &script, int jobs = 1, std::uint64_t each = 1, std::int64_t first_run_ns = patience)
{
	std::vector<Command> commands(jobs, Command{"sh", "-c", script});
	return {{.load = "test", .commands = [commands] { return commands; }, .progress_each = each, .first_run_ns = first_run_ns},
		Options("test", {}, nlohmann::json::object())};
}

std::string start_error(const std::string &script)
{
	try {
		auto load = shell(script);
		load.start();
	} catch (const std::exception &e) {
		return e.what();
	}
	return "started";
}

// A file in a folder of its own, for scripts to speak through.
class GuestJobs : public testing::Test {
protected:
	std::string folder = (fs::temp_directory_path() / "guest-jobs.XXXXXX").string();
	void SetUp() override { ASSERT_TRUE(mkdtemp(folder.data())); }
	void TearDown() override { fs::remove_all(folder); }
	std::string file() const { return folder + "/file"; }
	// The process whose ID a script wrote; 0: none yet.
	pid_t process() const
	{
		pid_t pid = 0;
		std::ifstream(file()) >> pid;
		return pid;
	}
	static bool runs(pid_t pid)
	{
		std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
		std::string number, name, state;
		return stat >> number >> name >> state && state != "Z";
	}
};

} // namespace

TEST_F(GuestJobs, RunsOverAndOverAndCountsWhatEndedWell)
{
	auto load = shell("echo x >> " + file(), 2, 10);
	load.start();
	load.record_latency(true);
	auto before = load.progress();
	EXPECT_TRUE(wait_for([&] { return load.progress() > before + 100; }, patience));
	load.record_latency(false);
	load.stop();
	EXPECT_EQ(load.failure(), "");
	EXPECT_EQ(load.sent(), load.received());
	EXPECT_EQ(load.progress() % 10, 0u);
	EXPECT_GT(load.latency().count(), 0u);
	std::ifstream lines(file());
	auto ran = std::count(std::istreambuf_iterator<char>(lines), {}, '\n');
	// stop() may have killed a run of each job after it had written.
	EXPECT_GE(ran, std::int64_t(load.progress() / 10));
	EXPECT_LE(ran, std::int64_t(load.progress() / 10) + 2);
}

TEST_F(GuestJobs, MarksWhenTheLastRunEnded)
{
	auto load = shell("[ ! -e " + file() + " ] || sleep 1000; echo > " + file(), 1, 10);
	auto before = now_ns();
	load.start();
	auto mark = load.mark();
	EXPECT_EQ(mark.progress, 10u);
	EXPECT_GT(mark.at_ns, before);
	EXPECT_LE(mark.at_ns, now_ns());
	sleep_ns(10 * ns_per_ms);
	EXPECT_EQ(load.mark().at_ns, mark.at_ns);
	load.stop();
}

TEST_F(GuestJobs, ACommandThatFailsIsAStartErrorWithItsLastLine)
{
	EXPECT_EQ(start_error("echo first; echo 'no such thing' >&2; echo; exit 3"),
		  "load test: sh ended with exit status 3: 'no such thing'");
	EXPECT_EQ(start_error("kill -9 $$"), "load test: sh ended with signal 9");
}

TEST_F(GuestJobs, AProgramThatIsNotThereIsAStartError)
{
	JobLoad load({.load = "test", .commands = [] { return std::vector<Command>{{"/no/such/program"}}; }, .progress_each = 1},
		     Options("test", {}, nlohmann::json::object()));
	try {
		load.start();
		FAIL();
	} catch (const std::exception &e) {
		EXPECT_STREQ(e.what(), "load test: cannot run /no/such/program: No such file or directory");
	}
}

TEST_F(GuestJobs, AFailureLaterOnIsToldAndCountsAsSentOnly)
{
	auto load = shell("test ! -e " + file(), 2, 5);
	load.start();
	EXPECT_TRUE(wait_for([&] { return load.progress() > 0; }, patience));
	EXPECT_EQ(load.failure(), "");
	std::ofstream(file()) << "x";
	EXPECT_TRUE(wait_for([&] { return load.sent() == load.received() + 2 * 5; }, patience)) << load.sent() << " " << load.received();
	EXPECT_EQ(load.failure(), "load test: sh ended with exit status 1");
	load.stop();
}

TEST_F(GuestJobs, StopKillsALongRunWithItsChildrenAndCountsItNowhere)
{
	auto load = shell("sleep 1000 & echo $! > " + file() + ".new; mv " + file() + ".new " + file() + "; wait", 1, 1, ns_per_s / 10);
	load.start();
	ASSERT_TRUE(wait_for([&] { return process() > 0; }, patience));
	EXPECT_TRUE(runs(process()));
	auto from = now_ns();
	load.stop();
	EXPECT_LT(now_ns() - from, 5 * ns_per_s);
	EXPECT_TRUE(wait_for([&] { return !runs(process()); }, patience));
	EXPECT_EQ(load.sent(), 0u);
	EXPECT_EQ(load.received(), 0u);
	EXPECT_EQ(load.failure(), "");
}

TEST_F(GuestJobs, NothingThatARunLeavesBehindGoesOn)
{
	auto load = shell("test -e " + file() + " && exit; sleep 1000 & echo $! > " + file());
	load.start();
	EXPECT_TRUE(wait_for([&] { return load.progress() > 3; }, patience));
	EXPECT_TRUE(wait_for([&] { return !runs(process()); }, patience));
	load.stop();
}

TEST_F(GuestJobs, MuchOutputBlocksNobody)
{
	auto load = shell("head -c 1000000 /dev/zero");
	load.start();
	EXPECT_TRUE(wait_for([&] { return load.progress() > 2; }, patience));
	load.stop();
	EXPECT_EQ(load.failure(), "");
}

// A server that ignores SIGPIPE must not hand that on: `yes | head` would never end.
TEST_F(GuestJobs, JobsDoNotIgnoreSigpipe)
{
	auto old = std::signal(SIGPIPE, SIG_IGN);
	auto load = shell("yes | head -n 1");
	load.start();
	EXPECT_TRUE(wait_for([&] { return load.progress() > 2; }, patience));
	load.stop();
	std::signal(SIGPIPE, old);
}
