// SPDX-License-Identifier: GPL-2.0
#include "guest/control.hpp"
#include <gtest/gtest.h>
#include <thread>
#include <unistd.h>

using namespace dyield::guest;

namespace {

class GuestControl : public testing::Test {
protected:
	Control::Event last;
	int events = 0;
	Control control{[this](const Control::Event &e) {
		last = e;
		events++;
	}};

	// The one event that a command gives.
	Control::Event say(const char *line)
	{
		int before = events;
		EXPECT_EQ(control.handle(line), Control::Next::go_on);
		EXPECT_EQ(events, before + 1) << line;
		return last;
	}
	std::string error(const char *line)
	{
		auto e = say(line);
		EXPECT_EQ(e["event"], "error") << e;
		return e.value("message", "");
	}
	static bool has(const std::string &text, const char *part) { return text.find(part) != std::string::npos; }
};

} // namespace

TEST_F(GuestControl, NonsenseIsAnErrorEach)
{
	EXPECT_EQ(error("hello"), "not a JSON object: hello");
	EXPECT_EQ(error("[1,2]"), "not a JSON object: [1,2]");
	EXPECT_EQ(error("{\"cmd\":"), "not a JSON object: {\"cmd\":");
	EXPECT_LT(error(std::string(5000, 'x').c_str()).size(), 100u);
	EXPECT_TRUE(has(error("{}"), "valid are start, measure, sample, stop, "));
	EXPECT_TRUE(has(error(R"({"cmd":7})"), "valid are start, measure, sample, stop, "));
	EXPECT_TRUE(has(error(R"({"cmd":"begin"})"), "unknown command \"begin\": valid are start, measure, "));
}

TEST_F(GuestControl, NothingWorksWithoutALoad)
{
	EXPECT_EQ(error(R"({"cmd":"measure","window_ms":100})"), "measure needs a load that runs: start one first");
	EXPECT_EQ(error(R"({"cmd":"sample"})"), "sample needs a load that runs: start one first");
	EXPECT_EQ(error(R"({"cmd":"stop"})"), "stop needs a load that runs: start one first");
}

TEST_F(GuestControl, BadStartsLeaveItIdle)
{
	EXPECT_TRUE(has(error(R"({"cmd":"start"})"), "valid are ipc, amqp, spin"));
	EXPECT_TRUE(has(error(R"({"cmd":"start","load":"disk"})"), "valid are ipc, amqp, spin"));
	EXPECT_TRUE(has(error(R"({"cmd":"start","load":"ipc","clients":7})"), "valid is 2..64, even"));
	EXPECT_TRUE(has(error(R"({"cmd":"start","load":"spin","clients":8})"), "valid are loops"));
	EXPECT_TRUE(has(error(R"({"cmd":"start","load":"spin","loops":100000})"), "valid is 0.."));
	EXPECT_FALSE(control.running());
	EXPECT_EQ(say(R"({"cmd":"start","load":"spin","loops":0})")["event"], "started");
}

TEST_F(GuestControl, OrderAndExtraKeysAreChecked)
{
	say(R"({"cmd":"start","load":"ipc","clients":2})");
	EXPECT_EQ(error(R"({"cmd":"start","load":"ipc"})"), "load ipc already runs: stop it first");
	EXPECT_TRUE(has(error(R"({"cmd":"measure","window_ms":9})"), "valid is 10..3600000"));
	EXPECT_TRUE(has(error(R"({"cmd":"measure","window":100})"), "valid are window_ms"));
	EXPECT_EQ(control.deadline(), Meter::never) << "a refused measure must not begin";
	EXPECT_EQ(say(R"({"cmd":"measure","window_ms":3600000})")["event"], "measuring");
	EXPECT_NE(control.deadline(), Meter::never);
	EXPECT_TRUE(has(error(R"({"cmd":"measure"})"), "already being measured"));
	EXPECT_TRUE(has(error(R"({"cmd":"sample","of":1})"), "takes no \"of\""));
	EXPECT_TRUE(has(error(R"({"cmd":"stop","now":true})"), "takes no \"now\""));
	auto result = say(R"({"cmd":"stop"})");
	EXPECT_EQ(result["event"], "result");
	EXPECT_TRUE(result["windows"].empty()) << "none was whole";
	EXPECT_FALSE(control.running());
	EXPECT_EQ(control.deadline(), Meter::never);
}

TEST_F(GuestControl, AResultHasNothingOfTheLoadBefore)
{
	for (int i = 0; i < 2; i++) {
		say(R"({"cmd":"start","load":"ipc","clients":4,"latency_every":1})");
		say(R"({"cmd":"measure","window_ms":20})");
		std::this_thread::sleep_for(std::chrono::milliseconds(30));
		control.tick();
		auto r = say(R"({"cmd":"stop"})");
		ASSERT_EQ(r["windows"].size(), 1u);
		EXPECT_GE(r["windows"][0]["dur_ns"].get<int>(), 20'000'000);
		EXPECT_GT(r["windows"][0]["msgs"].get<int>(), 0);
		EXPECT_LE(r["windows"][0]["msgs"], r["received"]);
		EXPECT_EQ(r["sent"], r["received"]);
		EXPECT_EQ(r["progress"], r["received"]);
		EXPECT_GT(r["latency"]["count"].get<int>(), 0);
		EXPECT_LE(r["latency"]["count"], r["received"]);
		EXPECT_LE(r["latency"]["p50_ns"], r["latency"]["p99_ns"]);
		EXPECT_LE(r["latency"]["p99_ns"], r["latency"]["p999_ns"]);
		std::int64_t counted = 0;
		for (auto &range : r["latency"]["histogram"])
			counted += range[1].get<std::int64_t>();
		EXPECT_EQ(r["latency"]["count"], counted);
		EXPECT_GE(r["latency"]["histogram"].back()[0], r["latency"]["p999_ns"]);
		ASSERT_TRUE(r.contains("steal"));
		if (!r["steal"].is_null()) {
			EXPECT_GE(r["steal"]["interval_ns"], r["windows"][0]["dur_ns"]);
			EXPECT_EQ(r["steal"]["vcpus_ns"].size(), std::size_t(sysconf(_SC_NPROCESSORS_ONLN)));
		}
		EXPECT_GT(r["options"]["sndbuf"].get<int>(), 0) << "what the kernel set, not the 0 that asks for it";
	}
}

TEST_F(GuestControl, ABufferThatHoldsNoMessageIsAStartError)
{
	EXPECT_TRUE(has(error(R"({"cmd":"start","load":"ipc","size":65536,"sndbuf":1})"), "send: Message too long"));
	EXPECT_FALSE(control.running());
}

TEST_F(GuestControl, PowerOffIsTheCallersBusiness)
{
	EXPECT_EQ(control.handle(R"({"cmd":"poweroff"})"), Control::Next::power_off);
	EXPECT_EQ(events, 0);
}
