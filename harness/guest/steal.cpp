// SPDX-License-Identifier: GPL-2.0
#include "guest/steal.hpp"
#include "guest/clock.hpp"
#include "guest/facts.hpp"
#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <sstream>
#include <unistd.h>

namespace dyield::guest {

std::map<int, std::int64_t> steal_of(const std::string &proc_stat, std::int64_t tick_ns)
{
	std::map<int, std::int64_t> all;
	std::istringstream lines(proc_stat);
	for (std::string line; std::getline(lines, line) && line.starts_with("cpu");) {
		if (line.size() < 4 || !std::isdigit(static_cast<unsigned char>(line[3])))	// the sum over all CPUs
			continue;
		std::istringstream fields(line.substr(3));
		std::int64_t cpu, other, steal;
		fields >> cpu;
		for (int i = 0; i < 7; i++)	// user, nice, system, idle, iowait, irq, softirq
			fields >> other;
		if (fields >> steal)
			all[int(cpu)] = steal * tick_ns;
	}
	return all;
}

std::optional<StealReading> read_steal()
{
	std::ifstream f("/proc/stat");
	StealReading now{now_ns(), steal_of({std::istreambuf_iterator<char>(f), {}}, ns_per_s / sysconf(_SC_CLK_TCK))};
	bool any = std::any_of(now.cpu_ns.begin(), now.cpu_ns.end(), [](const auto &cpu) { return cpu.second > 0; });
	if (now.cpu_ns.empty() || !(any || has_steal_clock()))
		return {};
	return now;
}

} // namespace dyield::guest
