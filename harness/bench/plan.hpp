// SPDX-License-Identifier: GPL-2.0
/// @file
/// What `dyield bench` measures, and in which order.
#pragma once
#include "model/cell.hpp"
#include <cstdint>
#include <vector>

namespace dyield {

/// One repetition of one cell.
struct Job {
	Cell cell;
	int boot = 0;
};

/// The dimensions of Rik van Riel's table (seed 001).
struct PlanOptions {
	std::vector<std::string> loads{"amqp", "ipc"};
	std::vector<int> clients{8};
	std::vector<std::string> overcommit{"1x", "1.5x", "2x"};
	std::vector<std::string> layouts{"vcpu-cgroups", "flat"};
	std::vector<std::string> settings{"no-ple", "stock", "directed"};	///< anything else is a policy's name
	std::vector<std::string> locks{"native"};		///< of the guests: "native", "pv"
	int boots = 2;
	bool flat_at_2x_only = true;	///< the short run: flat is where it gets interesting only under full overcommit
	std::uint32_t seed = 1;		///< of the order
};

/// The names of kvm_dyield's policies, as kmod/core/policies.def has them.
std::vector<std::string> all_policies();

/// All jobs: block after block, a block being one boot of every cell, shuffled within. Throws Error (exit_usage)
/// that names the value and what would be valid.
std::vector<Job> make_plan(const PlanOptions &options);

} // namespace dyield
