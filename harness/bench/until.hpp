// SPDX-License-Identifier: GPL-2.0
/// @file
/// Block after block of a bench, until its stop rules are content.
#pragma once
#include "bench/plan.hpp"
#include "bench/stopping.hpp"
#include "bench/store.hpp"
#include "util/interrupt.hpp"
#include <functional>

namespace dyield {

/// Tells the time; differences count, so it must never be set back.
using Now = std::function<Clock::time_point()>;
/// Measures a block of jobs into the store. `first`: nothing was measured before it in this bench.
using MeasureBlock = std::function<void(const std::vector<Job> &block, bool first)>;

/// Measures one boot of every unfinished cell, again and again, until next_block() has none; `seed` is that of the order
/// within a block. What the store holds already counts as measured, but its time does not count for the budget. Throws what
/// `measure` throws, and Error if that leaves the store as it was, as this would never end.
void measure_until(const std::vector<Cell> &cells, const StopRules &rules, std::uint32_t seed, RunStore &store, const MeasureBlock &measure, const Now &now = Clock::now);

} // namespace dyield
