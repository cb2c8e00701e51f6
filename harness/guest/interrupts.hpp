// SPDX-License-Identifier: GPL-2.0
/// @file
/// How many interrupts this machine has taken.
#pragma once
#include <cstdint>
#include <string>

namespace dyield::guest {

/// Sum over all CPUs of the interrupts in a text of /proc/interrupts' form: devices, local timer, IPIs, hypervisor
/// callbacks; not NMIs and not what is no interrupt (machine check polls, errors).
std::uint64_t count_interrupts(const std::string &proc_interrupts);

/// That of /proc/interrupts now.  @throws std::runtime_error when it cannot be read
std::uint64_t interrupts_taken();

} // namespace dyield::guest
