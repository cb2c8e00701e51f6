// SPDX-License-Identifier: GPL-2.0
/// @file
/// The results for people: the terminal's table, the same in Markdown, one line while a bench runs.
#pragma once
#include "report/summary.hpp"
#include <string>

namespace dyield {

struct Grid;
struct SideBySide;

/// One table for a terminal. Its first `left` columns are set to the left, the others, figures, to the right.
/// `colour` asks for ANSI colours.
std::string terminal_grid(const Grid &grid, std::size_t left, bool colour);

/// The tables for a terminal, at most 120 columns wide: for each scenario, load and layout Rik's table
/// (seed 001), then a line a cell with all figures, a line a guest where neighbours are busy, then the reasons of what is inconclusive; at the end,
/// wrapped, how it was measured. The heading says "emulated" if it was. `colour` asks for ANSI colours:
/// green or red where compare_with_baseline() finds it better or worse than stock at the same place.
std::string terminal_table(const Summary &summary, bool colour);

/// The same as GitHub's Markdown.
std::string markdown_table(const Summary &summary);

/// Several campaigns: on what they differ, a table a place with a column a campaign, how each was measured. For a terminal, as
/// wide as the names make it, and as GitHub's Markdown.
std::string terminal_table(const SideBySide &campaigns, bool colour);
std::string markdown_table(const SideBySide &campaigns);

/// One line, without a newline, for when a boot or a cell is done: name, messages/s with interval, ratios,
/// share, exits, boots; or why it is inconclusive.
std::string format_cell_line(const CellSummary &cell, bool colour = false);

} // namespace dyield
