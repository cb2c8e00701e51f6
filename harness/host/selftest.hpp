// SPDX-License-Identifier: GPL-2.0
/// @file
/// Figures that show whether a host behaves: taken inside it, judged outside (lab/selftest.hpp).
#pragma once
#include "host/local_host.hpp"

namespace dyield {

/// With guests up and thawed and PAUSE exits on: runs bursts of PAUSE in user mode of the load's guest and counts.
/// @return {"pauses","pause_exits","pause_burst_ns": the guest executed that many PAUSEs, so many exits came, in so
/// many ns; "pauses_stay_in_place": in a page that is mapped twice a PAUSE of this process goes on behind itself; "handover_ns": between two threads that spin, on pCPUs 0 and 1;
/// "irqs_taken","irqs_injected": interrupts that the guest's vCPUs took and KVM injected over the same time;
/// "stint_ns": mean time on a pCPU between switches of the neighbour's vCPUs when its loops share pCPUs with the load's;
/// "by_pcpu": for each pCPU "pauses", "pause_exits", "pause_burst_ns" of a burst with all vCPUs of the load's guest on it, where they are left.}
nlohmann::json selftest_figures(LocalHost &host);

/// The first part of it alone, with so many PAUSEs: "pauses", "pause_exits", "pause_burst_ns".
nlohmann::json pause_burst(LocalHost &host, std::int64_t pauses);

} // namespace dyield
