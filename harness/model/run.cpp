// SPDX-License-Identifier: GPL-2.0
#include "model/run.hpp"
#include <numeric>

namespace dyield {

std::int64_t GuestRun::cpu_ns() const
{
	return std::accumulate(vcpus.begin(), vcpus.end(), std::int64_t(0), [](std::int64_t n, const VcpuTime &v) { return n + v.ran_ns; });
}

const GuestRun &Run::first() const
{
	static const GuestRun none;
	return guests.empty() ? none : guests.front();
}

std::int64_t Run::cpu_ns() const
{
	return std::accumulate(guests.begin(), guests.end(), std::int64_t(0), [](std::int64_t n, const GuestRun &g) { return n + g.cpu_ns(); });
}

} // namespace dyield
