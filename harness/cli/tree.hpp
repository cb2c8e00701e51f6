// SPDX-License-Identifier: GPL-2.0
/// @file
/// The command line as plain data, read off CLI11: what man pages, completions and the config file are made from, so that
/// none of them can drift from what is parsed.
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace dyield::cli {

struct OptionInfo {
	std::vector<std::string> shorts, longs;	///< without dashes; both empty for a positional
	std::string positional;			///< its name
	std::string description, group;
	std::string value;			///< the kind of its value, "INT"; empty for a flag
	std::vector<std::string> choices;	///< all that its value can be, if that is a short list
	std::string range;			///< "0 - 600000", if its value has one
	std::string default_value;
	bool required = false, many = false;

	/// All its names with their dashes, short ones first.
	std::vector<std::string> names() const;
};

struct CommandInfo {
	std::vector<std::string> path;		///< {"dyield", "lab", "run"}
	std::string description, footer;
	std::vector<OptionInfo> options, positionals;
	std::vector<CommandInfo> commands;
};

/// What is hidden in --help (an empty group) is left out.
CommandInfo read_tree(const CLI::App &app);

/// The option's first long name without dashes, "" if it has none (positionals, -v).
std::string long_name(const CLI::Option &option);

/// That of `names` which is nearest to `word` (least edits), "" if none is near enough to be what was meant.
std::string nearest(const std::string &word, const std::vector<std::string> &names);

} // namespace dyield::cli
