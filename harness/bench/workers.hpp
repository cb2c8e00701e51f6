// SPDX-License-Identifier: GPL-2.0
/// @file
/// Work shared by a few threads.
#pragma once
#include <cstddef>
#include <functional>

namespace dyield {

/// Calls `work(worker, piece)` for each piece 0..pieces-1 on `workers` threads, in order of the pieces. When one throws,
/// the others are interrupted, and the first exception is thrown again once all have ended.
void share_out(std::size_t workers, std::size_t pieces, const std::function<void(std::size_t worker, std::size_t piece)> &work);

} // namespace dyield
