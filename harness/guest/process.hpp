// SPDX-License-Identifier: GPL-2.0
/// @file
/// Starting other programs, and telling how they ended.
#pragma once
#include <string>
#include <sys/types.h>
#include <vector>

namespace dyield::guest {

/// Starts a program in a process group of its own; it is killed when the calling thread ends.  It reads from /dev/null,
/// inherits no other descriptor than the two given and does not ignore SIGPIPE.
/// @param file  its path, or a name that is looked up in PATH
/// @param argv  its command line, argv[0] included
/// @return its process ID, which is its group's too  @throws std::system_error when it cannot be started
pid_t spawn(const std::string &file, const std::vector<std::string> &argv, int out, int err);

/// "exit status 1" or "signal 9", of what waitpid() gave.
std::string how_it_ended(int status);

} // namespace dyield::guest
