// SPDX-License-Identifier: GPL-2.0
#include "util/affinity.hpp"
#include "util/error.hpp"
#include <fmt/ranges.h>
#include <sched.h>

namespace dyield {

static std::string called(pid_t thread, const std::string &who)
{
	return who.empty() ? fmt::format("thread {}", thread) : who;
}

std::vector<int> cpus_of(pid_t thread, const std::string &who)
{
	cpu_set_t set;
	if (sched_getaffinity(thread, sizeof set, &set))
		fail_errno("cannot read which CPUs {} may run on", called(thread, who));
	std::vector<int> cpus;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus.push_back(cpu);
	return cpus;
}

void run_on(pid_t thread, const std::vector<int> &cpus, const std::string &who)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	for (int cpu : cpus)
		CPU_SET(cpu, &set);
	if (sched_setaffinity(thread, sizeof set, &set))
		fail_errno("cannot have {} run on CPU {}", called(thread, who), fmt::join(cpus, ","));
}

} // namespace dyield
