// SPDX-License-Identifier: GPL-2.0
// Timelines: what is made of events, the picture, and a real recording where the kernel lets us.
#include "host/timeline.hpp"
#include "report/timeline.hpp"
#include "util/affinity.hpp"
#include "util/error.hpp"
#include <atomic>
#include <filesystem>
#include <gtest/gtest.h>
#include <thread>
#include <unistd.h>

using namespace dyield;

namespace {

const std::vector<VcpuThread> two{{"load", 0, 100, "9-1"}, {"load", 1, 101, "9-1"}};

TraceEvent switched(std::int64_t at, int pcpu, pid_t from, bool runnable, pid_t to)
{
	return {.kind = TraceEvent::switched, .at_ns = at, .pcpu = pcpu, .thread = from, .next = to, .runnable = runnable, .vm = ""};
}

TraceEvent woken(std::int64_t at, pid_t thread) { return {.kind = TraceEvent::woken, .at_ns = at, .thread = thread, .vm = ""}; }

Timeline made_of(const std::vector<TraceEvent> &events)
{
	TimelineBuilder builder(two, 1000);
	for (auto &e : events)
		builder.add(e);
	return builder.finish(2000);
}

/// The holder is preempted, the other spins, gives way to it, and it runs again.
Timeline example()
{
	return made_of({switched(1100, 3, 100, true, 101),
			{.kind = TraceEvent::pause, .at_ns = 1150, .pcpu = 3, .thread = 101, .vm = ""},
			{.kind = TraceEvent::boost, .at_ns = 1160, .pcpu = 3, .thread = 101, .vm = "9-1", .target = 0, .taken = true},
			switched(1200, 3, 101, true, 100), switched(1500, 3, 100, false, 7)});
}

std::size_t count(const std::string &text, const std::string &part)
{
	std::size_t n = 0;
	for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
		n++;
	return n;
}

} // namespace

TEST(Timeline, TellsOfAPreemptedHolderThatIsBoosted)
{
	Timeline t = example();
	EXPECT_EQ(t.length_ns, 1000);
	ASSERT_EQ(t.stints.size(), 3u);
	EXPECT_EQ(nlohmann::json(t.stints[0]).dump(), R"({"from_ns":0,"pcpu":3,"preempted":true,"to_ns":100,"vcpu":0})");
	EXPECT_EQ(nlohmann::json(t.stints[1]).dump(), R"({"from_ns":100,"pcpu":3,"preempted":true,"to_ns":200,"vcpu":1})");
	EXPECT_EQ(nlohmann::json(t.stints[2]).dump(), R"({"from_ns":200,"pcpu":3,"preempted":false,"to_ns":500,"vcpu":0})");
	ASSERT_EQ(t.waits.size(), 3u);
	EXPECT_EQ(nlohmann::json(t.waits[0]).dump(), R"({"from_ns":0,"to_ns":100,"vcpu":1})");	// never woken: it waited from the begin on
	EXPECT_EQ(nlohmann::json(t.waits[1]).dump(), R"({"from_ns":100,"to_ns":200,"vcpu":0})");
	EXPECT_EQ(nlohmann::json(t.waits[2]).dump(), R"({"from_ns":200,"to_ns":1000,"vcpu":1})");	// to the end
	ASSERT_EQ(t.pauses.size(), 1u);
	EXPECT_EQ(t.pauses[0].vcpu, 1);
	ASSERT_EQ(t.boosts.size(), 1u);
	EXPECT_EQ(nlohmann::json(t.boosts[0]).dump(), R"({"at_ns":160,"taken":true,"target":0,"vcpu":1})");
}

TEST(Timeline, AWokenThreadWaitsASleepingOneDoesNot)
{
	Timeline t = made_of({switched(1100, 0, 100, false, 0), woken(1300, 100), woken(1310, 100), switched(1400, 1, 0, true, 100)});
	ASSERT_EQ(t.waits.size(), 1u);
	EXPECT_EQ(t.waits[0].from_ns, 300);
	EXPECT_EQ(t.waits[0].to_ns, 400);
	ASSERT_EQ(t.stints.size(), 2u);
	EXPECT_EQ(t.stints[1].pcpu, 1);
	EXPECT_EQ(t.stints[1].to_ns, 1000);
}

TEST(Timeline, AThreadThatRunsCanBeWoken)
{
	Timeline t = made_of({woken(1050, 100), switched(1200, 0, 100, false, 0)});
	EXPECT_TRUE(t.waits.empty());
	ASSERT_EQ(t.stints.size(), 1u);
	EXPECT_EQ(t.stints[0].from_ns, 0);
}

TEST(Timeline, OfOthersNothingIsTold)
{
	Timeline t = made_of({switched(1100, 0, 7, true, 8), woken(1200, 8), {.kind = TraceEvent::pause, .at_ns = 1300, .thread = 8, .vm = ""},
			      {.kind = TraceEvent::boost, .at_ns = 1300, .thread = 100, .vm = "9-2", .target = 1, .taken = true}});
	EXPECT_TRUE(t.stints.empty() && t.waits.empty() && t.pauses.empty() && t.boosts.empty());
}

TEST(Timeline, AThreadWithoutASwitchRanThroughout)
{
	TimelineBuilder builder(two, 1000);
	builder.add(switched(1400, 0, 100, false, 0));
	builder.ran_throughout(100, 5);	// no news of one that had a switch
	builder.ran_throughout(101, 5);
	Timeline t = builder.finish(2000);
	ASSERT_EQ(t.stints.size(), 2u);
	EXPECT_EQ(nlohmann::json(t.stints[1]).dump(), R"({"from_ns":0,"pcpu":5,"preempted":false,"to_ns":1000,"vcpu":1})");
}

TEST(Timeline, IsTheSameAfterJson)
{
	nlohmann::json j = example();
	EXPECT_EQ(nlohmann::json(j.get<Timeline>()), j);
}

TEST(TimelineChart, HasARowForEachPcpuAndVcpu)
{
	auto svg = timeline_chart(example());
	EXPECT_EQ(count(svg, ">pCPU 3<"), 1u);
	EXPECT_EQ(count(svg, ">load 0<"), 1u);
	EXPECT_EQ(count(svg, ">load 1<"), 1u);
	EXPECT_EQ(count(svg, "<rect class=\"s1\""), 4u);	// two stints, on the pCPU and on the vCPU
	EXPECT_EQ(count(svg, "<rect class=\"s2\""), 2u);
	EXPECT_EQ(count(svg, "waiting\""), 3u);
	EXPECT_EQ(count(svg, "class=\"preempted\""), 2u);
	EXPECT_EQ(count(svg, "class=\"pause\""), 1u);
	EXPECT_EQ(count(svg, "load 1 gives way to load 0"), 1u);
}

TEST(TimelineChart, EscapesNamesAndSaysWhatIsLost)
{
	Timeline t = example();
	t.vcpus[0].guest = "<b>&";
	t.lost_events = 12;
	auto page = timeline_page(t, "2026-01-02T03:04:05Z");
	EXPECT_EQ(page.find("<b>"), page.npos);
	EXPECT_NE(page.find("&lt;b&gt;&amp; 0"), page.npos);
	EXPECT_NE(page.find("12 events were lost"), page.npos);
	EXPECT_EQ(page.find("{{"), page.npos);
	EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
}

TEST(TimelineChart, StaysSmallWhenThereIsTooMuchToSee)
{
	Timeline t;
	t.length_ns = 300'000'000;
	t.vcpus = {{"load", 0, 1}};
	for (std::int64_t i = 0; i < 300'000; i++) {
		t.stints.push_back({0, 0, i * 1000, i * 1000 + 500, true});
		t.pauses.push_back({i * 1000, 0, 0});
	}
	auto svg = timeline_chart(t);
	EXPECT_LT(svg.size(), 2'000'000u);
	EXPECT_GT(count(svg, "<rect"), 500u);	// the row is full all the same
	EXPECT_NE(timeline_chart(Timeline{}).find("</svg>"), std::string::npos);
}

/// Two threads that want the same pCPU, recorded for real.
TEST(TimelineRecording, ShowsTwoThreadsTakingTurns)
{
	std::atomic<bool> stop{false};
	std::atomic<pid_t> ids[2] = {0, 0};
	const int pcpu = cpus_of(this_thread).front();
	std::vector<std::thread> threads;
	for (auto &id : ids)
		threads.emplace_back([&] {
			run_on(this_thread, {pcpu});
			id = gettid();
			while (!stop)
				;
		});
	while (!ids[0] || !ids[1])
		std::this_thread::yield();
	Timeline t;
	std::string reason;
	auto both_ran = [&t] { return std::ranges::any_of(t.stints, [](auto &s) { return s.vcpu == 0; }) && std::ranges::any_of(t.stints, [](auto &s) { return s.vcpu == 1; }); };
	try {
		// On a busy machine one may not have had its turn: of it no event tells.
		for (int tries = 0; tries < 20 && !both_ran(); tries++)
			t = record_timeline({{"a", 0, ids[0], ""}, {"b", 0, ids[1], ""}}, milliseconds(500));
	} catch (const Error &e) {
		reason = e.code == exit_unfit ? e.what() : throw;
	}
	stop = true;
	for (auto &thread : threads)
		thread.join();
	if (!reason.empty())
		GTEST_SKIP() << reason;

	EXPECT_FALSE(std::filesystem::exists("/sys/kernel/tracing/instances/dyield-" + std::to_string(getpid())));
	std::int64_t ran[2] = {0, 0}, end = 0;
	for (auto &s : t.stints) {
		EXPECT_EQ(s.pcpu, pcpu);
		EXPECT_GE(s.from_ns, end);	// one at a time
		EXPECT_GT(s.to_ns, s.from_ns);
		end = s.to_ns;
		ran[s.vcpu] += s.to_ns - s.from_ns;
	}
	EXPECT_EQ(t.lost_events, 0);
	EXPECT_GE(t.length_ns, 500'000'000);
	EXPECT_LE(end, t.length_ns);
	EXPECT_GT(ran[0], 0);
	EXPECT_GT(ran[1], 0);
	// What does not run waits: neither sleeps, but for a page fault where the machine is busy.
	std::int64_t waited[2] = {0, 0};
	for (auto &w : t.waits)
		waited[w.vcpu] += w.to_ns - w.from_ns;
	for (int i : {0, 1})
		EXPECT_NEAR(double(ran[i] + waited[i]), double(t.length_ns), double(t.length_ns) / 10);
}

TEST(TimelineRecording, RemovesWhatAKilledDyieldLeft)
{
	namespace fs = std::filesystem;
	const std::string left = "/sys/kernel/tracing/instances/dyield-4194999";	// above the greatest pid there can be
	std::error_code ec;
	if (!fs::create_directory(left, ec))
		GTEST_SKIP() << "no instance of tracefs can be made: " << ec.message();
	record_timeline({{"me", 0, getpid(), ""}}, milliseconds(1));
	EXPECT_FALSE(fs::exists(left));
}
