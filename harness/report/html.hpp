// SPDX-License-Identifier: GPL-2.0
/// @file
/// The results as a web page.
#pragma once
#include "report/side_by_side.hpp"
#include <string>
#include <string_view>

namespace dyield {

/// A whole page in one file, no scripts, nothing loaded from elsewhere, light or dark as the reader's system
/// is: for each scenario, load and layout a bar chart (bar_chart()), the tables of
/// terminal_table(), latency_pictures() and throughput_pictures(), then what was recorded of who ran where (timeline_section()) and counted by perf; at the end how it was measured. The page is page.html, its pictures' colours picture.css.
std::string html_page(const Summary &summary);

/// Several campaigns on one such page: on what they differ, then for each place their bar charts on one axis, a table with a
/// column a campaign, their latencies and their throughput over time on one axis each, and what was recorded of who ran where and counted by perf;
/// at the end how each was measured.
std::string html_page(const SideBySide &campaigns);

/// The page around what stands on it: `blocks` and `how` are HTML, the others text.
std::string html_shell(const std::string &title, const std::string &date, const std::string &blocks, const std::string &how);

/// `text` with HTML's special characters escaped, fit for text and for quoted attributes.
std::string html_escaped(std::string_view text);

} // namespace dyield
