// SPDX-License-Identifier: GPL-2.0
/// @file
/// Serves the protocol on a port, in the thread that calls.
#pragma once
#include <string>

namespace dyield::guest {

/// Says "ready", then executes commands until poweroff or the port's end.
/// @param port            a tty's path or "stdio"
/// @param allow_poweroff  whether poweroff may switch the machine off; it must also be a virtual machine, with
///                        this program a child of its init.  Otherwise poweroff ends the program.
/// @return the exit status  @throws std::exception when the port does not work
int serve(const std::string &port, bool allow_poweroff);

} // namespace dyield::guest
