// SPDX-License-Identifier: GPL-2.0
/// @file
/// What each guest of a cell ought to get of the CPU time.
#pragma once
#include "model/cell.hpp"

namespace dyield {

/// Each guest's share (0..1, together 1; all 0 when every guest is idle) of the CPU time that all guests use, when every
/// busy vCPU wants to run all the time: max-min fairness between vCPU threads (flat) or between VMs (a cgroup a VM or a
/// vCPU), within what the pins allow. A guest's busy vCPUs are its first ones (dyield-guest pins them so).
std::vector<double> fair_shares(const Cell &cell);

} // namespace dyield
