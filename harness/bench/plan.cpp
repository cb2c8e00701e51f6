// SPDX-License-Identifier: GPL-2.0
#include "bench/plan.hpp"
#include "util/error.hpp"
#include <algorithm>
#include <fmt/ranges.h>
#include <map>
#include <random>

namespace dyield {
namespace {

template <typename T>
T look_up(const std::string &what, const std::map<std::string, T> &valid, const std::string &value)
{
	if (auto i = valid.find(value); i != valid.end())
		return i->second;
	std::vector<std::string> names;
	for (auto &[n, v] : valid)
		names.push_back(n);
	throw Error(fmt::format("unknown {} '{}': valid are {}", what, value, fmt::join(names, ", ")), exit_usage);
}

const std::map<std::string, int> overcommits{{"1x", 0}, {"1.5x", 2}, {"2x", 4}};
const std::map<std::string, Layout> layouts{{"flat", Layout::flat}, {"vcpu-cgroups", Layout::vcpu_cgroups}};
/// no-ple, stock (without the module), and the module's policies; its own "stock" only hands through to KVM's.
std::map<std::string, Setting> all_settings()
{
	std::map<std::string, Setting> all{{"no-ple", Setting::no_ple}, {"stock-policy", Setting::policy}};
	for (auto &policy : all_policies())
		all[policy] = Setting::policy;
	all["stock"] = Setting::stock;
	return all;
}

const std::map<std::string, Setting> settings = all_settings();
const std::map<std::string, Locks> lock_kinds{{"native", Locks::native}, {"pv", Locks::pv}};
const std::map<std::string, std::string> loads{{"amqp", "amqp"}, {"ipc", "ipc"}};

void check_clients(int n)
{
	if (n < 2 || n > 64 || n % 2)
		throw Error(fmt::format("{} clients: must be an even number from 2 to 64 (half publish, half consume)", n), exit_usage);
}

Cell make_cell(const std::string &load, int clients, const std::string &locks, const std::string &layout, const std::string &over,
	       const std::string &setting)
{
	Cell c;
	check_clients(clients);
	c.load = look_up("load", loads, load);
	c.clients = clients;
	c.locks = look_up("lock kind", lock_kinds, locks);
	c.layout = look_up("layout", layouts, layout);
	c.loops = look_up("overcommit", overcommits, over);
	c.setting = look_up("setting", settings, setting);
	if (c.setting == Setting::policy)
		c.policy = setting == "stock-policy" ? "stock" : setting;
	return c;
}

std::vector<Cell> make_cells(const PlanOptions &o)
{
	std::vector<Cell> cells;
	for (auto &load : o.loads)
		for (int clients : o.clients)
			for (auto &locks : o.locks)
				for (auto &layout : o.layouts)
					for (auto &over : o.overcommit)
						for (auto &setting : o.settings)
							if (Cell c = make_cell(load, clients, locks, layout, over, setting);
							    !o.flat_at_2x_only || c.layout != Layout::flat || over == "2x")
								cells.push_back(c);
	return cells;
}

} // namespace

std::vector<std::string> all_policies()
{
	return {
#define POLICY(name) #name,
#include "policies.def"
#undef POLICY
	};
}

std::vector<Job> make_plan(const PlanOptions &o)
{
	if (o.boots < 1 || o.boots > 100)
		throw Error(fmt::format("{} boots: must be 1 to 100", o.boots), exit_usage);
	std::vector<Cell> cells = make_cells(o);
	std::vector<Job> jobs;
	std::mt19937 random(o.seed);
	for (int boot = 0; boot < o.boots; boot++) {
		std::shuffle(cells.begin(), cells.end(), random);
		for (auto &c : cells)
			jobs.push_back({c, boot});
	}
	return jobs;
}

} // namespace dyield
