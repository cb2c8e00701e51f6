// SPDX-License-Identifier: GPL-2.0
// The real program over stdio, as the host drives it.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <set>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using nlohmann::json;
namespace fs = std::filesystem;

namespace {

std::string program()
{
	auto other = std::getenv("DYIELD_GUEST");
#ifdef DYIELD_GUEST_BINARY
	return other ? other : DYIELD_GUEST_BINARY;
#else
	return other ? other : "dyield-guest";
#endif
}

class GuestProcess {
public:
	explicit GuestProcess(std::vector<std::string> words = {"--port", "stdio"})
	{
		std::vector<char *> argv;
		words.insert(words.begin(), program());
		for (auto &w : words)
			argv.push_back(w.data());
		argv.push_back(nullptr);
		int to[2], from[2];
		if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
			throw std::runtime_error("pipe");
		pid = fork();
		if (pid == 0) {
			dup2(to[0], 0);
			dup2(from[1], 1);
			execv(argv[0], argv.data());
			_exit(127);
		}
		close(to[0]);
		close(from[1]);
		in = to[1];
		out = from[0];
	}
	~GuestProcess()
	{
		hang_up();
		close(out);
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, nullptr, 0);
		}
	}
	void send(const std::string &line)
	{
		auto text = line + "\r\n";
		ASSERT_EQ(write(in, text.data(), text.size()), ssize_t(text.size()));
	}
	// The next event; an empty object when the program has ended or says nothing for a minute.
	json event()
	{
		size_t end;
		while ((end = text.find('\n')) == std::string::npos) {
			char buffer[4096];
			pollfd p{out, POLLIN, 0};
			ssize_t n = poll(&p, 1, 60000) == 1 ? read(out, buffer, sizeof buffer) : 0;
			if (n <= 0)
				return json::object();
			text.append(buffer, n);
		}
		auto line = text.substr(0, end);
		text.erase(0, end + 1);
		return json::parse(line);
	}
	json ask(const json &command)
	{
		send(command.dump());
		return event();
	}
	void hang_up()
	{
		if (in >= 0)
			close(in);
		in = -1;
	}
	int wait()
	{
		int status = -1;
		waitpid(pid, &status, 0);
		pid = -1;
		return status;
	}
	// The broker it has started, 0 if there is none.
	pid_t broker() const
	{
		std::ifstream children("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
		pid_t child = 0;
		children >> child;
		return child;
	}
	int threads() const
	{
		auto tasks = fs::directory_iterator("/proc/" + std::to_string(pid) + "/task");
		return int(std::distance(begin(tasks), end(tasks)));
	}

private:
	pid_t pid = -1;
	int in = -1, out = -1;
	std::string text;
};

void sleep_ms(int ms)
{
	std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

// Start, measure, sample, stop; what every load's result must hold.
json run(GuestProcess &guest, json start)
{
	start["cmd"] = "start";
	EXPECT_EQ(guest.ask(start).value("event", ""), "started") << start;
	EXPECT_EQ(guest.ask({{"cmd", "measure"}, {"window_ms", 50}}).value("event", ""), "measuring");
	auto before = guest.ask({{"cmd", "sample"}});
	sleep_ms(330);
	auto after = guest.ask({{"cmd", "sample"}});
	for (int i = 0; i < 100 && after["progress"] <= before["progress"]; i++) {	// a busy machine
		sleep_ms(200);
		after = guest.ask({{"cmd", "sample"}});
	}
	EXPECT_EQ(after.value("event", ""), "sample");
	EXPECT_LT(before["progress"], after["progress"]);
	auto result = guest.ask({{"cmd", "stop"}});
	EXPECT_EQ(result.value("event", ""), "result") << result;
	EXPECT_LE(after["progress"], result["progress"]);

	// 330 ms have room for six windows; a busy machine may cut fewer and longer ones.
	EXPECT_GE(result["windows"].size(), 1u);
	std::int64_t total = 0, messages = 0, missing = 0;	// at most, of windows that end where a run did: ns
	if (std::set<std::string>{"build", "hackbench", "command"}.contains(start["load"]))
		missing = 50'000'000;
	for (auto &w : result["windows"]) {
		EXPECT_GT(w["dur_ns"].get<std::int64_t>(), missing ? 0 : 50'000'000 - 1);
		total += w["dur_ns"].get<std::int64_t>();
		messages += w["msgs"].get<std::int64_t>();
	}
	EXPECT_GE(total, std::int64_t(result["windows"].size()) * 50'000'000 - missing);
	EXPECT_GT(messages, 0);
	EXPECT_LE(messages, result["progress"].get<std::int64_t>());
	start.erase("cmd");
	start.erase("load");
	for (auto &[key, value] : start.items())
		EXPECT_EQ(result["options"][key], value) << key;
	return result;
}

void expect_messages(const json &r)
{
	EXPECT_GT(r["sent"].get<std::int64_t>(), 0);
	EXPECT_EQ(r["sent"], r["received"]);
	EXPECT_EQ(r["progress"], r["received"]);
	EXPECT_GT(r["latency"]["count"].get<std::int64_t>(), 0);
	EXPECT_GT(r["latency"]["p50_ns"].get<std::int64_t>(), 0);
	EXPECT_LT(r["latency"]["p50_ns"].get<std::int64_t>(), 60'000'000'000);
	EXPECT_LE(r["latency"]["p50_ns"], r["latency"]["p99_ns"]);
	EXPECT_LE(r["latency"]["p99_ns"], r["latency"]["p999_ns"]);
}

void expect_quiet(const GuestProcess &guest)	// nothing of a stopped load is left
{
	// A thread that was joined is in /proc until the kernel is done with it.
	for (int i = 0; i < 100 && guest.threads() > 1; i++)
		sleep_ms(10);
	EXPECT_EQ(guest.threads(), 1);
	EXPECT_EQ(guest.broker(), 0);
}

} // namespace

TEST(GuestProtocol, ReadyComesFirst)
{
	GuestProcess guest;
	auto ready = guest.event();
	EXPECT_EQ(ready.value("event", ""), "ready");
	EXPECT_EQ(ready.value("proto", 0), 1);
	EXPECT_GE(ready.value("vcpus", 0), 1);
	guest.hang_up();
	EXPECT_EQ(guest.wait(), 0) << "the port's end is no error";
}

TEST(GuestProtocol, IpcTwiceInARow)
{
	GuestProcess guest;
	guest.event();
	expect_messages(run(guest, {{"load", "ipc"}, {"clients", 8}}));
	expect_quiet(guest);
	expect_messages(run(guest, {{"load", "ipc"}, {"clients", 2}, {"size", 1000}, {"latency_every", 1}}));
	expect_quiet(guest);
}

TEST(GuestProtocol, AmqpTwiceInARow)
{
	GuestProcess guest;
	guest.event();
	expect_messages(run(guest, {{"load", "amqp"}, {"clients", 16}}));
	expect_quiet(guest);
	expect_messages(run(guest, {{"load", "amqp"}, {"clients", 4}, {"queues", 2}, {"publisher_credit", 10},
				    {"consumer_credit", 10}, {"size", 16}, {"presettled", true}}));
	expect_quiet(guest);
}

TEST(GuestProtocol, WakeupTwiceInARow)
{
	GuestProcess guest;
	guest.event();
	expect_messages(run(guest, {{"load", "wakeup"}}));
	expect_quiet(guest);
	expect_messages(run(guest, {{"load", "wakeup"}, {"messengers", 3}, {"workers", 2}, {"sleep_us", 0}, {"work", 0}}));
	expect_quiet(guest);
}

TEST(GuestProtocol, BuildTwiceInARowLeavesNoFiles)
{
	auto folder = (fs::temp_directory_path() / "guest-build.XXXXXX").string();
	ASSERT_TRUE(mkdtemp(folder.data()));
	setenv("TMPDIR", folder.c_str(), 1);
	GuestProcess guest;
	unsetenv("TMPDIR");
	guest.event();
	for (auto options : {json{{"jobs", 3}}, json{{"jobs", 1}, {"headers", 1}, {"functions", 1}}}) {
		json start{{"load", "build"}};
		start.update(options);
		expect_messages(run(guest, start));
		expect_quiet(guest);
		EXPECT_TRUE(fs::is_empty(folder));
	}
	fs::remove_all(folder);
}

TEST(GuestProtocol, HackbenchTwiceInARow)
{
	GuestProcess guest;
	guest.event();
	for (auto more : {json::object(), json{{"threads", true}, {"pipe", true}}}) {
		json start{{"load", "hackbench"}, {"groups", 1}, {"fds", 3}, {"loops", 5}};
		start.update(more);
		auto r = run(guest, start);
		expect_messages(r);
		EXPECT_EQ(r["progress"].get<int>() % (3 * 3 * 5), 0);
		expect_quiet(guest);
	}
}

TEST(GuestProtocol, CommandTwiceInARow)
{
	GuestProcess guest;
	guest.event();
	for (int jobs : {1, 3}) {
		expect_messages(run(guest, {{"load", "command"}, {"jobs", jobs}, {"argv", {"sh", "-c", "echo out; echo err >&2"}}}));
		expect_quiet(guest);
	}
}

TEST(GuestProtocol, SpinTwiceInARow)
{
	GuestProcess guest;
	guest.event();
	for (int i = 0; i < 2; i++) {
		auto r = run(guest, {{"load", "spin"}, {"loops", 1}});
		EXPECT_EQ(r["latency"]["count"], 0);
		expect_quiet(guest);
	}
	EXPECT_EQ(guest.ask({{"cmd", "start"}, {"load", "spin"}, {"loops", 0}}).value("event", ""), "started");
	EXPECT_EQ(guest.ask({{"cmd", "sample"}})["progress"], 0);
}

TEST(GuestProtocol, ErrorsDoNotEndIt)
{
	GuestProcess guest;
	guest.event();
	guest.send("");			// an empty line is nothing
	guest.send("garbage \xff");
	auto e = guest.event();
	EXPECT_EQ(e.value("event", ""), "error");
	EXPECT_NE(e.value("message", "").find("not a JSON object: garbage"), std::string::npos);
	EXPECT_EQ(guest.ask({{"cmd", "measure"}, {"window_ms", 50}}).value("event", ""), "error");
	EXPECT_EQ(guest.ask({{"cmd", "start"}, {"load", "amqp"}, {"clients", 3}}).value("event", ""), "error");
	EXPECT_EQ(guest.ask({{"cmd", "start"}, {"load", "ipc"}}).value("event", ""), "started");
	EXPECT_EQ(guest.ask({{"cmd", "start"}, {"load", "ipc"}}).value("event", ""), "error");
	EXPECT_EQ(guest.ask({{"cmd", "stop"}}).value("event", ""), "result");
	EXPECT_EQ(guest.ask({{"cmd", "stop"}}).value("event", ""), "error");
	expect_quiet(guest);
}

TEST(GuestProtocol, ABrokerThatDiesIsReportedAndTheNextStartWorks)
{
	GuestProcess guest;
	guest.event();
	ASSERT_EQ(guest.ask({{"cmd", "start"}, {"load", "amqp"}, {"clients", 4}}).value("event", ""), "started");
	ASSERT_GT(guest.broker(), 0);
	kill(guest.broker(), SIGKILL);
	EXPECT_NE(guest.event().value("message", "").find("load amqp"), std::string::npos);
	EXPECT_EQ(guest.ask({{"cmd", "stop"}}).value("event", ""), "result");
	expect_quiet(guest);
	expect_messages(run(guest, {{"load", "amqp"}, {"clients", 4}}));
}

TEST(GuestProtocol, TheBrokerDiesWithIt)
{
	pid_t broker;
	{
		GuestProcess guest;
		guest.event();
		ASSERT_EQ(guest.ask({{"cmd", "start"}, {"load", "amqp"}, {"clients", 2}}).value("event", ""), "started");
		broker = guest.broker();
		ASSERT_GT(broker, 0);
	}
	// Killed it is; who reaps it is init's business.
	auto gone = [&] {
		std::ifstream stat("/proc/" + std::to_string(broker) + "/stat");
		std::string number, name, state;
		return !(stat >> number >> name >> state) || state == "Z";
	};
	for (int i = 0; i < 1000 && !gone(); i++)
		sleep_ms(10);
	EXPECT_TRUE(gone());
}

TEST(GuestProtocol, PowerOffOnlyEndsItWhereItIsNotAllowed)
{
	GuestProcess guest;
	guest.event();
	ASSERT_EQ(guest.ask({{"cmd", "start"}, {"load", "amqp"}, {"clients", 2}}).value("event", ""), "started");
	guest.send(R"({"cmd":"poweroff"})");
	EXPECT_EQ(guest.event(), json::object());
	EXPECT_EQ(guest.wait(), 0);
}

TEST(GuestProtocol, ListNamesEveryLoad)
{
	std::string command = "'" + program() + "' list", text;
	FILE *pipe = popen(command.c_str(), "r");
	ASSERT_TRUE(pipe);
	char buffer[4096];
	for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
		text.append(buffer, n);
	EXPECT_EQ(pclose(pipe), 0);
	for (auto part : {"  ipc: ", "  amqp: ", "  spin: ", "latency_every", "2..64, even, default 16"})
		EXPECT_NE(text.find(part), std::string::npos) << part;
}

TEST(GuestProtocol, WithoutAPortItSaysWhatItWants)
{
	GuestProcess guest(std::vector<std::string>{});
	EXPECT_EQ(WEXITSTATUS(guest.wait()), 2);
}
