// SPDX-License-Identifier: GPL-2.0
/// @file
/// Rik's table as bars.
#pragma once
#include "report/blocks.hpp"
#include <string>

namespace dyield {

/// One block as an SVG element for html_page(), whose style sheet colours it: a group of bars an overcommit, a
/// bar a setting, messages/s upwards from 0, whiskers from lo to hi. An inconclusive cell is a dashed frame
/// with a question mark, one to come is a gap with "…"; pointing at a bar tells its name and figures.
std::string bar_chart(const Block &block);

} // namespace dyield
