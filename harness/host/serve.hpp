// SPDX-License-Identifier: GPL-2.0
/// @file
/// `dyield serve`: a LocalHost that takes its orders over a line. The emulated host runs it inside; the
/// program outside drives it (lab/emulated_host.hpp); so does remote_host.hpp over ssh.
#pragma once
#include "host/local_host.hpp"
#include "util/error.hpp"

namespace dyield {

/// Answers until {"op":"end"}: {"op":"bring-up","setup":Setup,"boot":N} → guests idle and frozen, {"event":"frozen"};
/// {"op":"measure","cell":Cell,"how":Measure} → thaws, measures, {"event":"run","run":Run}. What it is about meanwhile
/// comes as {"event":"progress","step":...}; what fails as {"event":"error","message":...}.
void serve(JsonLine &line, const LocalHostConfig &config);

/// Whoever serves says that it could not do what it was told; the line itself is well.
struct OrderFailed : Error {
	using Error::Error;
};
/// The other end of the line: gives one of these orders and waits for the event that answers it. Throws OrderFailed, Error (the
/// line, or no answer within `limit`), Interrupted.
nlohmann::json send_order(JsonLine &line, const nlohmann::json &order, const std::string &event, milliseconds limit, const Host::Progress &progress);

} // namespace dyield
