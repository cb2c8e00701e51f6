// SPDX-License-Identifier: GPL-2.0
// dyield: measures what a KVM host does on PAUSE exits. See --help.
#include "cli/app.hpp"

int main(int argc, char **argv) { return dyield::cli::run(argc, argv); }
