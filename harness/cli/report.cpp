// SPDX-License-Identifier: GPL-2.0
#include "cli/options.hpp"
#include "cli/outputs.hpp"

namespace dyield::cli {

void add_report(CLI::App &app, Action &action)
{
	auto file = std::make_shared<std::string>("results/latest.json");
	auto *c = app.add_subcommand("report", "the table of a results file");
	c->add_option("file", *file, "what a bench left")->check(CLI::ExistingFile)->capture_default_str();
	c->footer("Examples:\n  dyield report\n  dyield report results/latest.json");
	c->callback([file, &action] {
		action = [file] {
			print_table(*file);
			return 0;
		};
	});
}

} // namespace dyield::cli
