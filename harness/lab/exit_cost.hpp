// SPDX-License-Identifier: GPL-2.0
/// @file
/// What a PAUSE exit costs, in instructions: from virtual time, so that it is the same on every machine.
#pragma once
#include "lab/emulated_host.hpp"

namespace dyield {

/// One vCPU executed PAUSEs in a row in user mode, its siblings slept, and nobody else wanted a CPU. The quickest of several:
/// what else runs on the host meanwhile only adds.
struct Burst {
	std::string setting;		///< "no-ple", "stock" or a policy of kvm_dyield
	double ns = 0;			///< virtual time it took, but for what the policy slept
	std::int64_t exits = 0;
};

/// The cost of one exit, there and back, with all that KVM and the policy do in between.
struct ExitCost {
	std::string setting;
	std::int64_t exits = 0;
	double instructions = 0;
	double to_stock = 0;		///< instructions over stock's
};

/// Measures bursts in a lab that continues the snapshot of boot 0. Throws Error.
Burst measure_burst(EmulatedHost &host, const std::string &setting, const Host::Progress &progress);

/// The costs of all settings but "no-ple", which together with "stock" must be among the bursts. Throws Error if a setting
/// had no exits.
std::vector<ExitCost> exit_costs(const std::vector<Burst> &bursts, const LabConfig &config);

/// The table of `dyield lab exit-cost`.
std::string exit_cost_table(const std::vector<ExitCost> &costs, const LabImage &image);

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ExitCost, setting, exits, instructions, to_stock)

} // namespace dyield
