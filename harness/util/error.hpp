// SPDX-License-Identifier: GPL-2.0
/// @file
/// The one exception of the harness: a line that says what is wrong and what to do.
#pragma once
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>

namespace dyield {

/// Exit codes of every dyield command.
enum ExitCode {
	exit_ok = 0,
	exit_failed = 1,	///< it ran, and something did not work
	exit_usage = 2,		///< bad arguments
	exit_unfit = 3,		///< this host cannot do it
	exit_interrupted = 130,	///< Ctrl-C or SIGTERM
};

/// An error for the user: what() is one line, code the program's exit code.
struct Error : std::runtime_error {
	int code;
	explicit Error(const std::string &line, int exit_code = exit_failed) : std::runtime_error(line), code(exit_code) {}
};

/// Thrown where a wait ends because of Ctrl-C or SIGTERM.
struct Interrupted : Error {
	Interrupted() : Error("interrupted", exit_interrupted) {}
};

/// Throws Error with a formatted line.
template <typename... A>
[[noreturn]] void fail(fmt::format_string<A...> f, A &&...a)
{
	throw Error(fmt::format(f, std::forward<A>(a)...));
}

/// Throws Error with a formatted line and what errno says.
template <typename... A>
[[noreturn]] void fail_errno(fmt::format_string<A...> f, A &&...a)
{
	int e = errno;
	throw Error(fmt::format("{}: {}", fmt::format(f, std::forward<A>(a)...), std::strerror(e)));
}

} // namespace dyield
