// SPDX-License-Identifier: GPL-2.0
/// @file
/// The results for spreadsheets and scripts.
#pragma once
#include "report/side_by_side.hpp"
#include <string>

namespace dyield {

/// The results as CSV (RFC 4180, but with \n): a head, then a row a cell that was tried. The columns are called as in the
/// results file (results_json()), with what the cell is in front and why it is inconclusive at the end; units are in the names,
/// shares are 0..1. A figure that is unknown is an empty field.
std::string csv_table(const Summary &summary);

/// The same of several campaigns, with a column "run" in front: Campaign::name.
std::string csv_table(std::span<const Campaign> campaigns);

} // namespace dyield
