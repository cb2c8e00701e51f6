// SPDX-License-Identifier: GPL-2.0
// dyield: measures what a KVM host does on PAUSE exits. See --help.
#include "cli/options.hpp"
#include "util/error.hpp"

int main(int argc, char **argv)
{
	CLI::App app("Measures what a KVM host does on PAUSE exits of spinning guests, and whether kvm_dyield pays.", "dyield");
	dyield::cli::Action action;
	app.require_subcommand(1);
	dyield::cli::add_bench(app, action);
	dyield::cli::add_check(app, action);
	dyield::cli::add_policy(app, action);
	dyield::cli::add_stat(app, action);
	dyield::cli::add_report(app, action);
	dyield::cli::add_timeline(app, action);
	dyield::cli::add_lab(app, action);
	dyield::cli::add_serve(app, action);
	app.footer("Exit status: 0 done, 1 failed, 2 bad arguments, 3 this host is unfit, 130 interrupted.");
	try {
		app.parse(argc, argv);
	} catch (const CLI::ParseError &e) {
		return app.exit(e) ? dyield::exit_usage : dyield::exit_ok;
	}
	try {
		dyield::catch_interrupts();
		return action();
	} catch (const dyield::Error &e) {
		fmt::print(stderr, "dyield: {}\n", e.what());
		return e.code;
	} catch (const std::exception &e) {
		fmt::print(stderr, "dyield: {}\n", e.what());
		return dyield::exit_failed;
	}
}
