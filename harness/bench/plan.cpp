// SPDX-License-Identifier: GPL-2.0
#include "bench/plan.hpp"
#include "util/error.hpp"
#include <algorithm>
#include <fmt/ranges.h>
#include <random>
#include <set>

namespace dyield {
namespace {

/// Replaces the values of an [each] key by those that were asked for.
template <typename T>
void ask_for(Scenario &s, const std::string &key, const std::string &option, const std::vector<T> &values)
{
	if (values.empty())
		return;
	auto e = std::ranges::find(s.each, key, &Each::key);
	if (e == s.each.end())
		throw Error(fmt::format("{}: the scenario {} has no list of them ([each] {} in its file)", option, s.name, key), exit_usage);
	e->values.assign(values.begin(), values.end());
}

template <typename T, typename F>
void ask_for(std::vector<T> &of_file, const std::vector<std::string> &names, F named)
{
	if (names.empty())
		return;
	of_file.clear();
	std::ranges::transform(names, std::back_inserter(of_file), named);
}

void select(Scenario &s, const PlanOptions &o)
{
	if (o.quick)
		for (auto &q : s.quick)
			std::ranges::find(s.each, q.key, &Each::key)->values = q.values;
	ask_for(s, "load", "--loads", o.loads);
	ask_for(s, "clients", "--clients", o.clients);
	ask_for(s.layouts, o.layouts, layout_named);
	ask_for(s.pins, o.pins, pins_named);
	ask_for(s.locks, o.locks, locks_named);
	ask_for(s.settings, o.settings, [](auto &name) { return name; });
	if (!o.quick || !o.quick_flat)
		s.quick_flat.clear();
}

/// Each combination of the [each] values, as the first guest with them; the series' name joins the values.
void give_each(const Scenario &s, std::size_t at, Cell cell, std::vector<Cell> &into)
{
	if (at == s.each.size()) {
		into.push_back(cell);
		return;
	}
	auto &first = cell.guests.front();
	std::string series = cell.series;
	for (auto &v : s.each[at].values) {
		std::string text = v.is_string() ? v.get<std::string>() : v.dump();
		cell.series = series.empty() ? text : series + "/" + text;
		if (s.each[at].key == "load")
			first.load = text;
		else
			first.options[s.each[at].key] = v;
		give_each(s, at + 1, cell, into);
	}
}

std::vector<Cell> series_of(const Scenario &s, const Overcommit &column, int pcpus)
{
	Cell cell;
	cell.scenario = s.name;
	cell.guests = column.guests;
	cell.pcpus = pcpus;
	std::vector<Cell> cells;
	give_each(s, 0, cell, cells);
	for (auto &c : cells) {
		std::ranges::for_each(c.guests, check_guest);
		if (c.guests.front().busy_vcpus() == 0)
			throw Error(fmt::format("{}: the first guest, {}, does nothing: it is the one to be measured", s.name, c.guests.front().name), exit_usage);
		c.overcommit = column.name.empty() ? overcommit_name(c.guests, pcpus) : column.name;
	}
	return cells;
}

/// The places of a scenario under each setting.
std::vector<Cell> make_cells(const Scenario &s, int pcpus)
{
	std::vector<Cell> cells;
	for (auto &column : s.overcommit)
		for (auto &c : series_of(s, column, pcpus))
			for (auto locks : s.locks)
				for (auto pins : s.pins)
					for (auto layout : s.layouts)
						for (auto &setting : s.settings) {
							Cell &cell = cells.emplace_back(c);
							cell.locks = locks;
							cell.pins = pins;
							cell.layout = layout;
							std::tie(cell.setting, cell.policy) = setting_named(setting);
						}
	return cells;
}

void keep_overcommit(std::vector<Cell> &cells, const std::vector<std::string> &wanted)
{
	std::set<std::string> there;
	std::ranges::transform(cells, std::inserter(there, there.end()), &Cell::overcommit);
	for (auto &w : wanted)
		if (!there.contains(w))
			throw Error(fmt::format("unknown overcommit '{}': valid are {}", w, fmt::join(there, ", ")), exit_usage);
	if (!wanted.empty())
		std::erase_if(cells, [&](const Cell &c) { return std::ranges::find(wanted, c.overcommit) == wanted.end(); });
}

void check_names(const std::vector<Cell> &cells)
{
	std::set<std::string> names;
	for (auto &c : cells)
		if (!names.insert(c.name()).second)
			throw Error(fmt::format("two cells are {}: was it asked for twice, or need two [[overcommit]] a name?", c.name()), exit_usage);
}

std::string describe(const GuestSpec &g)
{
	return fmt::format("{} {}", g.name, g.idle() ? "idle" : g.options.empty() ? g.load : g.load + " " + g.options.dump());
}

} // namespace

std::vector<Job> make_plan(const PlanOptions &o)
{
	if (o.boots < 1 || o.boots > 100)
		throw Error(fmt::format("{} boots: must be 1 to 100", o.boots), exit_usage);
	Scenario s = read_scenario(find_scenario(o.scenario), o.pcpus);
	select(s, o);
	auto cells = make_cells(s, o.pcpus);
	keep_overcommit(cells, o.overcommit);
	if (!s.quick_flat.empty())
		std::erase_if(cells, [&](const Cell &c) { return c.layout == Layout::flat && std::ranges::find(s.quick_flat, c.overcommit) == s.quick_flat.end(); });
	check_names(cells);
	if (cells.empty())
		throw Error("nothing is left to measure: without --full or --flat-everywhere, flat is measured at few overcommits only", exit_usage);

	std::vector<Job> jobs;
	std::mt19937 random(o.seed);
	for (int boot = 0; boot < o.boots; boot++) {
		std::shuffle(cells.begin(), cells.end(), random);
		for (auto &c : cells)
			jobs.push_back({c, boot});
	}
	return jobs;
}

std::vector<Cell> cells_of(const std::vector<Job> &plan)
{
	std::vector<Cell> cells;
	for (auto &j : plan)
		if (std::ranges::find(cells, j.cell) == cells.end())
			cells.push_back(j.cell);
	return cells;
}

std::string describe_plan(const std::vector<Job> &plan)
{
	std::set<std::string> lines;
	for (auto &c : cells_of(plan)) {
		std::vector<std::string> guests;
		for (auto &g : c.guests)
			guests.push_back(fmt::format("{} ({} vCPUs, {} MiB)", describe(g), g.vcpus, g.memory_mib));
		lines.insert(fmt::format("{}{}{}: {}\n", c.series, c.series.empty() ? "" : " ", c.overcommit, fmt::join(guests, "; ")));
	}
	return fmt::format("{}", fmt::join(lines, ""));
}

} // namespace dyield
