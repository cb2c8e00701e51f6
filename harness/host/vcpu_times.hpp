// SPDX-License-Identifier: GPL-2.0
/// @file
/// How long the threads of a guest's vCPUs ran and waited, as the host's scheduler counts it.
#pragma once
#include "host/guest.hpp"
#include "model/run.hpp"

namespace dyield {

/// Since the threads began, by vCPU number. Throws Error (a kernel without schedstat, a guest that died).
std::vector<VcpuTime> vcpu_times(const Guest &guest);

/// after - before, vCPU by vCPU.
std::vector<VcpuTime> difference(const std::vector<VcpuTime> &after, const std::vector<VcpuTime> &before);

} // namespace dyield
