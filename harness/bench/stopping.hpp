// SPDX-License-Identifier: GPL-2.0
/// @file
/// When a bench has measured enough: `--until ci=3%` and `--budget 30m`.
#pragma once
#include "model/run.hpp"
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace dyield {

/// What a bench is to reach, and what it may cost.
struct StopRules {
	std::optional<double> ci = {};	///< half of the interval of a cell's median over that median, 0..1, that is narrow enough
	std::optional<std::chrono::seconds> budget = {};	///< for the whole bench
	int least_boots = 3;		///< of each cell: fewer have no interval, only a range
	int most_boots = 20;		///< of each cell: some intervals never narrow, a metastable cell's above all
};

/// What has been measured of a cell.
struct CellProgress {
	std::vector<double> boots;	///< one figure each good boot: the median of its windows
	int tried = 0;			///< boots, failed ones too
};

/// What this bench has cost since it was started; a resumed one counts anew.
struct Spent {
	std::chrono::duration<double> time{0};
	std::size_t boots = 0;
};

/// What the runs so far say of each of `cells`, in their order.
std::vector<CellProgress> progress_of(std::span<const Cell> cells, std::span<const Run> runs);

/// The share that `--until` names: "ci=3%" gives 0.03. Throws Error (exit_usage) if it is anything else, or not above 0 and
/// at most 100 %.
double parse_until(const std::string &rule);

/// Whether a cell needs no more boots: it has most_boots; or at least least_boots, of which not one was good or whose
/// interval_of_median() is as narrow as `ci` asks.
bool finished(const CellProgress &cell, const StopRules &rules);

/// The next block: one boot of every unfinished cell (its place in `cells`), shuffled, so that whatever changes with time
/// hits all cells alike. Empty when all are finished, or when a whole block, at the pace so far, would end after the budget.
/// The first block is always begun.
std::vector<std::size_t> next_block(std::span<const CellProgress> cells, const StopRules &rules, const Spent &spent, std::mt19937 &random);

} // namespace dyield
