// SPDX-License-Identifier: GPL-2.0
/// @file
/// Who starts the guests, and starting one.
#pragma once
#include "host/guest.hpp"
#include <memory>

namespace dyield {

/// Makes Guests::automatic one of the others: libvirt where a daemon with KVM answers at config.connect and `libvirts_layout`
/// says that all cells are measured in the cgroups that libvirt makes (it lets none else), else direct.
/// @return why, in a line. Throws Error (exit_unfit) where libvirt is asked for and there is none, (exit_usage) where it
/// is asked for together with another layout.
std::string choose_guests(GuestConfig &config, bool libvirts_layout);

/// Throws Error (exit_usage) unless all cells are measured in the cgroups that libvirt makes.
void require_libvirts_layout(bool libvirts_layout);

/// Boots a guest as config.guests says (automatic: nobody has chosen, so direct) and waits until it is ready and idle; its console goes to
/// <folder>/<name>.console. Throws Error (with the console's last line if it died), Interrupted.
std::unique_ptr<Guest> start_guest(const std::string &name, const GuestConfig &config, const std::string &folder);

} // namespace dyield
