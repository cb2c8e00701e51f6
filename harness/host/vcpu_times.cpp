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
		std::int64_t ran, waited;
		std::istringstream s(read_file(fmt::format("/proc/{}/task/{}/schedstat", guest.pid(), t)));
		if (!(s >> ran >> waited))
			fail("the kernel keeps no schedstat: how long vCPUs run and wait cannot be measured");
		times.push_back({ran, waited});
	}
	return times;
}

} // namespace dyield
