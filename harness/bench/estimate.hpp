// SPDX-License-Identifier: GPL-2.0
/// @file
/// What a plan costs before it is begun: boots, and time.
#pragma once
#include "bench/plan.hpp"
#include "host/host.hpp"
#include "lab/emulated_host.hpp"
#include <chrono>

namespace dyield {

/// The boots of the emulated host that the jobs and its self-test need, each once.
std::vector<Boot> boots_of(const std::vector<Job> &jobs);

/// About how long the jobs take: in the emulated host on `labs` labs, of which each has a core, with `boots` boots to
/// be made first; on this machine, where every job boots its own guests, with `labs` 0. From what the harness waits for
/// and what boots were seen to take; right within a factor of two.
std::chrono::seconds estimate(const std::vector<Job> &jobs, const std::vector<Boot> &boots, const Measure &how, int labs);

/// "40 s", "25 min", "3 h 10 min".
std::string time_text(std::chrono::seconds time);

} // namespace dyield
