// SPDX-License-Identifier: GPL-2.0
/// @file
/// `dyield check`: can this host measure PAUSE exits, and if not, why and what mends it.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace dyield {

/// One thing that was looked at.
struct Finding {
	std::string what;	///< "PAUSE exits"
	bool ok = false;
	bool needed = true;	///< if not ok: without it this host cannot measure; else it is only worth knowing
	std::string found;	///< what there is
	std::string why;	///< why it matters
	std::string mend;	///< the command, or whatever else, that mends it
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Finding, what, ok, needed, found, why, mend)

/// Where the facts come from: this machine, or what a test makes of one.
struct HostView {
	std::string root;		///< what stands before /proc, /sys, /dev, /run, /boot, /lib and /usr; empty: nothing
	std::string release;		///< of the running kernel
	bool is_root = false;
	unsigned pcpus = 0;
	std::uint64_t cache_free_mib = 0;	///< where the emulated host's cache is or would be

	/// This machine.
	static HostView here();
};

/// Looks at CPU, KVM, PAUSE exits, kernel, rights, cgroups, memory, programs and the module `ko` (empty: where `make install`
/// puts it). The first two are PAUSE exits and KVM. Changes nothing.
std::vector<Finding> check_host(const std::string &ko, const HostView &view = HostView::here());
/// The first finding without which this host cannot measure, or nullptr: it can.
const Finding *first_obstacle(const std::vector<Finding> &findings);
/// Throws Error (exit_unfit) with the first obstacle and what mends it, if there is one.
void require_fit(const std::vector<Finding> &findings);
/// One line a finding, for people; one more of why it matters and how to mend it where it is not ok.
std::string describe(const std::vector<Finding> &findings, bool colour);
/// What `dyield bench` will do here, in one line.
std::string verdict(const std::vector<Finding> &findings);

} // namespace dyield
