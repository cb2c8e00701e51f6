// SPDX-License-Identifier: GPL-2.0
#include "report/blocks.hpp"
#include "report/judge.hpp"
#include "report/table.hpp"
#include <fmt/format.h>

namespace dyield {

namespace {

std::string text(const std::optional<double> &x, int digits = 2)
{
	return x ? fmt::format("{:.{}f}", *x, digits) : "–";
}

std::vector<Field> row_of(const Standing &s)
{
	return {{s.setting},
		{s.inconclusive ? fmt::format("{} ({} inconclusive)", s.places, s.inconclusive) : fmt::format("{}", s.places)},
		{text(s.to_best)},
		{text(s.to_fair)},
		{text(s.to_stock)},
		{text(s.to_no_ple)},
		{text(s.worst)},
		{s.worst_place.empty() ? "–" : s.worst_place},
		{text(s.own_share)},
		{text(s.neighbour_share)},
		{text(s.p99_to_stock)},
		{s.collapsed ? fmt::format("{:.0f} %", 100 * *s.collapsed) : "–"}};
}

std::vector<Field> row_of(const Bar &b)
{
	std::string verdict = b.met() ? "met" : b.places ? "missed" : "missed (not measured)";
	return {{b.what},
		{fmt::format("{} {:g}", b.at_most ? "≤" : "≥", b.limit)},
		{b.where.empty() ? "–" : b.where},
		{fmt::format("{}", b.places)},
		{text(b.middle, 3)},
		{text(b.figure, 3)},
		{verdict, b.met() ? Mark::better : Mark::worse}};
}

nlohmann::json json_of(const std::optional<double> &x)
{
	return x ? nlohmann::json(*x) : nlohmann::json();
}

nlohmann::json json_of(const Standing &s)
{
	return {{"setting", s.setting}, {"places", s.places}, {"inconclusive", s.inconclusive}, {"to_stock", json_of(s.to_stock)},
		{"to_no_ple", json_of(s.to_no_ple)}, {"to_best", json_of(s.to_best)}, {"to_fair", json_of(s.to_fair)}, {"worst", json_of(s.worst)},
		{"worst_place", s.worst_place}, {"own_share", json_of(s.own_share)}, {"neighbour_share", json_of(s.neighbour_share)},
		{"p99_to_stock", json_of(s.p99_to_stock)}, {"collapsed", json_of(s.collapsed)}};
}

nlohmann::json json_of(const Bar &b)
{
	return {{"what", b.what}, {"limit", b.limit}, {"at_most", b.at_most}, {"figure", json_of(b.figure)},
		{"where", b.where}, {"middle", json_of(b.middle)}, {"places", b.places}, {"met", b.met()}};
}

} // namespace

std::string judgement_table(const Judgement &judgement, bool colour)
{
	Grid standings{.head = {"setting", "places", "/best", "/fair", "/stock", "/no-ple", "worst", "where (/best)", "own share", "neighb.", "p99/stock", "collapsed"},
		       .rows = {}};
	for (const Standing &s : judgement.standings)
		standings.rows.push_back(row_of(s));
	Grid bars{.head = {"bars for " + judgement.policy, "limit", "worst place", "places", "median", "figure", ""}, .rows = {}};
	for (const Bar &b : judgement.bars)
		bars.rows.push_back(row_of(b));
	return terminal_grid(standings, 1, colour) +
	       "ratios of throughput and latency: geometric means over places; /fair: over the best that takes nothing from a neighbour;\n"
	       "shares: the least, over what is fair or wanted\n\n" +
	       terminal_grid(bars, 3, colour);
}

nlohmann::json judgement_json(const Judgement &judgement)
{
	auto standings = nlohmann::json::array(), bars = nlohmann::json::array();
	for (const Standing &s : judgement.standings)
		standings.push_back(json_of(s));
	for (const Bar &b : judgement.bars)
		bars.push_back(json_of(b));
	return {{"policy", judgement.policy}, {"met", judgement.met()}, {"standings", standings}, {"bars", bars}};
}

} // namespace dyield
