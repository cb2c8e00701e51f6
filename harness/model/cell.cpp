// SPDX-License-Identifier: GPL-2.0
#include "model/cell.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace dyield {
namespace {

double ratio_of(const std::vector<GuestSpec> &guests, int pcpus)
{
	return std::accumulate(guests.begin(), guests.end(), 0.0, [](double n, const GuestSpec &g) { return n + g.busy_vcpus(); }) / pcpus;
}

} // namespace

double Cell::overcommit_ratio() const
{
	return ratio_of(guests, pcpus);
}

bool Cell::alone() const
{
	return std::all_of(guests.begin() + !guests.empty(), guests.end(), [](const GuestSpec &g) { return g.busy_vcpus() == 0; });
}

std::string Cell::setting_name() const
{
	if (setting == Setting::policy)
		return policy;
	return nlohmann::json(setting).get<std::string>() + (policy.empty() ? "" : "-" + policy);
}

std::string Cell::place() const
{
	return fmt::format("{}/{}{}{}/{}{}{}", scenario, series, series.empty() ? "" : "/", overcommit, nlohmann::json(layout).get<std::string>(),
			   pins == Pins::one_to_one ? "/one-to-one" : "", locks == Locks::pv ? "/pv" : "");
}

std::string Cell::name() const
{
	return place() + "/" + setting_name();
}

std::string overcommit_name(const std::vector<GuestSpec> &guests, int pcpus)
{
	return fmt::format("{:.3g}x", ratio_of(guests, pcpus));
}

Setup setup_of(const Cell &cell)
{
	Setup s{cell.setting != Setting::no_ple, cell.locks, cell.pins, cell.guests};
	for (auto &g : s.guests) {
		g.load.clear();
		g.options = nlohmann::json::object();
	}
	return s;
}

Cell rik_cell(const std::string &load, int clients, int loops, Layout layout, Setting setting, const std::string &policy, Locks locks)
{
	Cell c;
	c.series = fmt::format("{}/{}", load, clients);
	c.guests.resize(2);
	c.guests[0].name = "load";
	c.guests[0].load = load;
	c.guests[0].options = {{"clients", clients}};
	c.guests[1].name = "neighbour";
	if (loops) {
		c.guests[1].load = "spin";
		c.guests[1].options = {{"loops", loops}};
	}
	c.overcommit = overcommit_name(c.guests, c.pcpus);
	c.layout = layout;
	c.setting = setting;
	c.policy = policy;
	c.locks = locks;
	return c;
}

} // namespace dyield
