// SPDX-License-Identifier: GPL-2.0
#include "guest/broker_process.hpp"
#include "guest/clock.hpp"
#include "guest/process.hpp"
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace dyield::guest {

namespace {

constexpr std::int64_t start_timeout_ns = 60 * ns_per_s;	// an emulated CPU loads the libraries slowly
constexpr std::int64_t end_timeout_ns = 5 * ns_per_s;

std::vector<std::string> command_of(const BrokerConfig &c)
{
	std::vector<std::string> words{"dyield-guest", "broker", "--threads", std::to_string(c.threads),
				       "--queues", std::to_string(c.queues), "--capacity", std::to_string(c.capacity),
				       "--publisher-credit", std::to_string(c.publisher_credit)};
	if (c.presettled)
		words.push_back("--presettled");
	return words;
}

} // namespace

BrokerProcess::BrokerProcess(const BrokerConfig &config)
{
	int pipe[2];
	if (pipe2(pipe, O_CLOEXEC))
		throw std::system_error(errno, std::generic_category(), "pipe");
	try {
		pid = spawn("/proc/self/exe", command_of(config), pipe[1], STDERR_FILENO);
		close(std::exchange(pipe[1], -1));
		read_port(pipe[0]);
	} catch (...) {
		close(pipe[0]);
		if (pipe[1] >= 0)
			close(pipe[1]);
		end();
		throw;
	}
	close(pipe[0]);
}

void BrokerProcess::read_port(int pipe)
{
	std::string line;
	for (std::int64_t end = now_ns() + start_timeout_ns; line.find('\n') == std::string::npos;) {
		pollfd p{pipe, POLLIN, 0};
		auto left = end - now_ns();
		if (left <= 0)
			throw std::runtime_error("the broker did not listen within 60 s");
		if (poll(&p, 1, int(left / ns_per_ms) + 1) <= 0)
			continue;
		char buffer[64];
		ssize_t n = read(pipe, buffer, sizeof buffer);
		if (n <= 0)
			throw std::runtime_error("the broker ended before it listened");
		line.append(buffer, n);
	}
	constexpr std::string_view before = "port ";
	auto [last, error] = std::from_chars(line.data() + before.size(), line.data() + line.size(), listening);
	if (!line.starts_with(before) || error != std::errc() || *last != '\n')
		throw std::runtime_error("the broker said something else than its port");
}

std::string BrokerProcess::ended()
{
	if (pid > 0 && waitpid(pid, &status, WNOHANG) == pid)
		pid = -1;
	if (pid > 0)
		return {};
	return how_it_ended(status);
}

void BrokerProcess::end() noexcept
{
	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	if (wait_for([&] { return waitpid(pid, &status, WNOHANG) == pid; }, end_timeout_ns))
		return;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

BrokerProcess::~BrokerProcess()
{
	end();
}

} // namespace dyield::guest
