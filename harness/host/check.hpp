// SPDX-License-Identifier: GPL-2.0
/// @file
/// `dyield check`: can this host measure PAUSE exits, and if not, why and what mends it.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace dyield {

struct Finding {
	std::string what;	///< "PAUSE exits"
	bool ok = false;
	std::string found;	///< what there is
	std::string mend;	///< if not ok: why it matters and the command that mends it
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Finding, what, ok, found, mend)

/// Looks at CPU, KVM, PAUSE exits, kernel, rights, cgroups and the module `ko` (may be empty: not built yet).
/// Changes nothing.
std::vector<Finding> check_host(const std::string &ko);
/// The first finding that is not ok, or nullptr: this host can measure.
const Finding *first_obstacle(const std::vector<Finding> &findings);
/// One line a finding, for people.
std::string describe(const std::vector<Finding> &findings);

} // namespace dyield
