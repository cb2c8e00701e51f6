// SPDX-License-Identifier: GPL-2.0
/// @file
/// Several campaigns in one report. It shows, and does not judge: that is compare_results().
#pragma once
#include "report/blocks.hpp"
#include <string>
#include <utility>
#include <vector>

namespace dyield {

/// One results file under the name that a report has for it.
struct Campaign {
	std::string name;
	Summary summary;
};

struct SideBySide {
	/// What a Block is of one campaign: all cells of one scenario, series, lock kind, kind of pins and layout.
	struct Place {
		std::vector<Cell> cells;		///< those that any campaign has, in table_order()
		std::string heading;			///< block_heading(); "emulated" is in it if all campaigns are
		Grid rates;				///< a row a cell, a column a campaign: rate_field(); "–" where it lacks the cell
		Grid p99;				///< the same of the latency's p99, ms; no rows where none has any
		std::vector<std::string> notes;		///< Block::notes of each, with its name in front
		std::vector<std::pair<std::string, Block>> blocks;	///< of the campaigns that have it, named as over the columns
	};

	std::string title;				///< says whether all, or some, are emulated
	std::vector<std::pair<std::string, std::string>> how;	///< the name of each, as over its column; its date and report_how()
	/// On what the campaigns differ, a line each: "kernel: 6.12.107 in before, 7.2.12 in after". And cells
	/// of one name whose guests are others.
	std::vector<std::string> differences;
	std::vector<Place> places;			///< borrow from the campaigns, which must outlive them
};

/// Puts campaigns of different names beside each other, in their order.
SideBySide side_by_side(std::span<const Campaign> campaigns);

} // namespace dyield
