// SPDX-License-Identifier: GPL-2.0
/// @file
/// Shares as people write them.
#pragma once
#include <optional>
#include <string_view>

namespace dyield {

/// "3%" and "0.03" are 0.03; nothing if `text` is neither, or not from 0 to 1.
std::optional<double> parse_share(std::string_view text);

} // namespace dyield
