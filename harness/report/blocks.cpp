// SPDX-License-Identifier: GPL-2.0
#include "report/blocks.hpp"
#include "report/compare.hpp"
#include "report/how.hpp"
#include <algorithm>
#include <boost/math/statistics/univariate_statistics.hpp>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <numeric>
#include <set>
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
			cells_[{column_of(s.cell), key(s.cell)}] = &s;
			columns_.insert(column_of(s.cell));
			settings_.try_emplace(key(s.cell), s.cell);
		}
	}

	const CellSummary *find(const Column &column, const Key &setting) const
	{
		auto found = cells_.find({column, setting});
		return found == cells_.end() ? nullptr : found->second;
	}

	const std::set<Column> &columns() const { return columns_; }
	const std::map<Key, Cell> &settings() const { return settings_; }

private:
	static Key key(const Cell &c) { return {c.setting, c.setting_name()}; }

	std::map<std::pair<Column, Key>, const CellSummary *> cells_;
	std::set<Column> columns_;
	std::map<Key, Cell> settings_;
};

/// What `dyield compare --baseline stock` says of cells; those of which it cannot tell are not in it.
using Marks = std::map<const CellSummary *, Mark>;

Marks against_stock(const Summary &summary)
{
	Marks marks;
	for (const ComparedCell &c : compare_with_baseline(summary, "stock", {}).cells)
		if (c.verdict == Verdict::better || c.verdict == Verdict::worse)
			marks[c.b] = c.verdict == Verdict::better ? Mark::better : Mark::worse;
	return marks;
}

Field rate_field(const CellSummary *s, const Marks &marks)
{
	if (!s)
		return {to_come, Mark::faint};
	Field field = rate_field(*s);
	if (auto found = marks.find(s); found != marks.end())
		field.mark = found->second;
	return field;
}

Grid rik_grid(const Lookup &lookup, const Marks &marks)
{
	Grid grid{.head = {rate_unit(lookup.settings().begin()->second)}, .rows = {}};
	for (const auto &[ratio, name] : lookup.columns())
		grid.head.push_back(ratio <= 1 ? name + ", no overcommit" : name + " overcommit");
	for (const auto &[setting, cell] : lookup.settings()) {
		auto &row = grid.rows.emplace_back();
		row.push_back({setting_label(cell)});
		for (const Column &column : lookup.columns())
			row.push_back(rate_field(lookup.find(column, setting), marks));
	}
	return grid;
}

constexpr double a_build = 1000;	// compilations

/// Seconds that a build takes, of each boot; none if a boot compiled nothing.
std::vector<double> build_seconds(const CellSummary *s)
{
	std::vector<double> times;
	for (const auto &rates : s && s->msgs_per_s ? s->boots : std::vector<std::vector<double>>{})
		if (double rate = median(rates); rate > 0)
			times.push_back(a_build / rate);
		else
			return {};
	return times;
}

std::string build_text(const std::vector<double> &times)
{
	namespace of = boost::math::statistics;
	if (times.empty())
		return unknown;
	if (times.size() == 1)
		return figure_text(times[0]);
	return fmt::format("{} ({})", figure_text(of::mean(times)), figure_text(std::sqrt(of::sample_variance(times))));
}

std::string less_than(const std::vector<double> &stock, const std::vector<double> &times)
{
	namespace of = boost::math::statistics;
	if (stock.empty() || times.empty())
		return unknown;
	return fmt::format("{:.1f} %", 100 * (1 - of::mean(times) / of::mean(stock)));
}

Grid times_grid(const Lookup &lookup)
{
	Grid grid;
	const Lookup::Key stock{Setting::stock, "stock"};
	if (rate_unit(lookup.settings().begin()->second) != "compilations/s")
		return grid;
	grid.head = {fmt::format("s for {:g} compilations", a_build)};
	for (const auto &[setting, cell] : lookup.settings()) {
		grid.head.push_back(setting_label(cell));
		if (setting != stock)
			grid.head.push_back("less than stock");
	}
	for (const Column &column : lookup.columns()) {
		auto &row = grid.rows.emplace_back();
		row.push_back({column.second});
		auto with_stock = build_seconds(lookup.find(column, stock));
		for (const auto &[setting, cell] : lookup.settings()) {
			auto times = build_seconds(lookup.find(column, setting));
			row.push_back({build_text(times)});
			if (setting != stock)
				row.push_back({less_than(with_stock, times)});
		}
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

std::string interval_text(const CellSummary &s)
{
	if (s.boots.size() < 2 || !s.lo || !s.hi)
		return unknown;
	return fmt::format("[{}–{}]", figure_text(*s.lo), figure_text(*s.hi));
}

std::vector<Field> detail_row(const CellSummary &s, const Marks &marks)
{
	// "inconclusive" stands in the interval's column, which is wide enough for it anyway.
	Field rate{unknown}, interval = rate_field(&s, marks);
	if (s.msgs_per_s) {
		rate = {figure_text(*s.msgs_per_s), interval.mark};
		interval = {interval_text(s)};
	}
	auto fair = percent(s.fair_guest_share);
	auto share = s.guest_share ? fmt::format("{} ({})", percent(*s.guest_share), fair) : unknown;
	return {{s.cell.overcommit},
		{s.cell.setting_name()},
		rate,
		interval,
		{text_or_unknown(s.ratio_to_no_ple, times)},
		{text_or_unknown(s.ratio_to_stock, times)},
		{share},
		{text_or_unknown(s.neighbour_share, percent)},
		{text_or_unknown(s.ple_exits_per_s, figure_text)},
		{text_or_unknown(s.collapsed, percent)},
		{text_or_unknown(s.p99_ns, ms_text)},
		{fmt::format("{}", s.boots.size())}};
}

Grid detail_grid(std::span<const CellSummary> cells, const Marks &marks)
{
	auto unit = rate_unit(cells.front().cell);
	auto per_s = unit == "messages/s" ? "msgs/s" : unit;
	Grid grid{.head = {"over", "setting", per_s, "interval", "/no-ple", "/stock", "share (fair)", "neighb.",
			   "exits/s", "collapsed", "p99 ms", "boots"},
		  .rows = {}};
	for (const CellSummary &s : cells)
		if (!s.to_come())
			grid.rows.push_back(detail_row(s, marks));
	return grid;
}

std::string mean_percent(const std::vector<double> &shares)
{
	if (shares.empty())
		return unknown;
	return percent(std::accumulate(shares.begin(), shares.end(), 0.0) / double(shares.size()));
}

std::vector<Field> guest_row(const CellSummary &s, const GuestSummary &g)
{
	auto fair = percent(g.fair_share);
	return {{s.cell.overcommit},
		{s.cell.setting_name()},
		{g.name},
		{g.load},
		{text_or_unknown(g.per_s, figure_text)},
		{g.share ? fmt::format("{} ({})", percent(*g.share), fair) : unknown},
		{mean_percent(g.ran)},
		{mean_percent(g.waited)},
		{text_or_unknown(g.p99_ns, ms_text)}};
}

/// What the neighbours did meanwhile, where they did anything.
Grid guest_grid(std::span<const CellSummary> cells)
{
	Grid grid{.head = {"over", "setting", "guest", "load", "per s", "share (fair)", "vCPUs ran", "waited", "p99 ms"}, .rows = {}};
	for (const CellSummary &s : cells)
		for (const GuestSummary &g : s.guests)
			if (!s.boots.empty() && !s.cell.alone() && !g.load.empty())
				grid.rows.push_back(guest_row(s, g));
	return grid;
}

/// What the median of a cell hides.
std::vector<std::string> oddities(const CellSummary &s)
{
	std::vector<std::string> notes;
	if (auto modes = two_modes(all_windows(s)))
		notes.push_back(fmt::format("metastable: {} of {} windows at about {}, the rest at about {} {}", modes->low, modes->all,
					    figure_text(modes->low_rate), figure_text(modes->high_rate), rate_unit(s.cell)));
	auto medians = boot_medians(s);
	for (std::size_t i : outliers(medians))
		notes.push_back(fmt::format("boot {} of {} stands apart at {}; it is counted all the same", i + 1, medians.size(),
					    figure_text(medians[i])));
	if (auto windows = std::accumulate(s.warmup.begin(), s.warmup.end(), std::size_t(0)))
		notes.push_back(fmt::format("{} first windows left out as warm-up, in {} boots together", windows, s.warmup.size()));
	return notes;
}

std::vector<std::string> notes_of(std::span<const CellSummary> cells)
{
	std::vector<std::string> notes;
	for (const CellSummary &s : cells) {
		auto who = fmt::format("{} {}", s.cell.overcommit, s.cell.setting_name());
		if (!s.inconclusive.empty())
			notes.push_back(fmt::format("{}: inconclusive: {}", who, s.inconclusive));
		if (!s.failures.empty() && !s.boots.empty())
			notes.push_back(fmt::format("{}: {} boot(s) left out: {}", who, s.failures.size(),
						    s.failures.front()));
		for (const auto &oddity : oddities(s))
			notes.push_back(fmt::format("{}: {}", who, oddity));
	}
	return notes;
}

/// "ipc, 8 clients": what the first guest runs.
std::string load_text(const Cell &c)
{
	if (c.guests.empty())
		return "no guests";
	std::string text = c.guests[0].load;
	for (const auto &[key, value] : c.guests[0].options.items())
		if (value.is_number())
			text += fmt::format(", {} {}", value.dump(), key);
	return text;
}

Block make_block(std::span<const CellSummary> cells, const Marks &marks, bool emulated)
{
	Lookup lookup(cells);
	return {.heading = block_heading(cells.front().cell, emulated),
		.rik = rik_grid(lookup, marks),
		.times = times_grid(lookup),
		.detail = detail_grid(cells, marks),
		.guests = guest_grid(cells),
		.notes = notes_of(cells),
		.cells = cells};
}

} // namespace

std::string report_title(const Summary &summary)
{
	bool messages = std::ranges::all_of(summary.cells, [](const CellSummary &s) { return rate_unit(s.cell) == "messages/s"; });
	return fmt::format("{}{}", messages ? "Messages per second" : "Throughput", is_emulated(summary.context) ? ", emulated host" : "");
}

std::string report_how(const Summary &summary)
{
	auto found = summary.context.find("how");
	return found != summary.context.end() && found->is_string() ? found->get<std::string>() : how_line(summary);
}

std::vector<Block> make_blocks(const Summary &summary)
{
	auto marks = against_stock(summary);
	std::vector<Block> blocks;
	for (auto first = summary.cells.begin(); first != summary.cells.end();) {
		auto last = std::find_if(first, summary.cells.end(), [&](const CellSummary &s) {
			return !same_block(s.cell, first->cell);
		});
		blocks.push_back(make_block({first, last}, marks, is_emulated(summary.context)));
		first = last;
	}
	return blocks;
}

std::string block_heading(const Cell &c, bool emulated)
{
	return fmt::format("{}{}, {}{}{}{}", c.scenario == "rik" ? "" : c.scenario + ": ", load_text(c), nlohmann::json(c.layout).get<std::string>(),
			   c.pins == Pins::one_to_one ? ", one-to-one pins" : "", c.locks == Locks::pv ? ", PV spinlocks" : "",
			   emulated ? ", emulated" : "");
}

bool same_block(const Cell &a, const Cell &b)
{
	auto key = [](const Cell &c) { return std::tie(c.scenario, c.series, c.locks, c.pins, c.layout); };
	return key(a) == key(b);
}

Column column_of(const Cell &cell)
{
	return {cell.overcommit_ratio(), cell.overcommit};
}

std::string rate_unit(const Cell &cell)
{
	// What dyield-guest counts as a load's progress; the names are its own.
	static const std::map<std::string, std::string> units{{"amqp", "messages/s"}, {"ipc", "messages/s"}, {"hackbench", "messages/s"},
							      {"build", "compilations/s"}, {"command", "runs/s"}, {"wakeup", "requests/s"}, {"spin", "loops/s"}};
	auto found = cell.guests.empty() ? units.end() : units.find(cell.guests[0].load);
	return found == units.end() ? "steps/s" : found->second;
}

std::string setting_label(const Cell &cell)
{
	switch (cell.setting) {
	case Setting::no_ple:
		return "no PLE";
	case Setting::stock:
		return "stock PLE";
	case Setting::patched:
		return "patched kernel" + (cell.policy.empty() ? "" : " " + cell.policy);
	default:
		return "kvm_dyield " + cell.policy;
	}
}

std::string ms_text(double ns)
{
	return figure_text(ns / 1e6);
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
