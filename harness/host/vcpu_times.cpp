// SPDX-License-Identifier: GPL-2.0
#include "host/vcpu_times.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <sstream>

namespace dyield {

std::vector<VcpuTime> vcpu_times(const Guest &guest)
{
	std::vector<VcpuTime> times;
	for (pid_t t : guest.vcpu_threads()) {
		VcpuTime v;
		std::istringstream s(read_file(fmt::format("/proc/{}/task/{}/schedstat", guest.pid(), t)));
		if (!(s >> v.run_ns >> v.wait_ns))
			fail("the kernel keeps no schedstat: how long vCPUs run and wait cannot be measured");
		times.push_back(v);
	}
	return times;
}

std::vector<VcpuTime> difference(const std::vector<VcpuTime> &after, const std::vector<VcpuTime> &before)
{
	std::vector<VcpuTime> d;
	for (std::size_t i = 0; i < after.size(); i++)
		d.push_back({after[i].run_ns - before.at(i).run_ns, after[i].wait_ns - before[i].wait_ns});
	return d;
}

} // namespace dyield
