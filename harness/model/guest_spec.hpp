// SPDX-License-Identifier: GPL-2.0
/// @file
/// One VM of a scenario and what runs in it.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace dyield {

struct GuestSpec {
	std::string name;		///< in its scenario: "load", "neighbour", "hog-2"
	int vcpus = 4;
	int memory_mib = 256;
	std::string load;		///< what dyield-guest runs in it (see 'dyield-guest list'); empty: it is idle
	nlohmann::json options = nlohmann::json::object();	///< of the load, as dyield-guest's start command takes them

	bool idle() const { return load.empty(); }
	/// How many of its vCPUs want to run: none of an idle guest's, one a loop of `spin` or a job of `build`, all with
	/// any other load.
	int busy_vcpus() const;
	bool operator==(const GuestSpec &) const = default;
};

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(GuestSpec, name, vcpus, memory_mib, load, options)

} // namespace dyield
