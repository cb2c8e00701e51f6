// SPDX-License-Identifier: GPL-2.0
#include "report/compare.hpp"
#include "report/context.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace dyield {

namespace {

using nlohmann::json;

void compare_cells(Comparison &comparison, const CellSummary &a, const CellSummary &b)
{
	for (auto figure : {Figure::rate, Figure::p99}) {
		if (figure == Figure::p99 && (!comparison.options.also_p99 || (!a.p99_ns && !b.p99_ns)))
			continue;
		auto before = boot_figures(a, figure), after = boot_figures(b, figure);
		ComparedCell c{.a = &a, .b = &b, .figure = figure, .difference = {}, .why = ""};
		if (!before.empty() && !after.empty())
			c.difference = difference(before, after, comparison.options.alpha);
		comparison.cells.push_back(std::move(c));
	}
}

/// Puts Holm's p into the cells. @return over how many.
std::size_t correct(std::span<ComparedCell> cells, double alpha)
{
	std::vector<ComparedCell *> judged;
	std::vector<double> p;
	for (ComparedCell &c : cells) {
		if (!c.difference)
			continue;
		c.p = c.difference->p;
		if (c.difference->smallest_p > alpha)
			continue;
		judged.push_back(&c);
		p.push_back(c.p);
	}
	auto raised = holm(p);
	for (std::size_t i = 0; i < judged.size(); i++)
		judged[i]->p = raised[i];
	return judged.size();
}

Verdict verdict_of(const ComparedCell &c, const CompareOptions &options)
{
	if (!c.difference)
		return Verdict::cannot_tell;
	const Difference &d = *c.difference;
	if (c.p <= options.alpha && d.ratio <= 1 - options.threshold)
		return c.figure == Figure::rate ? Verdict::worse : Verdict::better;
	if (c.p <= options.alpha && d.ratio >= 1 + options.threshold)
		return c.figure == Figure::rate ? Verdict::better : Verdict::worse;
	bool within = d.lo > 1 - options.threshold && d.hi < 1 + options.threshold;
	return within && d.smallest_p <= options.alpha ? Verdict::same : Verdict::cannot_tell;
}

std::string why_without_figure(const CellSummary &s, const char *side)
{
	return fmt::format("{} in {}", s.to_come() ? "not measured" : s.inconclusive.empty() ? "no such figure" : s.inconclusive, side);
}

/// `tests` as if all cells had boots enough.
std::string why_not(const ComparedCell &c, const CompareOptions &options, std::size_t tests)
{
	if (boot_figures(*c.a, c.figure).empty())
		return why_without_figure(*c.a, "A");
	if (boot_figures(*c.b, c.figure).empty())
		return why_without_figure(*c.b, "B");
	const Difference &d = *c.difference;
	if (d.smallest_p > options.alpha || (d.p <= d.smallest_p && c.p > options.alpha))
		return fmt::format("too few boots to tell among {} cell(s): {} would do on either side", tests,
				   boots_needed(options.alpha, tests));
	if (c.p <= options.alpha)
		return "there is a difference, but it may be below the threshold";
	return "the difference is within the spread of the boots";
}

void judge(Comparison &comparison)
{
	const CompareOptions &options = comparison.options;
	comparison.tests = correct(comparison.cells, options.alpha);
	auto all = std::size_t(std::ranges::count_if(comparison.cells, [](const ComparedCell &c) { return c.difference.has_value(); }));
	for (ComparedCell &c : comparison.cells) {
		c.verdict = verdict_of(c, options);
		if (c.verdict == Verdict::cannot_tell)
			c.why = why_not(c, options, all);
	}
}

std::map<std::string, const CellSummary *> by_name(const Summary &summary)
{
	std::map<std::string, const CellSummary *> cells;
	for (const CellSummary &s : summary.cells)
		cells[s.cell.name()] = &s;
	return cells;
}

json side_json(const CellSummary &s, Figure figure)
{
	auto boots = boot_figures(s, figure);
	return {{"median", boots.empty() ? json() : json(median(boots))}, {"boots", boots}};
}

json cell_json(const ComparedCell &c)
{
	json row = {{"name", c.b->cell.name()}, {"figure", c.figure}, {"against", c.a->cell.name()},
		    {"a", side_json(*c.a, c.figure)}, {"b", side_json(*c.b, c.figure)},
		    {"ratio", nullptr}, {"lo", nullptr}, {"hi", nullptr}, {"p", nullptr}, {"p_uncorrected", nullptr},
		    {"smallest_p", nullptr}, {"cliffs_delta", nullptr}, {"verdict", c.verdict}, {"why", c.why}};
	if (const auto &d = c.difference)
		row.update({{"ratio", d->ratio}, {"lo", d->lo}, {"hi", d->hi}, {"p", c.p}, {"p_uncorrected", d->p},
			    {"smallest_p", d->smallest_p}, {"cliffs_delta", d->cliffs_delta}});
	return row;
}

} // namespace

std::vector<double> boot_figures(const CellSummary &s, Figure figure)
{
	if (!s.msgs_per_s || (figure == Figure::p99 && !s.p99_ns))
		return {};
	return figure == Figure::rate ? boot_medians(s) : s.boots_p99_ns;
}

std::size_t Comparison::count(Verdict verdict) const
{
	return std::size_t(std::ranges::count(cells, verdict, &ComparedCell::verdict));
}

Comparison compare_results(const Summary &a, const Summary &b, const CompareOptions &options)
{
	Comparison comparison{.options = options, .cells = {}, .only_a = {}, .only_b = {}};
	auto in_a = by_name(a), in_b = by_name(b);
	for (const CellSummary &s : a.cells)
		if (!in_b.contains(s.cell.name()))
			comparison.only_a.push_back(s.cell.name());
	for (const CellSummary &s : b.cells) {
		if (auto found = in_a.find(s.cell.name()); found != in_a.end())
			compare_cells(comparison, *found->second, s);
		else
			comparison.only_b.push_back(s.cell.name());
	}
	judge(comparison);
	return comparison;
}

Comparison compare_with_baseline(const Summary &results, const std::string &baseline, const CompareOptions &options)
{
	Comparison comparison{.options = options, .cells = {}, .only_a = {}, .only_b = {}};
	auto cells = by_name(results);
	for (const CellSummary &s : results.cells) {
		if (s.cell.setting_name() == baseline)
			continue;
		if (auto found = cells.find(s.cell.place() + "/" + baseline); found != cells.end())
			compare_cells(comparison, *found->second, s);
		else
			comparison.only_b.push_back(s.cell.name());
	}
	judge(comparison);
	return comparison;
}

std::vector<std::string> context_differences(const Summary &a, const Summary &b)
{
	auto keys = context_keys(a);
	keys.merge(context_keys(b));
	auto in_a = by_name(a);
	std::vector<std::string> lines;
	for (const std::string &key : keys)
		for (const CellSummary &s : b.cells) {
			auto found = in_a.find(s.cell.name());
			if (found == in_a.end())
				continue;
			json before = context_value(a, *found->second, key), after = context_value(b, s, key);
			auto line = fmt::format("{}: {} in A, {} in B", key, context_text(before), context_text(after));
			if (before != after && std::ranges::find(lines, line) == lines.end())
				lines.push_back(line);
		}
	return lines;
}

json comparison_json(const Comparison &comparison)
{
	json cells = json::array();
	for (const ComparedCell &c : comparison.cells)
		cells.push_back(cell_json(c));
	return {{"threshold", comparison.options.threshold}, {"alpha", comparison.options.alpha}, {"tests", comparison.tests},
		{"worse", comparison.count(Verdict::worse)}, {"better", comparison.count(Verdict::better)},
		{"same", comparison.count(Verdict::same)}, {"cannot_tell", comparison.count(Verdict::cannot_tell)},
		{"cells", cells}, {"only_a", comparison.only_a}, {"only_b", comparison.only_b}};
}

} // namespace dyield
