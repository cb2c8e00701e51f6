// SPDX-License-Identifier: GPL-2.0
/// @file
/// Options from a config file and from the environment. The command line comes before the environment, that before the file.
#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace dyield::cli {

/// The variable that sets an option in the environment: "--lab-dilation" is DYIELD_LAB_DILATION.
std::string variable_of(const std::string &long_name);

/// The config file if none is named: $DYIELD_CONFIG, else dyield.toml in $XDG_CONFIG_HOME (~/.config).
std::string default_config();

/// Adds --config to `app`, and has every subcommand take its options' defaults from the config file and the environment
/// when it is chosen, before its own arguments are parsed.
///
/// The file is TOML: a key is an option's long name without dashes. In a table [bench] it holds for that subcommand, in
/// [lab.run] for `dyield lab run`; at the top for every subcommand that has such an option; the nearer table wins. While
/// parsing throws Error (exit_usage) that names file, line and key of whatever is not an option's name or not one of its
/// values; a file that was named and cannot be read is an error, the default one may be missing.
void take_settings(CLI::App &app);

} // namespace dyield::cli
