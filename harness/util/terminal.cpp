// SPDX-License-Identifier: GPL-2.0
#include "util/terminal.hpp"
#include <cstdlib>
#include <unistd.h>

namespace dyield {

bool may_colour(int fd)
{
	auto value = [](const char *name) { return std::string_view(std::getenv(name) ? std::getenv(name) : ""); };
	return isatty(fd) && value("NO_COLOR").empty() && value("TERM") != "dumb";
}

} // namespace dyield
