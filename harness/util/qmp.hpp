// SPDX-License-Identifier: GPL-2.0
/// @file
/// QEMU's machine protocol.
#pragma once
#include "util/json_line.hpp"

namespace dyield::qmp {

/// Reads the greeting and leaves negotiation. @return the greeting. Throws Error.
nlohmann::json greet(JsonLine &line);
/// Executes a command; events that come meanwhile are passed over. `limit` is how long QEMU may be silent.
/// @return its "return". Throws Error with QEMU's description.
nlohmann::json execute(JsonLine &line, const std::string &command, const nlohmann::json &arguments = nlohmann::json::object(),
		       milliseconds limit = milliseconds(60000));

} // namespace dyield::qmp
