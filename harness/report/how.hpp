// SPDX-License-Identifier: GPL-2.0
/// @file
/// The line under every table: how the figures came about.
#pragma once
#include "report/summary.hpp"
#include <string>

namespace dyield {

/// Whether any of the figures come from the emulated host (context key "emulated"): every heading must then
/// say so.
bool is_emulated(const nlohmann::json &context);

/// One line, without a newline, on how `summary` was measured. It knows these keys of Run::context, all
/// optional: emulated (bool; emulated time is virtual time), qemu, kernel, guest_kernel, cpu, guests (who started
/// them), guest_lock, pins (texts), filter_window and filter_window_max (PAUSEs or cycles; 0, off, is left out), dilation (factor), base_slice_ns,
/// ns_per_instruction, turn_instructions, boots_shared_by and ratios (texts put in as they are). A key on which runs differ shows
/// all its values. From the figures come the layouts, the number of boots and windows, and what the interval is.
std::string how_line(const Summary &summary);

} // namespace dyield
