// SPDX-License-Identifier: GPL-2.0
// dyield judge: which setting is right where, and whether one policy holds up to its bars.
#include "cli/options.hpp"
#include "cli/outputs.hpp"
#include "report/judge.hpp"
#include "util/error.hpp"
#include "util/terminal.hpp"

namespace dyield::cli {
namespace {

struct Options {
	std::vector<std::string> files;
	std::string policy = "adaptive";
	bool json = false;
};

int judge_files(const Options &o)
{
	std::vector<Summary> results;
	for (const auto &file : o.files)
		results.push_back(read_argument(file, "judged"));
	Judgement judgement;
	try {
		judgement = judge(results, o.policy);
	} catch (const std::invalid_argument &e) {
		throw Error(e.what(), exit_usage);
	}
	if (o.json)
		fmt::print("{}\n", judgement_json(judgement).dump(1));
	else
		fmt::print("{}", judgement_table(judgement, may_colour(1)));
	return judgement.met() ? exit_ok : exit_failed;
}

} // namespace

void add_judge(CLI::App &app, Action &action)
{
	auto o = std::make_shared<Options>();
	auto *c = app.add_subcommand("judge", "which setting is right where? and does a policy meet its bars");
	c->add_option("FILES", o->files, "results of dyield bench, as of make matrix")->required()->check(CLI::ExistingFile);
	c->add_option("--policy", o->policy, "the policy that the bars are for")->capture_default_str();
	c->add_flag("--json", o->json, "for scripts");
	c->footer("/best, /stock, /no-ple: throughput over that of the best setting, of stock, of no PLE at the same place, the\n"
		  "geometric mean over all places. A bar goes by its worst place; one that was not measured is missed.\n"
		  "Exit status: 0 all bars are met, 1 one is missed, 2 bad arguments, or results that cannot be judged.\n"
		  "Examples:\n  dyield judge results/matrix*/latest.json\n  dyield judge results/latest.json --policy directed");
	c->callback([o, &action] { action = [o] { return judge_files(*o); }; });
}

} // namespace dyield::cli
