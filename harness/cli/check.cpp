// SPDX-License-Identifier: GPL-2.0
#include "cli/options.hpp"
#include "host/check.hpp"
#include "util/error.hpp"
#include "util/terminal.hpp"

namespace dyield::cli {

void add_check(CLI::App &app, Action &action)
{
	struct Options {
		std::string module;
		bool json = false, quiet = false;
	};
	auto o = std::make_shared<Options>();
	auto *c = app.add_subcommand("check", "can this host measure PAUSE exits? if not: why, and what mends it");
	c->add_option("--module", o->module, "kvm_dyield.ko for the running kernel; without it that of make install");
	c->add_flag("--json", o->json, "for scripts");
	c->add_flag("--pause-exits", o->quiet, "say nothing; exit 0 if the host has PAUSE exits and /dev/kvm, 3 if not");
	c->footer("Examples:\n  dyield check\n  dyield check --module kmod/kvm_dyield.ko --json\n"
		  "It exits with 0 if it can, with 3 if it cannot.");
	c->callback([o, &action] {
		action = [o]() -> int {
			auto findings = check_host(o->module);
			if (o->quiet)
				return findings[0].ok && findings[1].ok ? exit_ok : exit_unfit;
			auto *obstacle = first_obstacle(findings);
			if (o->json)
				fmt::print("{}\n", nlohmann::json(findings).dump(1));
			else
				fmt::print("{}{}\n", describe(findings, may_colour(1)), verdict(findings));
			return obstacle ? exit_unfit : exit_ok;
		};
	});
}

} // namespace dyield::cli
