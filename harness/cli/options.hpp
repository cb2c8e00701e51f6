// SPDX-License-Identifier: GPL-2.0
/// @file
/// The subcommands of dyield, and the options that several of them share.
#pragma once
#include "host/local_host.hpp"
#include "lab/image.hpp"
#include <CLI/CLI.hpp>
#include <functional>

namespace dyield::cli {

/// What a subcommand does once the command line is parsed. @return the program's exit code.
using Action = std::function<int()>;

/// Each adds a subcommand that sets `action` when it is the chosen one.
void add_bench(CLI::App &app, Action &action);
void add_check(CLI::App &app, Action &action);
void add_compare(CLI::App &app, Action &action);
void add_judge(CLI::App &app, Action &action);
void add_policy(CLI::App &app, Action &action);
void add_stat(CLI::App &app, Action &action);
void add_lab(CLI::App &app, Action &action);
void add_report(CLI::App &app, Action &action);
void add_serve(CLI::App &app, Action &action);
void add_timeline(CLI::App &app, Action &action);
void add_man(CLI::App &app, Action &action);
void add_completion(CLI::App &app, Action &action);

/// Options of the guests on this host: --guest-kernel, --guest-initrd, --module, --folder, --pcpus, --one-to-one, --dilation.
void local_options(CLI::App &command, LocalHostConfig &config);
/// Options of the emulated host: --image, --ple-window, --lab-dilation.
void lab_options(CLI::App &command, std::string &image, LabConfig &config);

} // namespace dyield::cli
