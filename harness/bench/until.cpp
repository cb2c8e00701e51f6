// SPDX-License-Identifier: GPL-2.0
#include "bench/until.hpp"
#include "util/error.hpp"

namespace dyield {

void measure_until(const std::vector<Cell> &cells, const StopRules &rules, std::uint32_t seed, RunStore &store, const MeasureBlock &measure, const Now &now)
{
	std::mt19937 random(seed);
	auto start = now();
	auto there = store.runs().size();
	for (Spent spent;; spent = {now() - start, store.runs().size() - there}) {
		auto progress = progress_of(cells, store.runs());
		std::vector<Job> block;
		for (auto i : next_block(progress, rules, spent, random))
			block.push_back({cells[i], progress[i].tried});
		if (block.empty())
			return;
		measure(block, !spent.boots);
		if (store.runs().size() == there + spent.boots)
			fail("a block of {} boots was measured, and none was stored", block.size());
	}
}

} // namespace dyield
