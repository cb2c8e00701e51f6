// SPDX-License-Identifier: GPL-2.0
#include "host/guest.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <algorithm>
#include <fmt/ranges.h>
#include <sstream>

namespace dyield {
namespace {

/// What a console ends with: of a panic the line that names it, which is not the last one.
std::string last_words(const std::string &console)
{
	std::istringstream lines(read_or(console, ""));
	for (std::string line; std::getline(lines, line);)
		if (line.find("Kernel panic") != std::string::npos)
			return line.substr(0, line.find('\r'));
	return last_line(console);
}

} // namespace

std::string kernel_arguments(const GuestConfig &config) { return "console=ttyS0 panic=-1 quiet " + config.cmdline; }

std::vector<int> pins_of(const GuestConfig &config, std::size_t vcpu)
{
	if (config.one_to_one)
		return {config.pcpus.at(vcpu % config.pcpus.size())};
	auto set = config.pcpus;
	std::ranges::sort(set);
	return set;
}

Guest::Guest(const std::string &name, const GuestConfig &config, const std::string &folder) : name_(name), folder_(folder), config_(config) {}

std::string Guest::console() const { return folder_ + "/" + name_ + ".console"; }

void Guest::wait_ready()
{
	try {
		ready_ = expect("ready", milliseconds(1000 * config_.boot_limit_s));
	} catch (const Interrupted &) {
		throw;
	} catch (const Error &e) {
		check_alive();
		fail("{} (last on its console: '{}')", e.what(), last_line(console()));
	}
	verify_pins();
}

void Guest::verify_pins() const
{
	auto may = pins();
	for (std::size_t i = 0; i < may.size(); i++)
		if (auto should = pins_of(config_, i); may[i] != should)
			fail("vCPU {} of {} may run on pCPUs {} where it should on {}", i, name_, fmt::join(may[i], ","), fmt::join(should, ","));
}

std::int64_t Guest::cpu_ns() const
{
	std::int64_t sum = 0;
	for (auto &t : vcpu_times())
		sum += t.ran_ns;
	return sum;
}

void Guest::fail_ended(const std::string &how) const
{
	fail("guest {} died ({}; console: '{}')", name_, how, last_words(console()));
}

void Guest::send(const nlohmann::json &command)
{
	try {
		port_.send(command);
	} catch (const Error &) {
		check_soon();
		throw;
	}
}

/// A QEMU that closed its socket has yet to end, a daemon to notice.
void Guest::check_soon()
{
	constexpr int tries = 6;
	for (int i = 0; i < tries; i++, pause_for(milliseconds(500)))
		check_alive();
}

nlohmann::json Guest::ask(const nlohmann::json &command, const std::string &event, milliseconds limit)
{
	send(command);
	auto answer = expect(event, limit);
	if (event == "started" || event == "result")
		busy_ = event == "started";
	return answer;
}

nlohmann::json Guest::expect(const std::string &event, milliseconds limit)
{
	try {
		return port_.expect(event, limit, "guest " + name_);
	} catch (const Interrupted &) {
		throw;
	} catch (const Error &) {
		check_soon();
		throw;
	}
}

} // namespace dyield
