// SPDX-License-Identifier: GPL-2.0
// dyield compare: has the host become better or worse? One results file against another, or against its own baseline.
#include "cli/options.hpp"
#include "cli/outputs.hpp"
#include "report/compare.hpp"
#include "util/error.hpp"
#include "util/share.hpp"
#include "util/terminal.hpp"
#include <fmt/ranges.h>

namespace dyield::cli {
namespace {

struct Options {
	std::string a, b, baseline, also;
	CompareOptions how;
	bool json = false, force = false;
};

/// Says on what the two hosts differ; throws unless that is accepted.
void check_contexts(const Summary &a, const Summary &b, bool force)
{
	auto lines = context_differences(a, b);
	if (lines.empty())
		return;
	auto differences = fmt::format("{}", fmt::join(lines, "; "));
	if (!force)
		throw Error(fmt::format("not comparable: {} (--force compares all the same)", differences), exit_usage);
	fmt::print(stderr, "dyield: warning: A and B were measured in different ways: {}\n", differences);
}

int compare(const Options &o)
{
	Summary a = read_argument(o.a, "compared"), b;
	Comparison c;
	if (o.baseline.empty()) {
		b = read_argument(o.b, "compared");
		check_contexts(a, b, o.force);
		c = compare_results(a, b, o.how);
	} else {
		c = compare_with_baseline(a, o.baseline, o.how);
	}
	if (c.cells.empty())
		throw Error(o.baseline.empty() ? fmt::format("{} and {} have no cell in common", o.a, o.b)
					       : fmt::format("{} has no cell of setting {} with another beside it", o.a, o.baseline),
			    exit_usage);
	if (o.json)
		fmt::print("{}\n", comparison_json(c).dump(1));
	else
		fmt::print("{}", comparison_table(c, may_colour(1)));
	return c.count(Verdict::worse) ? exit_failed : exit_ok;
}

/// For CLI11: turns "5%" into 0.05. @return what is wrong, "" if nothing.
std::string share(std::string &text)
{
	auto value = parse_share(text);
	if (!value)
		return fmt::format("'{}' is no share such as 5% or 0.05", text);
	text = fmt::format("{}", *value);
	return "";
}

} // namespace

void add_compare(CLI::App &app, Action &action)
{
	auto o = std::make_shared<Options>();
	auto *c = app.add_subcommand("compare", "has anything become worse? two results files, or one against its baseline");
	c->add_option("A", o->a, "the results to compare with")->required()->check(CLI::ExistingFile);
	auto *b = c->add_option("B", o->b, "the results to judge")->check(CLI::ExistingFile);
	auto *baseline = c->add_option("--baseline", o->baseline, "judge A's other settings against this one of its own: no-ple, stock or a policy");
	b->excludes(baseline);
	c->add_option("--threshold", o->how.threshold, "smaller changes do not count")->transform(CLI::Validator(share, "SHARE"))->default_str("5%");
	c->add_option("--alpha", o->how.alpha, "chance of a false alarm in the whole table")->transform(CLI::Validator(share, "SHARE"))->check(CLI::Range(0.0001, 0.5))->default_str("5%");
	c->add_option("--also", o->also, "p99: judge the 99th percentile of the latency, too")->check(CLI::IsMember({"p99"}));
	c->add_flag("--force", o->force, "compare although kernel, host or the like differ");
	c->add_flag("--json", o->json, "for scripts");
	c->footer("p: exact rank test over boots, corrected by Holm for the number of cells; below 4 boots a side it can never be\n"
		  "significant. B/A: median of the ratios of all pairs of boots, with the interval in which it lies. effect: Cliff's\n"
		  "delta, 1 if every boot of B is above every boot of A, -1 if below.\n"
		  "Exit status: 0 nothing is worse, 1 a cell is significantly worse by the threshold or more, 2 bad arguments, or\n"
		  "results that cannot be compared.\n"
		  "Examples:\n  dyield compare before.json after.json --threshold 3%\n  dyield compare results/latest.json --baseline stock");
	c->callback([o, b, baseline, &action] {
		if (b->count() + baseline->count() == 0)
			throw CLI::RequiredError("B or --baseline");
		o->how.also_p99 = !o->also.empty();
		action = [o] { return compare(*o); };
	});
}

} // namespace dyield::cli
