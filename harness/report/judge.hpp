// SPDX-License-Identifier: GPL-2.0
/// @file
/// Which setting is right where: what each makes of all places together, and the bars that one policy is held to.
/// A place is all of a cell but its setting (Cell::place()) and, where results are from several, the host's kernel.
#pragma once
#include "report/summary.hpp"
#include <span>
#include <string>
#include <vector>

namespace dyield {

/// What one setting makes of all places at which it was measured. Means of ratios are geometric. A figure without a value is
/// unknown: nothing was measured to compare with.
struct Standing {
	std::string setting;			///< Cell::setting_name()
	std::size_t places = 0;			///< at which it has a figure
	std::size_t inconclusive = 0;		///< at which it has none
	std::optional<double> to_stock;		///< throughput over stock's, mean
	std::optional<double> to_no_ple;	///< throughput over that of no PLE, mean
	std::optional<double> to_best;		///< throughput over the best of any setting, mean
	std::optional<double> to_fair;		///< throughput over the best of those that take nothing from a neighbour there, mean
	std::optional<double> worst;		///< the least of to_best
	std::string worst_place;		///< and where that is
	std::optional<double> own_share;	///< least CPU share of the first guest over what it wants
	std::optional<double> neighbour_share;	///< least CPU share of any busy neighbour over what it wants
	std::optional<double> p99_to_stock;	///< 99th percentile of message latency over stock's, mean
	std::optional<double> collapsed;	///< share (0..1) of windows collapsed (CellSummary::collapsed), mean
};

/// One bar.
struct Bar {
	std::string what;		///< "at 1x and with PV spinlocks: throughput over stock's"
	double limit = 0;		///< the figure has to be this,
	bool at_most = false;		///< or less; else or more
	std::optional<double> figure;	///< the worst of all places; none if no place could tell
	std::string where;		///< the place of that
	std::optional<double> middle;	///< the median of all places
	std::size_t places = 0;		///< how many could tell
	/// What was not measured does not meet a bar.
	bool met() const { return figure && (at_most ? *figure <= limit : *figure >= limit); }
};

/// All of it.
struct Judgement {
	std::string policy;		///< that the bars are for
	std::vector<Standing> standings;///< the best mean (Standing::to_best) first
	std::vector<Bar> bars;
	bool met() const;		///< all bars
};

/// Judges `policy` by the cells of several results; they must not have a cell of one name in two of them on one kernel
/// (std::invalid_argument).
///
/// A share counts as lost only where the guest wants it: each is held to its fair share or, where that is less, to what it takes
/// with no PAUSE exits, when nobody yields.
Judgement judge(std::span<const Summary> results, const std::string &policy);

/// One screen: a line a setting, a line a bar ending in "met" or "missed". `colour` asks for ANSI colours.
std::string judgement_table(const Judgement &judgement, bool colour);

/// The same for scripts: policy, met, standings, bars (with their fields' names; unknown is null).
nlohmann::json judgement_json(const Judgement &judgement);

} // namespace dyield
