// SPDX-License-Identifier: GPL-2.0
/// @file
/// Colours: on a terminal only, and where the user has nothing against them.
#pragma once
#include <fmt/format.h>
#include <string>
#include <string_view>

namespace dyield {

/// May what goes to file descriptor `fd` be coloured? Not unless it is a terminal, and neither if NO_COLOR is set and not
/// empty (no-color.org) nor if TERM is "dumb".
bool may_colour(int fd);

/// ANSI codes of the colours that dyield uses.
inline constexpr const char *green = "32", *red = "31", *yellow = "33", *faint = "2";

/// `text` in a colour if `on`, else as it is.
inline std::string coloured(std::string_view text, const char *colour, bool on)
{
	return on ? fmt::format("\033[{}m{}\033[0m", colour, text) : std::string(text);
}

} // namespace dyield
