// SPDX-License-Identifier: GPL-2.0
#include "cli/outputs.hpp"
#include "report/atomic_file.hpp"
#include "report/html.hpp"
#include "report/results.hpp"
#include "report/svg.hpp"
#include "report/table.hpp"
#include "util/error.hpp"
#include "util/terminal.hpp"
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace dyield::cli {

std::string now_text() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

void write_outputs(const std::string &folder, const Summary &summary)
{
	std::string json = folder + "/latest.json";
	write_results(json, results_json(summary, now_text()));
	Summary again = summary_from_json(read_results(json));	// reports must need no more than the file
	write_atomically(folder + "/latest.html", html_page(again));
	write_atomically(folder + "/latest.svg", svg_page(again));
	write_atomically(folder + "/latest.md", markdown_table(again));
}

Summary read_argument(const std::string &results_file, const std::string &done)
{
	try {
		return summary_from_json(read_results(results_file));
	} catch (const std::exception &e) {
		throw Error(fmt::format("{} cannot be {}: {}", results_file, done, e.what()), exit_usage);
	}
}

void print_table(const std::string &results_file)
{
	fmt::print("{}", terminal_table(summary_from_json(read_results(results_file)), may_colour(1)));
}

} // namespace dyield::cli
