// SPDX-License-Identifier: GPL-2.0
/// @file
/// The results as one picture.
#pragma once
#include "report/summary.hpp"
#include <string>

namespace dyield {

/// A whole SVG file that needs nothing else, light or dark as its reader's system is, on a ground of its own: the title with
/// "emulated" if it was, bar_chart() of every block under its heading, and what the whiskers are.
std::string svg_page(const Summary &summary);

} // namespace dyield
