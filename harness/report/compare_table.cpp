// SPDX-License-Identifier: GPL-2.0
#include "report/blocks.hpp"
#include "report/compare.hpp"
#include "report/table.hpp"
#include <fmt/format.h>
#include <map>

namespace dyield {

namespace {

std::string unless_unknown(bool known, const std::string &text)
{
	return known ? text : "–";
}

Mark mark_of(Verdict verdict)
{
	switch (verdict) {
	case Verdict::better:
		return Mark::better;
	case Verdict::worse:
		return Mark::worse;
	case Verdict::cannot_tell:
		return Mark::faint;
	default:
		return Mark::plain;
	}
}

/// Of a rate per second, of a latency in ms.
std::string median_text(const CellSummary &s, Figure figure)
{
	auto boots = boot_figures(s, figure);
	return boots.empty() ? "–" : figure_text(median(boots) / (figure == Figure::rate ? 1 : 1e6));
}

std::vector<Field> row_of(const ComparedCell &c)
{
	bool known = c.difference.has_value();
	Difference d = c.difference.value_or(Difference{});
	return {{c.b->cell.name() + (c.figure == Figure::rate ? "" : " p99 ms")},
		{median_text(*c.a, c.figure)},
		{median_text(*c.b, c.figure)},
		{fmt::format("{}, {}", c.a->boots.size(), c.b->boots.size())},
		{unless_unknown(known, fmt::format("{:.2f}", d.ratio))},
		{unless_unknown(known, fmt::format("[{:.2f}–{:.2f}]", d.lo, d.hi))},
		{unless_unknown(known, fmt::format("{:.2g}", c.p))},
		{unless_unknown(known, fmt::format("{:+.2f}", d.cliffs_delta))},
		{nlohmann::json(c.verdict).get<std::string>(), mark_of(c.verdict)}};
}

/// Each reason once, with how many cells it holds for.
std::string reasons(const Comparison &comparison)
{
	std::map<std::string, std::size_t> counts;
	for (const ComparedCell &c : comparison.cells)
		if (!c.why.empty())
			counts[c.why]++;
	std::string out;
	for (const auto &[why, count] : counts)
		out += fmt::format("cannot tell ({} cell{}): {}\n", count, count == 1 ? "" : "s", why);
	return out;
}

std::string verdict_counts(const Comparison &comparison)
{
	return fmt::format("{} worse, {} better, {} same, {} cannot tell; threshold {:g} %, {:g} % chance of a false alarm over {} test(s)\n",
			   comparison.count(Verdict::worse), comparison.count(Verdict::better),
			   comparison.count(Verdict::same), comparison.count(Verdict::cannot_tell),
			   100 * comparison.options.threshold, 100 * comparison.options.alpha, comparison.tests);
}

} // namespace

std::string comparison_table(const Comparison &comparison, bool colour)
{
	Grid grid{.head = {"cell", "A", "B", "boots", "B/A", "interval", "p", "effect", "verdict"}, .rows = {}};
	for (const ComparedCell &c : comparison.cells)
		grid.rows.push_back(row_of(c));
	std::string out = terminal_grid(grid, 1, colour);
	for (const auto &name : comparison.only_a)
		out += fmt::format("only in A: {}\n", name);
	for (const auto &name : comparison.only_b)
		out += fmt::format("only in B: {}\n", name);
	return out + reasons(comparison) + verdict_counts(comparison);
}

} // namespace dyield
