// SPDX-License-Identifier: GPL-2.0
/// @file
/// A recording of who ran where, as a picture.
#pragma once
#include "model/timeline.hpp"
#include <string>

namespace dyield {

/// An SVG element for html_page(), whose style sheet colours it. Above a row a pCPU: who had it, in the colour of the vCPU.
/// Below a row a vCPU: solid while it runs, pale while it would and has no pCPU, empty while it sleeps; a red edge where it
/// was preempted; ticks under it for PAUSE exits; arrows from a spinner to the vCPU that it yielded to or boosted, dashed if
/// the scheduler did not do it. Pointing at something tells what it is.
std::string timeline_chart(const Timeline &timeline);

/// A section of a page: heading, chart and what its signs mean.
std::string timeline_section(const Timeline &timeline, const std::string &heading);

/// A page of its own with nothing else in it. `date` as ISO 8601.
std::string timeline_page(const Timeline &timeline, const std::string &date);

} // namespace dyield
