// SPDX-License-Identifier: GPL-2.0
/// @file
/// A scenario: which guests and loads are measured, beside what, placed how. docs/scenarios.md describes its file.
#pragma once
#include "model/cell.hpp"

namespace dyield {

/// What the first guest runs in turn: "load", or an option of its load, and the values.
struct Each {
	std::string key;
	std::vector<nlohmann::json> values;
};

/// A column of the table: how busy the host is.
struct Overcommit {
	std::string name;		///< empty: overcommit_name()
	std::vector<GuestSpec> guests;
};

struct Scenario {
	std::string name;
	std::vector<Each> each;			///< "load" first, then by name
	std::vector<Overcommit> overcommit;	///< at least one; all with the same guests in the same order
	std::vector<Layout> layouts{Layout::vcpu_cgroups, Layout::flat};
	std::vector<Pins> pins{Pins::set};
	std::vector<Locks> locks{Locks::native};
	std::vector<std::string> settings{"no-ple", "stock", "adaptive"};
	/// The short run: these values only, and flat only at these overcommits (empty: at all).
	std::vector<Each> quick;
	std::vector<std::string> quick_flat;
};

/// Reads a scenario's file; numbers that it gives as "1x", "0.5x" become so many times `pcpus`. Throws Error (exit_usage)
/// with file, line, key and what would be valid.
Scenario read_scenario(const std::string &path, int pcpus);

/// The file of a scenario: a path as it is if it has a '/' or ends in .toml; else `name`.toml in $DYIELD_SCENARIOS, or in
/// scenarios/ or share/dyield/scenarios/ of a folder above this program. Throws Error (exit_usage) that names what there is.
std::string find_scenario(const std::string &name_or_path);

/// What dyield-guest can run.
const std::vector<std::string> &all_loads();

/// The names of kvm_dyield's policies, as kmod/core/policies.def has them.
std::vector<std::string> all_policies();

/// The value of a name. Each throws Error (exit_usage) that says what would be valid.
Layout layout_named(const std::string &name);
Pins pins_named(const std::string &name);
Locks locks_named(const std::string &name);
/// "no-ple", "stock", a policy, "stock-policy": the module's own stock, "patched" or "patched-POLICY": a kernel with patches/,
/// "POLICY-ignoring-WORD": a policy that is kept from knowing one thing, of kmod/core/ignore.def.
/// @return setting and policy.
std::pair<Setting, std::string> setting_named(const std::string &name);
void check_load(const std::string &name);
/// Checks what can be known here of a guest's load and its options; the rest dyield-guest checks when it starts the load.
void check_guest(const GuestSpec &guest);

} // namespace dyield
