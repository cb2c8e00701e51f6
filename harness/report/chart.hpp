// SPDX-License-Identifier: GPL-2.0
/// @file
/// Rik's table as bars.
#pragma once
#include "report/blocks.hpp"
#include "report/picture.hpp"
#include <string>

namespace dyield {

inline constexpr double bar_chart_width = 480;	///< in SVG units, see Frame

/// One block as an SVG element for html_page(), whose style sheet colours it: a group of bars an overcommit, a
/// bar a setting, messages/s upwards from 0, whiskers from lo to hi. An inconclusive cell is a dashed frame
/// with a question mark, one to come is a gap with "…"; pointing at a bar tells its name and figures.
/// Charts that stand side by side can share an axis, which reaches at least `highest`, and colours.
std::string bar_chart(const Block &block, double highest = 0, const Palette *colours = nullptr);

/// How high the bars and whiskers of a block reach, messages/s.
double highest_bar(const Block &block);

} // namespace dyield
