// SPDX-License-Identifier: GPL-2.0
/// @file
/// Steal time: how long the host let this machine's vCPUs wait that wanted to run, as the kernel accounts for it.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace dyield::guest {

/// Since the kernel has booted, of the CPUs that are online; in steps of the kernel's tick, mostly 10 ms.
struct StealReading {
	std::int64_t at_ns = 0;				///< CLOCK_MONOTONIC
	std::map<int, std::int64_t> cpu_ns;		///< by the CPU's number
};

/// The steal times in a text of /proc/stat's form.  @param tick_ns  what the text counts in
std::map<int, std::int64_t> steal_of(const std::string &proc_stat, std::int64_t tick_ns);

/// That of /proc/stat now; nothing if the kernel does not know: no KVM, or one that does not tell, or no-steal-acc on
/// the kernel's command line.  A kernel that has counted any knows.
std::optional<StealReading> read_steal();

} // namespace dyield::guest
