// SPDX-License-Identifier: GPL-2.0
/// @file
/// What medians hide, as curves: the tail of the latencies, and how the throughput moved.
#pragma once
#include "report/blocks.hpp"
#include <string>
#include <vector>

namespace dyield {

struct Picture {
	std::string heading;	///< text: the overcommit
	std::string svg;	///< for html_page(), whose style sheet colours it
};

/// One picture an overcommit of the block: latency in us upwards on a logarithmic axis, the same in all of them, over the
/// percentile, each nine as wide as the one before (Gil Tene's form). A curve a setting, of the messages of all its boots
/// together, up to the slowest. None where no cell has latencies.
std::vector<Picture> latency_pictures(const Block &block);

/// One picture an overcommit: messages/s from 0 upwards over the number of the window. A line a boot, in the colour of its
/// setting; windows left out as warm-up are gaps. None where no boot has two windows.
std::vector<Picture> throughput_pictures(const Block &block);

} // namespace dyield
