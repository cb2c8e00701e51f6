// SPDX-License-Identifier: GPL-2.0
/// @file
/// The loopback interface, which nothing has brought up in a guest without an init system.
#pragma once

namespace dyield::guest {

/// Brings lo up if it is down; the kernel then gives it 127.0.0.1.  @throws std::system_error
void bring_up_loopback();

} // namespace dyield::guest
