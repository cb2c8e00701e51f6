// SPDX-License-Identifier: GPL-2.0
/// @file
/// Runs programs as a user would.
#pragma once
#include <array>
#include <cstdio>
#include <string>
#include <sys/wait.h>

namespace dyield::test {

struct Outcome {
	int code;
	std::string text;	// stdout and stderr
};

/// Runs a command in a shell, without a terminal.
inline Outcome run_shell(const std::string &command)
{
	FILE *p = popen((command + " 2>&1 < /dev/null").c_str(), "r");
	Outcome o{-1, ""};
	std::array<char, 4096> data;
	for (std::size_t n; (n = fread(data.data(), 1, data.size(), p)) > 0;)
		o.text.append(data.data(), n);
	int status = pclose(p);
	o.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	return o;
}

inline Outcome run(const std::string &arguments) { return run_shell(std::string(DYIELD) + " " + arguments); }

} // namespace dyield::test
