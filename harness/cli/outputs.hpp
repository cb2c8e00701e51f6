// SPDX-License-Identifier: GPL-2.0
/// @file
/// The files that a bench leaves, and its table.
#pragma once
#include "report/summary.hpp"
#include <string>

namespace dyield::cli {

/// The time in UTC as ISO 8601.
std::string now_text();
/// Writes folder/latest.json, and from it alone latest.html, latest.svg and latest.md. Throws on a full disk.
void write_outputs(const std::string &folder, const Summary &summary);
/// A results file that is an argument, to be `done` ("compared"). One that cannot be is a bad argument: throws Error (exit_usage)
/// that names it, as exit status 1 is for what its figures say.
Summary read_argument(const std::string &results_file, const std::string &done);
/// The terminal table of a results file, on stdout; colours on a terminal unless NO_COLOR is set. Throws Error.
void print_table(const std::string &results_file);

} // namespace dyield::cli
