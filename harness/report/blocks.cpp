// SPDX-License-Identifier: GPL-2.0
#include "report/blocks.hpp"
#include "report/how.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <tuple>

namespace dyield {

namespace {

constexpr const char *to_come = "…";
constexpr const char *unknown = "–";

/// Finds the cell of a place and setting of one block; null if there is none.
class Lookup {
public:
	using Key = std::pair<Setting, std::string>;

	explicit Lookup(std::span<const CellSummary> cells)
	{
		for (const CellSummary &s : cells) {
			cells_[{s.cell.loops, key(s.cell)}] = &s;
			loops_[s.cell.loops] = s.cell.overcommit();
			settings_.try_emplace(key(s.cell), s.cell);
		}
	}

	const CellSummary *find(int loops, const Key &setting) const
	{
		auto found = cells_.find({loops, setting});
		return found == cells_.end() ? nullptr : found->second;
	}

	const std::map<int, std::string> &loops() const { return loops_; }
	const std::map<Key, Cell> &settings() const { return settings_; }

private:
	static Key key(const Cell &c) { return {c.setting, c.setting_name()}; }

	std::map<std::pair<int, Key>, const CellSummary *> cells_;
	std::map<int, std::string> loops_;
	std::map<Key, Cell> settings_;
};

/// Only bootstrap intervals are compared: the range of one or two boots says nothing about the next.
Mark against_stock(const CellSummary &s, const CellSummary *stock)
{
	auto known = [](const CellSummary &c) { return c.lo && c.hi && c.interval_kind == IntervalKind::bootstrap; };
	if (!stock || stock == &s || !known(s) || !known(*stock))
		return Mark::plain;
	if (*s.lo > *stock->hi)
		return Mark::better;
	return *s.hi < *stock->lo ? Mark::worse : Mark::plain;
}

Field rate_field(const CellSummary *s, const CellSummary *stock)
{
	if (!s)
		return {to_come, Mark::faint};
	Field field = rate_field(*s);
	if (field.mark == Mark::plain)
		field.mark = against_stock(*s, stock);
	return field;
}

Grid rik_grid(const Lookup &lookup)
{
	Grid grid{.head = {"messages/s"}, .rows = {}};
	for (const auto &[loops, name] : lookup.loops())
		grid.head.push_back(loops == 0 ? name + ", no overcommit" : name + " overcommit");
	for (const auto &[setting, cell] : lookup.settings()) {
		auto &row = grid.rows.emplace_back();
		row.push_back({setting_label(cell)});
		for (const auto &[loops, name] : lookup.loops())
			row.push_back(rate_field(lookup.find(loops, setting),
						 lookup.find(loops, {Setting::stock, "stock"})));
	}
	return grid;
}

std::string text_or_unknown(std::optional<double> value, std::string (*text)(double))
{
	return value ? text(*value) : unknown;
}

std::string percent(double share)
{
	return fmt::format("{:.0f} %", 100 * share);
}

std::string times(double ratio)
{
	return fmt::format("{:.2f}", ratio);
}

std::string milliseconds(double ns)
{
	return figure_text(ns / 1e6);
}

std::string interval_text(const CellSummary &s)
{
	if (s.boots.size() < 2 || !s.lo || !s.hi)
		return unknown;
	return fmt::format("[{}–{}]", figure_text(*s.lo), figure_text(*s.hi));
}

std::vector<Field> detail_row(const CellSummary &s, const CellSummary *stock)
{
	// "inconclusive" stands in the interval's column, which is wide enough for it anyway.
	Field rate{unknown}, interval = rate_field(&s, stock);
	if (s.msgs_per_s) {
		rate = {figure_text(*s.msgs_per_s), interval.mark};
		interval = {interval_text(s)};
	}
	auto fair = percent(s.fair_guest_share);
	auto share = s.guest_share ? fmt::format("{} ({})", percent(*s.guest_share), fair) : unknown;
	return {{s.cell.overcommit()},
		{s.cell.setting_name()},
		rate,
		interval,
		{text_or_unknown(s.ratio_to_no_ple, times)},
		{text_or_unknown(s.ratio_to_stock, times)},
		{share},
		{text_or_unknown(s.neighbour_share, percent)},
		{text_or_unknown(s.ple_exits_per_s, figure_text)},
		{text_or_unknown(s.collapsed, percent)},
		{text_or_unknown(s.p99_ns, milliseconds)},
		{fmt::format("{}", s.boots.size())}};
}

Grid detail_grid(std::span<const CellSummary> cells, const Lookup &lookup)
{
	Grid grid{.head = {"over", "setting", "msgs/s", "interval", "/no-ple", "/stock", "share (fair)", "neighb.",
			   "exits/s", "collapsed", "p99 ms", "boots"},
		  .rows = {}};
	for (const CellSummary &s : cells)
		if (!s.to_come())
			grid.rows.push_back(detail_row(s, lookup.find(s.cell.loops, {Setting::stock, "stock"})));
	return grid;
}

std::vector<std::string> notes_of(std::span<const CellSummary> cells)
{
	std::vector<std::string> notes;
	for (const CellSummary &s : cells) {
		auto who = fmt::format("{} {}", s.cell.overcommit(), s.cell.setting_name());
		if (!s.inconclusive.empty())
			notes.push_back(fmt::format("{}: inconclusive: {}", who, s.inconclusive));
		if (!s.failures.empty() && !s.boots.empty())
			notes.push_back(fmt::format("{}: {} boot(s) left out: {}", who, s.failures.size(),
						    s.failures.front()));
	}
	return notes;
}

Block make_block(std::span<const CellSummary> cells, bool emulated)
{
	const Cell &c = cells.front().cell;
	Lookup lookup(cells);
	return {.heading = fmt::format("{}, {} clients, {}{}{}", c.load, c.clients, nlohmann::json(c.layout).get<std::string>(),
				       c.locks == Locks::pv ? ", PV spinlocks" : "", emulated ? ", emulated" : ""),
		.rik = rik_grid(lookup),
		.detail = detail_grid(cells, lookup),
		.notes = notes_of(cells),
		.cells = cells};
}

} // namespace

std::string report_title(const Summary &summary)
{
	return is_emulated(summary.context) ? "Messages per second, emulated host" : "Messages per second";
}

std::string report_how(const Summary &summary)
{
	auto found = summary.context.find("how");
	return found != summary.context.end() && found->is_string() ? found->get<std::string>() : how_line(summary);
}

std::vector<Block> make_blocks(const Summary &summary)
{
	auto block_of = [](const CellSummary &s) {
		return std::tie(s.cell.scenario, s.cell.load, s.cell.clients, s.cell.locks, s.cell.layout);
	};
	std::vector<Block> blocks;
	for (auto first = summary.cells.begin(); first != summary.cells.end();) {
		auto last = std::find_if(first, summary.cells.end(), [&](const CellSummary &s) {
			return block_of(s) != block_of(*first);
		});
		blocks.push_back(make_block({first, last}, is_emulated(summary.context)));
		first = last;
	}
	return blocks;
}

std::string setting_label(const Cell &cell)
{
	switch (cell.setting) {
	case Setting::no_ple:
		return "no PLE";
	case Setting::stock:
		return "stock PLE";
	default:
		return "kvm_dyield " + cell.policy;
	}
}

std::string figure_text(double per_s)
{
	return per_s >= 100 ? fmt::format("{:.0f}", per_s) : fmt::format("{:.3g}", per_s);
}

Field rate_field(const CellSummary &s)
{
	if (s.to_come())
		return {to_come, Mark::faint};
	if (!s.msgs_per_s)
		return {"inconclusive", Mark::warning};
	auto text = figure_text(*s.msgs_per_s);
	return {s.boots.size() < 2 ? text : text + " " + interval_text(s)};
}

} // namespace dyield
