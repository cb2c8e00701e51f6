// SPDX-License-Identifier: GPL-2.0
/// @file
/// Log lines: to stderr, which is the guest's console.  The protocol has its own port.
#pragma once
#include <cstdio>
#include <fmt/format.h>
#include <utility>

namespace dyield::guest {

/// Writes one line, "dyield-guest: " before it; takes fmt's format strings.
template <typename... Args> void log(fmt::format_string<Args...> format, Args &&...args)
{
	// One write a line, so that lines of the broker's process do not mix with ours.
	auto line = fmt::format("dyield-guest: {}\n", fmt::format(format, std::forward<Args>(args)...));
	std::fputs(line.c_str(), stderr);
}

} // namespace dyield::guest
