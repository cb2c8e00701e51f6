// SPDX-License-Identifier: GPL-2.0
#include "util/affinity.hpp"
#include "util/error.hpp"
#include <fmt/ranges.h>
#include <sched.h>

namespace dyield {

std::vector<int> cpus_of(pid_t thread)
{
	cpu_set_t set;
	if (sched_getaffinity(thread, sizeof set, &set))
		fail_errno("cannot read which CPUs thread {} may run on", thread);
	std::vector<int> cpus;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus.push_back(cpu);
	return cpus;
}

void run_on(pid_t thread, const std::vector<int> &cpus)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	for (int cpu : cpus)
		CPU_SET(cpu, &set);
	if (sched_setaffinity(thread, sizeof set, &set))
		fail_errno("cannot have thread {} run on CPU {}", thread, fmt::join(cpus, ","));
}

} // namespace dyield
