// SPDX-License-Identifier: GPL-2.0
// dyield report: what a results file says, in the form that is wanted.
#include "cli/options.hpp"
#include "report/atomic_file.hpp"
#include "report/csv.hpp"
#include "report/html.hpp"
#include "report/results.hpp"
#include "report/svg.hpp"
#include "report/table.hpp"
#include "util/terminal.hpp"

namespace dyield::cli {
namespace {

struct Options {
	std::string file = "results/latest.json", form = "table", out;
};

std::string text_of(const Summary &summary, const Options &o)
{
	if (o.form == "markdown")
		return markdown_table(summary);
	if (o.form == "csv")
		return csv_table(summary);
	if (o.form == "html")
		return html_page(summary);
	if (o.form == "svg")
		return svg_page(summary);
	return terminal_table(summary, o.out.empty() && may_colour(1));
}

int report(const Options &o)
{
	auto text = text_of(summary_from_json(read_results(o.file)), o);
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
	auto *c = app.add_subcommand("report", "the tables of a results file: for a terminal, as Markdown, CSV, a web page or a picture");
	c->add_option("file", o->file, "what a bench left")->check(CLI::ExistingFile)->capture_default_str();
	c->add_option("--format", o->form, "table, markdown, csv, html: one page that needs nothing else, svg: its bars as one picture")->check(CLI::IsMember({"table", "markdown", "csv", "html", "svg"}))->capture_default_str();
	c->add_option("-o,--out", o->out, "a file, instead of stdout");
	c->footer("Examples:\n  dyield report\n  dyield report results/latest.json --format csv | column -ts,\n  dyield report results/latest.json --format html -o report.html\n  dyield report --format svg -o bars.svg");
	c->callback([o, &action] { action = [o] { return report(*o); }; });
}

} // namespace dyield::cli
