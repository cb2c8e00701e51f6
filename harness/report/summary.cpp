// SPDX-License-Identifier: GPL-2.0
#include "report/summary.hpp"
#include "model/fair.hpp"
#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <tuple>
#include <utility>

namespace dyield {

namespace {

struct TableOrder {
	bool operator()(const Cell &a, const Cell &b) const { return table_order(a, b); }
};

/// The runs of each cell by boot; a later run of a boot replaces the earlier.
using RunsByCell = std::map<Cell, std::map<int, const Run *>, TableOrder>;

bool usable(const Window &w)
{
	return w.dur_ns > 0;
}

double rate(const Window &w)
{
	return 1e9 * double(w.msgs) / double(w.dur_ns);
}

/// How many of the first windows are warm-up. A fall from one mode to the other is none.
std::size_t warmup(const std::vector<Window> &windows)
{
	std::vector<double> rates;
	std::ranges::transform(windows, std::back_inserter(rates), rate);
	return two_modes(rates) ? 0 : warmup_windows(rates).value_or(0);
}

void add_windows(CellSummary &s, const Run &run)
{
	std::vector<Window> windows;
	std::ranges::copy_if(run.first().windows, std::back_inserter(windows), usable);
	auto first = s.warmup.emplace_back(warmup(windows));
	auto &rates = s.boots.emplace_back();
	auto &messages = s.boots_messages.emplace_back(0);
	for (const Window &w : std::span(windows).subspan(first)) {
		rates.push_back(rate(w));
		messages += w.msgs;
		s.measured_ns += double(w.dur_ns);
	}
	s.messages += messages;
}

/// A guest's histogram: [[upper end in ns, count]...], or null.
void add_latencies(CellSummary &s, const nlohmann::json &histogram)
{
	for (const auto &range : histogram)
		s.latencies[range.at(0)] += range.at(1).get<std::int64_t>();
}

/// The median over the boots of what `figure` says of each; none when it is unknown in all of them.
template <typename F>
std::optional<double> over_boots(std::span<const Run *const> boots, F figure)
{
	std::vector<double> known;
	for (const Run *run : boots)
		if (std::optional<double> value = figure(*run))
			known.push_back(*value);
	if (known.empty())
		return std::nullopt;
	return median(std::move(known));
}

std::optional<double> per_second(std::int64_t count, const Run &run)
{
	if (run.interval_ns <= 0)
		return std::nullopt;
	return 1e9 * double(count) / double(run.interval_ns);
}

std::optional<double> ratio(std::optional<double> a, std::optional<double> b)
{
	if (!a || !b || *b == 0)
		return std::nullopt;
	return *a / *b;
}

std::optional<double> cpu_per_message(const Run &run)
{
	std::int64_t msgs = 0;
	for (const Window &w : run.first().windows)
		msgs += usable(w) ? w.msgs : 0;
	return ratio(double(run.first().cpu_ns()), double(msgs));
}

std::optional<double> quantile(const GuestRun &guest, std::int64_t Latency::*which)
{
	if (guest.latency.count == 0)
		return std::nullopt;
	return double(guest.latency.*which);
}

void add_latency(CellSummary &s, std::span<const Run *const> boots)
{
	auto of = [&](std::int64_t Latency::*which) {
		return over_boots(boots, [=](const Run &r) { return quantile(r.first(), which); });
	};
	s.p50_ns = of(&Latency::p50_ns);
	s.p99_ns = of(&Latency::p99_ns);
	s.p999_ns = of(&Latency::p999_ns);
}

/// Each vCPU's share of the time that `what` tells; empty when it is not known.
template <typename F>
std::vector<double> of_vcpus(std::span<const Run *const> boots, std::size_t guest, F what)
{
	std::vector<double> shares;
	for (std::size_t v = 0; !boots.empty() && v < boots[0]->guests[guest].vcpus.size(); v++)
		if (auto share = over_boots(boots, [&](const Run &r) { return ratio(what(r.guests[guest].vcpus.at(v)), double(r.interval_ns)); }))
			shares.push_back(*share);
	return shares;
}

void add_guests(CellSummary &s, std::span<const Run *const> boots)
{
	for (std::size_t i = 0; i < s.guests.size(); i++) {
		GuestSummary &g = s.guests[i];
		g.share = over_boots(boots, [=](const Run &r) { return ratio(double(r.guests[i].cpu_ns()), double(r.cpu_ns())); });
		if (!g.load.empty())
			g.per_s = over_boots(boots, [=](const Run &r) { return per_second(r.guests[i].progress, r); });
		g.p99_ns = over_boots(boots, [=](const Run &r) { return quantile(r.guests[i], &Latency::p99_ns); });
		g.ran = of_vcpus(boots, i, [](const VcpuTime &v) { return double(v.ran_ns); });
		g.waited = of_vcpus(boots, i, [](const VcpuTime &v) { return v.waited_ns ? std::optional<double>(*v.waited_ns) : std::nullopt; });
	}
}

void add_host_figures(CellSummary &s, std::span<const Run *const> boots)
{
	s.guest_share = over_boots(boots, [](const Run &r) { return ratio(double(r.first().cpu_ns()), double(r.cpu_ns())); });
	if (s.guest_share)
		s.neighbour_share = 1 - *s.guest_share;
	s.cpu_ns_per_msg = over_boots(boots, cpu_per_message);
	s.ple_exits_per_s = over_boots(boots, [](const Run &r) { return per_second(r.ple_exits, r); });
}

void add_rate(CellSummary &s)
{
	auto medians = boot_medians(s);
	auto interval = interval_of_median(medians);
	s.msgs_per_s = median(std::move(medians));
	s.lo = interval.lo;
	s.hi = interval.hi;
	s.interval_kind = interval.kind;
}

std::string why_inconclusive(const CellSummary &s, std::span<const Run *const> good)
{
	if (good.empty())
		return s.failures.empty() ? "" : s.failures.front();
	auto no_exits = [](const Run *run) { return run->ple_exits == 0; };
	if (s.cell.setting != Setting::no_ple && std::ranges::all_of(good, no_exits))
		return "no PAUSE exits were counted";
	return "";
}

CellSummary summarize_cell(const Cell &cell, const std::map<int, const Run *> &boots)
{
	CellSummary s(cell);
	std::vector<const Run *> good;
	for (const auto &[number, run] : boots) {
		if (auto error = boot_error(*run); !error.empty()) {
			s.failures.push_back(error);
			continue;
		}
		good.push_back(run);
		add_windows(s, *run);
		add_latencies(s, run->first().histogram);
		s.boots_p99_ns.push_back(double(run->first().latency.p99_ns));
		s.boots_cpu_ns.push_back(cpu_per_message(*run).value_or(0));
		s.counters.push_back(run->counters);
		if (s.timeline.is_null())
			s.timeline = run->timeline;
		if (s.perf.is_null())
			s.perf = run->perf;
	}
	s.inconclusive = why_inconclusive(s, good);
	add_host_figures(s, good);
	add_guests(s, good);
	add_latency(s, good);
	if (!good.empty() && s.inconclusive.empty())
		add_rate(s);
	return s;
}

std::optional<double> share_below(const CellSummary &s, double limit)
{
	std::size_t all = 0, below = 0;
	for (const auto &rates : s.boots) {
		all += rates.size();
		below += std::size_t(std::ranges::count_if(rates, [=](double r) { return r < limit; }));
	}
	return ratio(double(below), double(all));
}

/// Fills in what compares the settings of one place with each other.
void compare_settings(std::span<CellSummary> place)
{
	std::optional<double> no_ple, stock;
	for (const CellSummary &s : place) {
		if (s.cell.setting == Setting::no_ple)
			no_ple = s.msgs_per_s;
		if (s.cell.setting == Setting::stock)
			stock = s.msgs_per_s;
	}
	for (CellSummary &s : place) {
		s.ratio_to_no_ple = ratio(s.msgs_per_s, no_ple);
		s.ratio_to_stock = ratio(s.msgs_per_s, stock);
	}
}

/// What a cell ought to reach: the best of its place or, since all settings may collapse there, its fair share of the
/// best that the same load reaches with nobody beside it.
double yardstick(const CellSummary &s, std::span<const CellSummary> all)
{
	double best = 0;
	for (const CellSummary &o : all) {
		bool same_load = o.cell.scenario == s.cell.scenario && o.cell.series == s.cell.series && !o.cell.guests.empty() &&
				 o.cell.guests.front() == s.cell.guests.front();
		if (o.cell.place() == s.cell.place())
			best = std::max(best, o.msgs_per_s.value_or(0));
		else if (same_load && o.cell.alone())
			best = std::max(best, o.msgs_per_s.value_or(0) * s.fair_guest_share);
	}
	return best;
}

void find_collapsed(std::span<CellSummary> all)
{
	for (CellSummary &s : all)
		if (double y = yardstick(s, all); s.msgs_per_s && y > 0)
			s.collapsed = share_below(s, y / 4);
}

void compare_places(std::vector<CellSummary> &cells)
{
	for (auto first = cells.begin(); first != cells.end();) {
		auto last = std::find_if(first, cells.end(), [&](const CellSummary &s) {
			return s.cell.place() != first->cell.place();
		});
		compare_settings({first, last});
		first = last;
	}
}

/// key -> its values, each once, in the order of first sight
using Values = std::map<std::string, nlohmann::json>;

void note_context(Values &values, const nlohmann::json &context)
{
	if (!context.is_object())
		return;
	for (const auto &[key, value] : context.items()) {
		auto &seen = values.try_emplace(key, nlohmann::json::array()).first->second;
		if (std::ranges::find(seen, value) == seen.end())
			seen.push_back(value);
	}
}

nlohmann::json one_or_all(const nlohmann::json &values)
{
	return values.size() == 1 ? values.front() : values;
}

void add_context(Summary &summary, const RunsByCell &runs)
{
	Values everywhere;
	std::map<Cell, Values, TableOrder> by_cell;
	for (const auto &[cell, boots] : runs)
		for (const auto &[number, run] : boots) {
			note_context(everywhere, run->context);
			note_context(by_cell[cell], run->context);
		}
	for (const auto &[key, values] : everywhere)
		summary.context[key] = one_or_all(values);
	for (CellSummary &s : summary.cells)
		for (const auto &[key, values] : by_cell[s.cell])
			if (everywhere[key].size() > 1)
				s.context[key] = one_or_all(values);
}

} // namespace

CellSummary::CellSummary(Cell c) : cell(std::move(c))
{
	auto fair = fair_shares(cell);
	for (std::size_t i = 0; i < fair.size(); i++) {
		GuestSummary &g = guests.emplace_back();
		g.name = cell.guests[i].name;
		g.load = cell.guests[i].load;
		g.fair_share = fair[i];
	}
	if (!fair.empty())
		fair_guest_share = fair[0];
}

std::vector<double> boot_medians(const CellSummary &s)
{
	std::vector<double> medians;
	std::ranges::transform(s.boots, std::back_inserter(medians), median);
	return medians;
}

std::vector<double> all_windows(const CellSummary &s)
{
	std::vector<double> windows;
	for (const auto &rates : s.boots)
		windows.insert(windows.end(), rates.begin(), rates.end());
	return windows;
}

std::string boot_error(const Run &run)
{
	if (!run.error.empty())
		return run.error;
	if (run.guests.size() != run.cell.guests.size())
		return fmt::format("{} guests were measured where there are {}", run.guests.size(), run.cell.guests.size());
	for (const GuestRun &g : run.guests)
		if (g.sent != g.received)
			return fmt::format("messages {}{}: sent {}, received {}", g.sent > g.received ? "lost" : "duplicated",
					   &g == &run.guests.front() ? "" : " in " + g.name, g.sent, g.received);
	if (std::ranges::none_of(run.first().windows, usable))
		return "no windows were measured";
	return "";
}

bool table_order(const Cell &a, const Cell &b)
{
	if (int c = strverscmp(a.series.c_str(), b.series.c_str()); a.scenario == b.scenario && c)
		return c < 0;
	auto key = [](const Cell &c) {
		return std::tuple(c.scenario, c.locks, c.pins, c.layout, c.overcommit_ratio(), c.overcommit, c.setting, c.setting_name());
	};
	return key(a) < key(b);
}

Summary summarize(std::span<const Run> runs, std::span<const Cell> planned)
{
	RunsByCell by_cell;
	for (const Cell &cell : planned)
		by_cell[cell];
	for (const Run &run : runs)
		by_cell[run.cell][run.boot] = &run;

	Summary summary;
	for (const auto &[cell, boots] : by_cell)
		summary.cells.push_back(summarize_cell(cell, boots));
	compare_places(summary.cells);
	find_collapsed(summary.cells);
	add_context(summary, by_cell);
	return summary;
}

} // namespace dyield
