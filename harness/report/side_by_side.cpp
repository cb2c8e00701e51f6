// SPDX-License-Identifier: GPL-2.0
#include "report/side_by_side.hpp"
#include "report/context.hpp"
#include "report/how.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>

namespace dyield {

namespace {

using nlohmann::json;

constexpr const char *lacking = "–";

std::size_t emulated_ones(std::span<const Campaign> campaigns)
{
	return std::size_t(std::ranges::count_if(campaigns, [](const Campaign &c) { return is_emulated(c.summary.context); }));
}

/// The names over the columns; where some campaigns are emulated and others not, each says so.
std::vector<std::string> labels_of(std::span<const Campaign> campaigns)
{
	auto emulated = emulated_ones(campaigns);
	std::vector<std::string> labels;
	for (const Campaign &c : campaigns)
		labels.push_back(emulated > 0 && emulated < campaigns.size() && is_emulated(c.summary.context) ? c.name + ", emulated" : c.name);
	return labels;
}

std::string title_of(std::span<const Campaign> campaigns)
{
	auto emulated = emulated_ones(campaigns);
	return fmt::format("{} results side by side{}", campaigns.size(),
			   emulated == campaigns.size() ? ", emulated host" : emulated ? ", some of them on an emulated host" : "");
}

/// All values that a campaign's cells have of a key.
std::set<json> values_of(const Summary &summary, const std::string &key)
{
	std::set<json> values;
	for (const CellSummary &s : summary.cells)
		if (!s.to_come()) {
			json value = context_value(summary, s, key);
			if (value.is_array())
				values.insert(value.begin(), value.end());
			else
				values.insert(value);
		}
	return values;
}

std::string values_text(const std::set<json> &values)
{
	std::vector<std::string> texts;
	for (const json &value : values)
		texts.push_back(context_text(value));
	return fmt::format("{}", fmt::join(texts, " or "));
}

std::vector<std::string> context_lines(std::span<const Campaign> campaigns)
{
	std::set<std::string> keys;
	for (const Campaign &c : campaigns)
		keys.merge(context_keys(c.summary));
	std::vector<std::string> lines;
	for (const std::string &key : keys) {
		auto first = values_of(campaigns.front().summary, key);
		std::vector<std::string> parts;
		bool differ = false;
		for (const Campaign &c : campaigns) {
			auto values = values_of(c.summary, key);
			differ |= values != first;
			parts.push_back(fmt::format("{} in {}", values_text(values), c.name));
		}
		if (differ)
			lines.push_back(fmt::format("{}: {}", key, fmt::join(parts, ", ")));
	}
	return lines;
}

const CellSummary *find(const Summary &summary, const Cell &cell)
{
	auto found = std::ranges::find(summary.cells, cell.name(), [](const CellSummary &s) { return s.cell.name(); });
	return found == summary.cells.end() ? nullptr : &*found;
}

/// Cells of one name whose guests or pCPUs are others: a file of the user's own, or options for the load.
std::vector<std::string> cell_lines(std::span<const Campaign> campaigns)
{
	std::vector<std::string> lines;
	for (const Campaign &c : campaigns.subspan(1))
		for (const CellSummary &s : c.summary.cells) {
			auto *other = find(campaigns.front().summary, s.cell);
			if (other && (other->cell.guests != s.cell.guests || other->cell.pcpus != s.cell.pcpus))
				lines.push_back(fmt::format("{}: the guests, their loads or the pCPUs of {} are not those of {}", s.cell.name(), c.name,
							    campaigns.front().name));
		}
	return lines;
}

/// A row a cell, a field of each campaign's.
Grid grid_of(std::span<const Cell> cells, std::span<const Campaign> campaigns, const std::string &unit,
	     const std::function<Field(const CellSummary &)> &field)
{
	Grid grid{.head = {"over", unit}, .rows = {}};
	std::ranges::copy(labels_of(campaigns), std::back_inserter(grid.head));
	for (const Cell &cell : cells) {
		auto &row = grid.rows.emplace_back();
		row.push_back({cell.overcommit});
		row.push_back({setting_label(cell)});
		for (const Campaign &c : campaigns) {
			auto *s = find(c.summary, cell);
			row.push_back(s ? field(*s) : Field{lacking, Mark::faint});
		}
	}
	return grid;
}

Field p99_field(const CellSummary &s)
{
	return s.p99_ns ? Field{ms_text(*s.p99_ns)} : Field{lacking, Mark::faint};
}

SideBySide::Place place_of(std::span<const Cell> cells, std::span<const Campaign> campaigns)
{
	SideBySide::Place place;
	place.cells.assign(cells.begin(), cells.end());
	place.heading = block_heading(cells.front(), emulated_ones(campaigns) == campaigns.size());
	place.rates = grid_of(cells, campaigns, rate_unit(cells.front()), [](const CellSummary &s) { return rate_field(s); });
	auto has_p99 = [](const CellSummary &s) { return s.p99_ns.has_value(); };
	if (std::ranges::any_of(campaigns, [&](const Campaign &c) {
		    return std::ranges::any_of(cells, [&](const Cell &cell) { auto *s = find(c.summary, cell); return s && has_p99(*s); });
	    }))
		place.p99 = grid_of(cells, campaigns, "p99 ms", p99_field);
	return place;
}

/// The blocks of each campaign, made once: to judge them is to compare all their cells.
std::vector<std::vector<Block>> all_blocks(std::span<const Campaign> campaigns)
{
	std::vector<std::vector<Block>> blocks;
	for (const Campaign &c : campaigns)
		blocks.push_back(make_blocks(c.summary));
	return blocks;
}

/// Each campaign's block that a cell is in.
std::vector<std::pair<std::string, Block>> blocks_of(const Cell &cell, std::span<const std::vector<Block>> blocks, std::span<const std::string> labels)
{
	std::vector<std::pair<std::string, Block>> here;
	for (std::size_t i = 0; i < blocks.size(); i++)
		for (const Block &block : blocks[i])
			if (same_block(cell, block.cells.front().cell))
				here.emplace_back(labels[i], block);
	return here;
}

std::vector<std::string> notes_of(const SideBySide::Place &place)
{
	std::vector<std::string> notes;
	for (const auto &[name, block] : place.blocks)
		for (const auto &note : block.notes)
			notes.push_back(fmt::format("{}: {}", name, note));
	return notes;
}

/// The cells that any campaign has, each name once, in table_order().
std::vector<Cell> all_cells(std::span<const Campaign> campaigns)
{
	std::vector<Cell> cells;
	for (const Campaign &c : campaigns)
		for (const CellSummary &s : c.summary.cells)
			if (std::ranges::find(cells, s.cell.name(), &Cell::name) == cells.end())
				cells.push_back(s.cell);
	std::ranges::sort(cells, table_order);
	return cells;
}

} // namespace

SideBySide side_by_side(std::span<const Campaign> campaigns)
{
	SideBySide all{.title = title_of(campaigns), .how = {}, .differences = context_lines(campaigns), .places = {}};
	std::ranges::copy(cell_lines(campaigns), std::back_inserter(all.differences));
	auto labels = labels_of(campaigns);
	for (std::size_t i = 0; i < campaigns.size(); i++)
		all.how.emplace_back(labels[i], fmt::format("{} {}", campaigns[i].summary.context.value("date", ""), report_how(campaigns[i].summary)));

	auto cells = all_cells(campaigns);
	auto blocks = all_blocks(campaigns);
	for (std::span<const Cell> rest = cells; !rest.empty();) {
		auto end = std::ranges::find_if(rest, [&](const Cell &c) { return !same_block(c, rest.front()); });
		auto here = rest.first(std::size_t(end - rest.begin()));
		rest = rest.subspan(here.size());
		all.places.push_back(place_of(here, campaigns));
		all.places.back().blocks = blocks_of(here.front(), blocks, labels);
		all.places.back().notes = notes_of(all.places.back());
	}
	return all;
}

} // namespace dyield
