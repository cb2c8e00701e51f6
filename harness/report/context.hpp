// SPDX-License-Identifier: GPL-2.0
/// @file
/// Where cells were measured, as far as it matters when results are put beside each other.
#pragma once
#include "report/summary.hpp"
#include <set>
#include <string>

namespace dyield {

/// The value that holds for this cell of `summary`: its own where the campaign's cells differ; null if it is not known.
nlohmann::json context_value(const Summary &summary, const CellSummary &cell, const std::string &key);

/// The keys of a campaign's context, less those of Google Benchmark's own and those that tell only when and what was measured.
std::set<std::string> context_keys(const Summary &summary);

/// A value for people.
std::string context_text(const nlohmann::json &value);

} // namespace dyield
