// SPDX-License-Identifier: GPL-2.0
// dyield report: what results files say, in the form that is wanted.
#include "cli/options.hpp"
#include "report/atomic_file.hpp"
#include "report/csv.hpp"
#include "report/html.hpp"
#include "report/results.hpp"
#include "report/svg.hpp"
#include "report/table.hpp"
#include "util/error.hpp"
#include "util/terminal.hpp"
#include <algorithm>

namespace dyield::cli {
namespace {

struct Options {
	std::vector<std::string> files{"results/latest.json"}, names;
	std::string form = "table", out;
};

std::string text_of(const Summary &summary, const Options &o, bool colour)
{
	if (o.form == "markdown")
		return markdown_table(summary);
	if (o.form == "csv")
		return csv_table(summary);
	if (o.form == "html")
		return html_page(summary);
	if (o.form == "svg")
		return svg_page(summary);
	return terminal_table(summary, colour);
}

std::string text_of(const std::vector<Campaign> &campaigns, const Options &o, bool colour)
{
	if (o.form == "csv")
		return csv_table(campaigns);
	auto all = side_by_side(campaigns);
	if (o.form == "markdown")
		return markdown_table(all);
	if (o.form == "html")
		return html_page(all);
	return terminal_table(all, colour);
}

/// The files under the names that the user or their paths give them.
std::vector<Campaign> campaigns_of(const Options &o)
{
	auto &names = o.names.empty() ? o.files : o.names;
	if (names.size() != o.files.size())
		throw Error(fmt::format("--names has {} name(s) for {} file(s)", names.size(), o.files.size()), exit_usage);
	std::vector<Campaign> campaigns;
	for (std::size_t i = 0; i < names.size(); i++) {
		if (std::ranges::find(campaigns, names[i], &Campaign::name) != campaigns.end())
			throw Error(fmt::format("two results are called {}: tell them apart with --names", names[i]), exit_usage);
		auto results = read_results(o.files[i]);
		try {
			campaigns.push_back({names[i], summary_from_json(results)});
		} catch (const std::exception &e) {
			throw Error(fmt::format("{}: {}", o.files[i], e.what()));
		}
	}
	return campaigns;
}

int report(const Options &o)
{
	if (o.form == "svg" && o.files.size() > 1)
		throw Error("--format svg takes one results file; html shows several", exit_usage);
	auto campaigns = campaigns_of(o);
	bool colour = o.out.empty() && may_colour(1);
	auto text = campaigns.size() == 1 ? text_of(campaigns.front().summary, o, colour) : text_of(campaigns, o, colour);
	if (o.out.empty())
		fmt::print("{}", text);
	else
		write_atomically(o.out, text);
	return 0;
}

} // namespace

void add_report(CLI::App &app, Action &action)
{
	auto o = std::make_shared<Options>();
	auto *c = app.add_subcommand("report", "the tables of a results file, or several side by side: for a terminal, as Markdown, CSV, a web page or a picture");
	c->add_option("file", o->files, "what a bench left; several are shown side by side")->check(CLI::ExistingFile)->default_str(o->files.front());
	c->add_option("--names", o->names, "what several files are called in the report, in the place of their paths")->delimiter(',');
	c->add_option("--format", o->form, "table, markdown, csv, html: one page that needs nothing else, svg: its bars as one picture")->check(CLI::IsMember({"table", "markdown", "csv", "html", "svg"}))->capture_default_str();
	c->add_option("-o,--out", o->out, "a file, instead of stdout");
	c->footer("Examples:\n  dyield report\n  dyield report results/latest.json --format csv | column -ts,\n  dyield report results/latest.json --format html -o report.html\n  dyield report before.json after.json --names before,after --format html -o both.html\n  dyield report --format svg -o bars.svg");
	c->callback([o, &action] { action = [o] { return report(*o); }; });
}

} // namespace dyield::cli
