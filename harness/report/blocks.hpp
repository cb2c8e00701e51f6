// SPDX-License-Identifier: GPL-2.0
/// @file
/// What the tables say, before it is known how they look: the terminal's, Markdown's and HTML's tables are all
/// drawn from these, so that they never differ.
#pragma once
#include "report/summary.hpp"
#include <span>
#include <string>
#include <vector>

namespace dyield {

/// What a field wants to be noticed for.
enum class Mark {
	plain,
	faint,		///< still to come
	warning,	///< inconclusive
	better, worse,	///< than stock at the same place, as compare_with_baseline() judges
};

struct Field {
	std::string text;
	Mark mark = Mark::plain;
};

/// A table; every row is as long as head.
struct Grid {
	std::vector<std::string> head;
	std::vector<std::vector<Field>> rows;
};

/// A column of Rik's table: overcommit_ratio() and name.
using Column = std::pair<double, std::string>;
Column column_of(const Cell &cell);

/// All cells of one scenario and series, lock kind, kind of pins and layout.
struct Block {
	/// "ipc, 8 clients, vcpu-cgroups", if so with ", one-to-one pins", ", PV spinlocks", ", emulated", and before it
	/// "pv: " where the scenario is not rik
	std::string heading;
	Grid rik;				///< Rik's form: a row a setting, a column an overcommit, messages/s
	/// The form of seed 002 where the first guest compiles: a row an overcommit, how long 1000 compilations take under each
	/// setting, average and standard deviation over boots, and how much less than with stock that is. Else no rows.
	Grid times;
	Grid detail;				///< a row a cell, a column a figure
	Grid guests;				///< a row a busy guest of a cell; no rows where no cell has a busy neighbour
	std::vector<std::string> notes;		///< reasons of inconclusive cells and of boots left out; what medians hide
	std::span<const CellSummary> cells;	///< borrowed from the Summary
};

/// Block::heading of the block that a cell is in.
std::string block_heading(const Cell &cell, bool emulated);

/// They are in one block.
bool same_block(const Cell &a, const Cell &b);

/// The text of all tables: "Messages per second, emulated host", or without the latter; "Throughput" where some loads
/// have no messages.
std::string report_title(const Summary &summary);

/// The line under the tables: context "how" as it stands in the results, else how_line().
std::string report_how(const Summary &summary);

/// One block for each scenario, series, lock kind, kind of pins and layout. Cells of a block that were not tried yet, planned
/// or only missing between others, are "…". The blocks borrow from `summary`, which must outlive them.
std::vector<Block> make_blocks(const Summary &summary);

/// "no PLE", "stock PLE", "kvm_dyield directed".
std::string setting_label(const Cell &cell);

/// What the first guest's figure counts in a second: "messages/s", "compilations/s" ...
std::string rate_unit(const Cell &cell);

/// A time in ms for people, without the unit.
std::string ms_text(double ns);

/// A figure for people: whole from 100 on, else three digits.
std::string figure_text(double per_s);

/// The median and, from two boots on, its interval: "9912 [8310–10240]"; "inconclusive" or "…" in its place.
Field rate_field(const CellSummary &cell);

} // namespace dyield
