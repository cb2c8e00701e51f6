// SPDX-License-Identifier: GPL-2.0
/// @file
/// Ctrl-C and SIGTERM: every wait of the harness goes through here, so that it ends and unwinds.
#pragma once
#include <chrono>
#include <poll.h>

namespace dyield {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Makes SIGINT, SIGTERM and SIGHUP wake the waits below. Call once, before any thread.
void catch_interrupts();
/// Wakes the waits below as a signal would (a worker failed: the others should end).
void raise_interrupt() noexcept;
/// True once interrupted.
bool interrupted() noexcept;
/// Throws Interrupted once interrupted.
void check_interrupted();
/// Sleeps; throws Interrupted.
void pause_for(milliseconds t);
/// Waits until `fd` is readable or `until` has come. @return readable. Throws Interrupted.
bool wait_readable(int fd, Clock::time_point until);

} // namespace dyield
