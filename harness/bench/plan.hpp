// SPDX-License-Identifier: GPL-2.0
/// @file
/// What `dyield bench` measures, and in which order.
#pragma once
#include "bench/scenario.hpp"
#include <cstdint>
#include <vector>

namespace dyield {

/// One repetition of one cell.
struct Job {
	Cell cell;
	int boot = 0;
};

/// Which part of a scenario; what is empty is as its file says.
struct PlanOptions {
	std::string scenario = "rik";		///< find_scenario()
	int pcpus = 4;				///< that the guests share
	std::vector<std::string> loads;		///< in the place of the file's [each] load
	std::vector<int> clients;		///< in the place of its [each] clients
	std::vector<std::string> overcommit;	///< of its columns these
	std::vector<std::string> layouts, pins, locks, settings;
	int boots = 2;
	bool quick = true;			///< no more values than its [quick] says...
	bool quick_flat = true;			///< ...and flat only where it says so
	std::uint32_t seed = 1;			///< of the order
};

/// All jobs: block after block, a block being one boot of every cell, shuffled within. Throws Error (exit_usage)
/// that names the value and what would be valid, or that nothing is left to measure.
std::vector<Job> make_plan(const PlanOptions &options);

/// The plan's cells, each once, in the order of their first job.
std::vector<Cell> cells_of(const std::vector<Job> &plan);

/// What runs in each guest, for people: a line for each series and overcommit.
std::string describe_plan(const std::vector<Job> &plan);

} // namespace dyield
