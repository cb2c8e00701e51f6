// SPDX-License-Identifier: GPL-2.0
/// @file
/// Two guests at work on a KVM host, and what must hold while the module is loaded, switched and unloaded under them.
#pragma once
#include "host/local_host.hpp"
#include <string>

namespace dyield::at_work {

/// Rik's two guests, with PAUSE exits and paravirtual locks.
Setup two_guests();
/// The load's guest passes messages (ipc, 8 clients), the neighbour runs 4 endless loops. Throws Error.
void start_both(LocalHost &host);
/// Starts whichever of the two does nothing: it was booted anew.
void start_idle(LocalHost &host);
/// Ends both; throws Error unless every message that was sent was received.
void stop_both(LocalHost &host);
/// Lets both guests go on for 3 s. Throws Error unless both counts grew, if need be within a minute.
void both_count(LocalHost &host);
/// KVM's name of a guest's VM (pid-fd). Throws Error.
std::string vm_of(Guest &guest);

/// The kernel's log since boot, its newest MiB.
std::string kernel_log();
/// Throws Error with the first line of the kernel's log that tells of a fault: BUG, WARNING, Oops, stalls, reports of
/// lockdep, KASAN or kmemleak.
void clean_log();
/// For the one who has to find out why a test failed, as KTAP comments: what the guests' consoles and QEMUs said last
/// (their logs are in `folder`), and the kernel of processes that died by a fault.
void show_why(const std::string &folder);
/// The same for a test that does not end, and where each thread and each pCPU stands.
void show_stuck(const std::string &folder);

} // namespace dyield::at_work
