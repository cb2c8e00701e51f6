// SPDX-License-Identifier: GPL-2.0
/// @file
/// How long the threads of a guest's vCPUs ran and waited, as the host's scheduler counts it.
#pragma once
#include "host/guest.hpp"
#include "model/vcpu_time.hpp"

namespace dyield {

/// Since the threads began, by vCPU number. Throws Error (a kernel without schedstat, a guest that died).
std::vector<VcpuTime> vcpu_times(const Guest &guest);

} // namespace dyield
