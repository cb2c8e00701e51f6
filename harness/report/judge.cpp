// SPDX-License-Identifier: GPL-2.0
#include "report/judge.hpp"
#include "report/stats.hpp"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>

namespace dyield {

namespace {

using Figure = std::optional<double>;

constexpr std::size_t least_boots = 5;
constexpr double least_share = 0.96;	// over what a guest wants

/// On which kernel results were measured; of several, as with patched settings beside others, none is theirs.
std::string kernel_of(const Summary &summary)
{
	auto kernel = summary.context.find("kernel");
	return kernel != summary.context.end() && kernel->is_string() ? kernel->get<std::string>() : "";
}

/// All cells, to be asked for by place and setting. The same cell on two kernels is two places.
class Cells {
public:
	explicit Cells(std::span<const Summary> results)
	{
		bool differ = std::ranges::any_of(results, [&](const Summary &s) { return kernel_of(s) != kernel_of(results.front()); });
		for (const Summary &summary : results)
			for (const CellSummary &s : summary.cells)
				if (!s.to_come())
					add(s, differ ? kernel_of(summary) + "/" : "");
	}

	using Place = std::map<std::string, const CellSummary *>;
	const std::map<std::string, Place> &places() const { return places_; }

	/// Where a cell was measured, or another on the same kernel.
	std::string place_of(const CellSummary &s) const { return place_of(s, s.cell); }
	std::string place_of(const CellSummary &s, const Cell &cell) const { return on_.at(&s) + cell.place(); }

	/// nullptr: not measured, or to no conclusion.
	const CellSummary *at(const std::string &place, const std::string &setting) const
	{
		auto p = places_.find(place);
		if (p == places_.end())
			return nullptr;
		auto s = p->second.find(setting);
		return s == p->second.end() || !s->second->msgs_per_s ? nullptr : s->second;
	}

	/// The highest throughput at a place, of the settings whose cells `counts`.
	template <typename Counts> Figure best(const std::string &place, Counts counts) const
	{
		Figure best;
		for (const auto &[setting, s] : places_.at(place))
			if (s->msgs_per_s && counts(*s))
				best = std::max(best.value_or(0), *s->msgs_per_s);
		return best;
	}

private:
	void add(const CellSummary &s, const std::string &on)
	{
		on_[&s] = on;
		if (!places_[place_of(s)].emplace(s.cell.setting_name(), &s).second)
			throw std::invalid_argument(fmt::format("{} is in two of the results", s.cell.name()));
	}

	std::map<std::string, Place> places_;
	std::map<const CellSummary *, std::string> on_;	///< which kernel, if that differs
};

Figure over(Figure a, Figure b)
{
	return a && b && *b > 0 ? Figure(*a / *b) : std::nullopt;
}

Figure rate(const CellSummary *s)
{
	return s ? s->msgs_per_s : std::nullopt;
}

Figure p99(const CellSummary *s)
{
	return s ? s->p99_ns : std::nullopt;
}

/// A share over what the guest wants: the fair one, or less where it takes less of itself.
Figure wanted_share(Figure share, Figure fair, Figure unasked)
{
	return over(share, fair && unasked ? std::min(*fair, *unasked) : fair);
}

Figure own_share(const CellSummary &s, const Cells &cells)
{
	const CellSummary *unasked = cells.at(cells.place_of(s), "no-ple");
	return wanted_share(s.guest_share, s.fair_guest_share, unasked ? unasked->guest_share : std::nullopt);
}

/// The worst of the neighbours that are busy.
Figure neighbour_share(const CellSummary &s, const Cells &cells)
{
	const CellSummary *unasked = cells.at(cells.place_of(s), "no-ple");
	Figure least;
	for (std::size_t i = 1; i < s.guests.size(); i++) {
		const GuestSummary &g = s.guests[i];
		if (g.load.empty())
			continue;
		Figure share = wanted_share(g.share, g.fair_share, unasked && i < unasked->guests.size() ? unasked->guests[i].share : std::nullopt);
		if (share)
			least = std::min(least.value_or(std::numeric_limits<double>::max()), *share);
	}
	return least;
}

/// A geometric mean that grows.
class Mean {
public:
	void add(Figure x)
	{
		if (x) {
			sum_ += std::log(std::max(*x, 1e-9));
			count_++;
		}
	}
	Figure value() const { return count_ ? Figure(std::exp(sum_ / double(count_))) : std::nullopt; }

private:
	double sum_ = 0;
	std::size_t count_ = 0;
};

/// Keeps the lower of two, with where that was.
void keep_least(Figure &least, std::string *where, Figure x, const std::string &place)
{
	if (!x || (least && *least <= *x))
		return;
	least = x;
	if (where)
		*where = place;
}

Standing standing_of(const std::string &setting, const Cells &cells)
{
	Standing out;
	out.setting = setting;
	Mean stock, no_ple, best, fair, latency;
	auto any = [](const CellSummary &) { return true; };
	auto takes_nothing = [&](const CellSummary &s) { return neighbour_share(s, cells).value_or(1) >= least_share; };
	double collapsed = 0;
	for (const auto &[place, settings] : cells.places()) {
		if (!settings.contains(setting))
			continue;
		const CellSummary *s = cells.at(place, setting);
		if (!s) {
			out.inconclusive++;
			continue;
		}
		out.places++;
		stock.add(over(rate(s), rate(cells.at(place, "stock"))));
		no_ple.add(over(rate(s), rate(cells.at(place, "no-ple"))));
		latency.add(over(p99(s), p99(cells.at(place, "stock"))));
		Figure to_best = over(rate(s), cells.best(place, any));
		best.add(to_best);
		fair.add(over(rate(s), cells.best(place, takes_nothing)));
		keep_least(out.worst, &out.worst_place, to_best, place);
		keep_least(out.own_share, nullptr, own_share(*s, cells), place);
		keep_least(out.neighbour_share, nullptr, neighbour_share(*s, cells), place);
		collapsed += s->collapsed.value_or(0);
	}
	out.to_stock = stock.value();
	out.to_no_ple = no_ple.value();
	out.to_best = best.value();
	out.to_fair = fair.value();
	out.p99_to_stock = latency.value();
	if (out.places)
		out.collapsed = collapsed / double(out.places);
	return out;
}

std::vector<Standing> standings_of(const Cells &cells)
{
	std::set<std::string> settings;
	for (const auto &[place, at] : cells.places())
		for (const auto &[setting, s] : at)
			settings.insert(setting);
	std::vector<Standing> out;
	for (const auto &setting : settings)
		out.push_back(standing_of(setting, cells));
	std::ranges::stable_sort(out, std::greater<>{}, [](const Standing &s) { return s.to_best.value_or(0); });
	return out;
}

/// What a bar asks of a cell of the policy; nothing if the cell has no part in it, or cannot tell.
using Question = std::function<Figure(const CellSummary &)>;

Bar ask(const std::string &what, double limit, bool at_most, const Cells &cells, const std::string &policy, const Question &question)
{
	Bar bar{.what = what, .limit = limit, .at_most = at_most, .figure = {}, .where = {}, .middle = {}, .places = 0};
	std::vector<double> figures;
	for (const auto &[place, settings] : cells.places()) {
		const CellSummary *s = cells.at(place, policy);
		Figure x = s ? question(*s) : std::nullopt;
		if (!x)
			continue;
		figures.push_back(*x);
		if (!bar.figure || (at_most ? *x > *bar.figure : *x < *bar.figure)) {
			bar.figure = x;
			bar.where = place;
		}
	}
	bar.places = figures.size();
	if (bar.places)
		bar.middle = median(figures);
	return bar;
}

bool contended(const Cell &c)
{
	return c.locks == Locks::native && (c.overcommit == "1.5x" || c.overcommit == "2x");
}

bool runs_ipc(const Cell &c)
{
	return c.guests.front().load == "ipc";
}

/// Throughput in a flat layout over that with a cgroup a vCPU, all else alike.
Figure flat_to_cgroups(const CellSummary &s, const Cells &cells)
{
	Cell other = s.cell;
	other.layout = Layout::vcpu_cgroups;
	return over(rate(&s), rate(cells.at(cells.place_of(s, other), s.cell.setting_name())));
}

std::vector<Bar> bars_of(const Cells &cells, const std::string &policy)
{
	std::vector<Bar> bars;
	auto to_stock = [&](const CellSummary &s) { return over(rate(&s), rate(cells.at(cells.place_of(s), "stock"))); };
	auto p99_to_stock = [&](const CellSummary &s) { return over(p99(&s), p99(cells.at(cells.place_of(s), "stock"))); };
	auto other = [&](const CellSummary &s) { return s.cell.setting_name() != policy; };
	auto least = [&](const std::string &what, double limit, const Question &q) { bars.push_back(ask(what, limit, false, cells, policy, q)); };
	auto most = [&](const std::string &what, double limit, const Question &q) { bars.push_back(ask(what, limit, true, cells, policy, q)); };
	auto where = [](bool applies, Figure x) { return applies ? x : std::nullopt; };

	least("boots of a cell", least_boots, [](const CellSummary &s) { return Figure(double(s.boots.size())); });
	least("everywhere: throughput over the best other setting's", 0.97,
	      [&](const CellSummary &s) { return over(rate(&s), cells.best(cells.place_of(s), other)); });
	least("ipc, a cgroup a vCPU, native locks, 1.5x and 2x: over stock's", 1.15, [&](const CellSummary &s) {
		return where(contended(s.cell) && runs_ipc(s.cell) && s.cell.layout == Layout::vcpu_cgroups, to_stock(s));
	});
	least("ipc, flat, native locks, 1.5x and 2x: over a cgroup a vCPU", 0.9, [&](const CellSummary &s) {
		return where(contended(s.cell) && runs_ipc(s.cell) && s.cell.layout == Layout::flat, flat_to_cgroups(s, cells));
	});
	least("at 1x, and with PV locks: over stock's", 0.99, [&](const CellSummary &s) {
		return where(s.cell.overcommit == "1x" || s.cell.locks == Locks::pv, to_stock(s));
	});
	least("everywhere: the first guest's share over what it wants", least_share, [&](const CellSummary &s) { return own_share(s, cells); });
	least("everywhere: a neighbour's share over what it wants", least_share, [&](const CellSummary &s) { return neighbour_share(s, cells); });
	most("flat, 2x: p99 latency over stock's", 0.5, [&](const CellSummary &s) {
		return where(s.cell.overcommit == "2x" && s.cell.layout == Layout::flat && s.cell.locks == Locks::native, p99_to_stock(s));
	});
	most("a cgroup a vCPU, 2x: p99 latency over stock's", 1, [&](const CellSummary &s) {
		return where(s.cell.overcommit == "2x" && s.cell.layout == Layout::vcpu_cgroups && s.cell.locks == Locks::native, p99_to_stock(s));
	});
	most("everywhere: share of windows collapsed", 0.01, [](const CellSummary &s) { return s.collapsed; });
	least("more vCPUs, more guests (matrix-scale, -guests): over stock's", 1, [&](const CellSummary &s) {
		return where(s.cell.scenario == "matrix-scale" || s.cell.scenario == "matrix-guests", to_stock(s));
	});
	return bars;
}

} // namespace

bool Judgement::met() const
{
	return std::ranges::all_of(bars, &Bar::met);
}

Judgement judge(std::span<const Summary> results, const std::string &policy)
{
	Cells cells(results);
	return {.policy = policy, .standings = standings_of(cells), .bars = bars_of(cells, policy)};
}

} // namespace dyield
