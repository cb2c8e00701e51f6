// SPDX-License-Identifier: GPL-2.0
/// @file
/// The whole command line, from main() to the parsers of the subcommands.
#pragma once
#include "cli/options.hpp"
#include <vector>

namespace dyield::cli {

/// All of dyield's options and subcommands, as help, man pages and completions show them.
/// `action` becomes what the chosen subcommand does.
void add_everything(CLI::App &app, Action &action);

/// What an exit status means, one line each.
struct ExitStatus {
	int code;
	const char *meaning;
};
const std::vector<ExitStatus> &exit_statuses();

/// Parses the command line, with the config file and the environment below it (cli/settings.hpp), and runs what it asks for.
/// Says in one line on stderr what is wrong. @return the exit status.
int run(int argc, char **argv);

} // namespace dyield::cli
