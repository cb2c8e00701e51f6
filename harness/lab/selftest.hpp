// SPDX-License-Identifier: GPL-2.0
/// @file
/// Does the emulated host behave as the one it was proven with? And what do its figures stand for?
#pragma once
#include "lab/emulated_host.hpp"

namespace dyield {

/// Continues a snapshot (both nested guests booted) and takes figures: selftest_figures() and, in "plugin", what the
/// pause filter says of the same time. Throws Error.
nlohmann::json lab_figures(EmulatedHost &host, bool ple, const Host::Progress &progress);

/// What is wrong in figures taken with PAUSE exits on, one line; empty: nothing. Checked: PAUSE exits come at the
/// window that was set, on each pCPU, and grow rarer where KVM lets it grow; and no interrupt is taken that was not injected (within 2 %).
std::string judge(const nlohmann::json &figures, const LabConfig &config);

/// The table of `dyield lab calibrate`: instructions a slice, exit cost / slice, window / slice and work a message, beside
/// a real machine's typical values with their sources. `with`, `without`: figures with PAUSE exits on and off;
/// `msgs_per_s`: ipc at 1x, no PLE.
std::string calibration(const nlohmann::json &with, const nlohmann::json &without, double msgs_per_s, const LabConfig &config);

} // namespace dyield
