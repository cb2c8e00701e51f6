// SPDX-License-Identifier: GPL-2.0
/// @file
/// `dyield bench`: works a plan off on one or more hosts and keeps what they give.
#pragma once
#include "bench/store.hpp"
#include "host/host.hpp"
#include <memory>

namespace dyield {

/// Measures every job of the plan that the store does not hold yet, each host taking the next one. Cells and steps
/// go to stderr as they come. A cell whose boot fails is tried once more; then its error is kept. Throws Error when
/// a host is unfit or the disk is full, Interrupted; what was measured is in the store either way.
void run_bench(const std::vector<Job> &plan, const std::vector<Host *> &hosts, const Measure &how, RunStore &store);

} // namespace dyield
