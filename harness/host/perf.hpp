// SPDX-License-Identifier: GPL-2.0
/// @file
/// What perf(1) counts of guests while they run.
#pragma once
#include "util/interrupt.hpp"
#include <nlohmann/json.hpp>
#include <sys/types.h>
#include <vector>

namespace dyield {

/// Has `perf stat` and `perf kvm stat` watch these processes for `length`. @return an object: length_ns;
/// counters (of perf stat, by their names: all processes together over that time); exits (the table of perf kvm stat: VM exits
/// by reason); missing (an array of lines: what this host or its perf cannot count, and why). What is missing is no error.
/// Throws Interrupted, Error (no temporary folder can be made).
nlohmann::json watch_with_perf(const std::vector<pid_t> &processes, milliseconds length);

} // namespace dyield
