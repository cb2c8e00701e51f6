// SPDX-License-Identifier: GPL-2.0
/// @file
/// Which CPUs a thread may run on, as lists of their numbers.
#pragma once
#include <string>
#include <sys/types.h>
#include <vector>

namespace dyield {

constexpr pid_t this_thread = 0;

/// The CPUs that `thread` may run on, ascending. Throws Error where it is gone, which calls it `who`: "thread 12" if that is empty.
std::vector<int> cpus_of(pid_t thread, const std::string &who = {});

/// Has `thread` run on `cpus` only. Throws Error where it is gone, or may run on none of them, likewise.
void run_on(pid_t thread, const std::vector<int> &cpus, const std::string &who = {});

} // namespace dyield
