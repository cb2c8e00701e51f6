// SPDX-License-Identifier: GPL-2.0
/// @file
/// What medians hide, as curves: the tail of the latencies, and how the throughput moved.
#pragma once
#include "report/blocks.hpp"
#include "report/picture.hpp"
#include <optional>
#include <string>
#include <vector>

namespace dyield {

struct Picture {
	Column column;
	std::string heading;	///< text: "2x overcommit"
	std::string svg;	///< for html_page(), whose style sheet colours it
};

/// The powers of ten of us from one to the other of which an axis of latencies reaches.
struct Decades {
	int low = 0, high = 0;
	/// Those that all latencies of some cells lie in; nothing if they have none.
	static std::optional<Decades> of(std::span<const CellSummary> cells);
	Decades with(const Decades &other) const;
};

/// One picture an overcommit of the block: latency in us upwards on a logarithmic axis, the same in all of them, over the
/// percentile, each nine as wide as the one before (Gil Tene's form). A curve a setting, of the latencies of all its boots
/// together, up to the slowest. None where no cell has latencies.
/// Those that stand side by side can share an axis and colours.
std::vector<Picture> latency_pictures(const Block &block, std::optional<Decades> axis = {}, const Palette *colours = nullptr);

/// One picture an overcommit: messages/s from 0 upwards over the number of the window. A line a boot, in the colour of its
/// setting; windows left out as warm-up are gaps. None where no boot has two windows. Those that stand side by side can share how
/// high (messages/s) their axis at least reaches, and colours.
std::vector<Picture> throughput_pictures(const Block &block, double highest = 0, const Palette *colours = nullptr);
/// The highest window of all boots of these cells, messages/s.
double highest_window(std::span<const CellSummary> cells);

} // namespace dyield
