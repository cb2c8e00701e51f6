// SPDX-License-Identifier: GPL-2.0
/// @file
/// The results file: Google Benchmark's JSON, so that its tools/compare.py reads it, with enough in it that
/// every report can be made from this file alone.
#pragma once
#include "report/summary.hpp"
#include <filesystem>
#include <string_view>

namespace dyield {

/// The results as JSON, shape {"context": {...}, "benchmarks": [...]}.
///
/// "context": Summary::context, Google Benchmark's own keys where that does not have them already, `date`
/// (ISO 8601), "how" (how_line()) and, while cells are to come, "to_come" (array of Cell).
///
/// "benchmarks": of each tried cell in Google Benchmark's keys first one iteration a good boot, named Cell::name(), with
/// real_time in ns for each delivered message (1e9 / the median of its windows; if not even that window delivered one, the
/// measured time, as a lower bound), cpu_time (the guest's CPU ns for each message) and iterations (messages). Then the
/// cell itself (is_cell()): an aggregate named ..._median of the same times over the boots, with every figure of CellSummary
/// under its own name, left out when unknown, with failed_boots, failures, interval_kind ("range" or "bootstrap"), windows
/// (messages/s of all windows), boots (the same, an array a boot), warmup_windows, boots_p99_ns, boots_cpu_ns and boots_messages
/// (a number a boot), latency_histogram (array of [upper end in ns, count], all boots together), outliers (places in boots),
/// metastable (two_modes() of the windows, left out if they are not), guests (an object a guest: GuestSummary) and cell. An
/// inconclusive cell has no iterations but Google Benchmark's form of a failed one: error_occurred, error_message
/// "inconclusive: ...", and times of 0.
nlohmann::json results_json(const Summary &summary, std::string_view date);

/// Whether an element of "benchmarks" sums up a cell, and is not one of its boots.
bool is_cell(const nlohmann::json &row);

/// The reverse of results_json(). Throws std::runtime_error if `results` is not of that shape.
Summary summary_from_json(const nlohmann::json &results);

/// Writes results atomically, see write_atomically(). Throws std::system_error, e.g. on a full disk.
void write_results(const std::filesystem::path &path, const nlohmann::json &results);

/// Reads a results file; the JSON's shape is checked by summary_from_json(). Throws std::runtime_error
/// naming the file if it cannot be read or is not JSON.
nlohmann::json read_results(const std::filesystem::path &path);

NLOHMANN_JSON_SERIALIZE_ENUM(IntervalKind, {{IntervalKind::range, "range"}, {IntervalKind::bootstrap, "bootstrap"}})

} // namespace dyield
