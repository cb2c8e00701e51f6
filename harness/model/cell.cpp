// SPDX-License-Identifier: GPL-2.0
#include "model/cell.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace dyield {

std::string Cell::overcommit() const
{
	return fmt::format("{:g}x", (4.0 + loops) / 4);
}

std::string Cell::setting_name() const
{
	return setting == Setting::policy ? policy : nlohmann::json(setting).get<std::string>();
}

std::string Cell::place() const
{
	return fmt::format("{}/{}/{}/{}/{}{}", scenario, load, clients, overcommit(), nlohmann::json(layout).get<std::string>(),
			   locks == Locks::pv ? "/pv" : "");
}

std::string Cell::name() const
{
	return place() + "/" + setting_name();
}

double fair_share(Layout layout, int loops, int vcpus)
{
	if (layout == Layout::flat)
		return double(vcpus) / (vcpus + loops);
	// Each VM may have half of the pCPUs; what the neighbour cannot use falls to the load's guest.
	double neighbour = std::min<double>(loops, vcpus / 2.0);
	return (vcpus - neighbour) / vcpus;
}

void to_json(nlohmann::json &j, const Cell &c)
{
	j = {{"scenario", c.scenario}, {"load", c.load}, {"clients", c.clients}, {"loops", c.loops},
	     {"layout", c.layout}, {"setting", c.setting}, {"policy", c.policy}, {"locks", c.locks}};
}

void from_json(const nlohmann::json &j, Cell &c)
{
	j.at("scenario").get_to(c.scenario);
	j.at("load").get_to(c.load);
	j.at("clients").get_to(c.clients);
	j.at("loops").get_to(c.loops);
	j.at("layout").get_to(c.layout);
	j.at("setting").get_to(c.setting);
	j.at("policy").get_to(c.policy);
	c.locks = j.value("locks", Locks::native);	// results of before there was a choice
}

} // namespace dyield
