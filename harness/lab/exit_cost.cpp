// SPDX-License-Identifier: GPL-2.0
#include "lab/exit_cost.hpp"
#include "util/error.hpp"
#include <algorithm>

namespace dyield {
namespace {

constexpr std::int64_t pauses = 9000000;
constexpr int bursts_a_lab = 9;
constexpr milliseconds limit(600000);

Cell cell_of(const std::string &setting)
{
	auto kind = setting == "no-ple" ? Setting::no_ple : setting == "stock" ? Setting::stock : Setting::policy;
	return rik_cell("ipc", 8, 0, Layout::flat, kind, kind == Setting::policy ? setting : "");
}

const Burst &find(const std::vector<Burst> &bursts, const std::string &setting)
{
	auto found = std::ranges::find(bursts, setting, &Burst::setting);
	if (found == bursts.end())
		fail("no burst of PAUSEs was measured with {}", setting);
	return *found;
}

} // namespace

Burst measure_burst(EmulatedHost &host, const std::string &setting, const Host::Progress &progress)
{
	Cell cell = cell_of(setting);
	Lab lab = host.continue_from(boot_of(cell, 0), progress);
	auto bursts = lab.order({{"op", "pause-burst"}, {"cell", cell}, {"pauses", pauses}, {"bursts", bursts_a_lab}}, "pause-burst", limit, progress).at("bursts");
	lab.quit();
	std::vector<Burst> all;
	for (auto &b : bursts)
		all.push_back({setting, b.at("pause_burst_ns").get<double>() - (b.contains("counters") ? b["counters"].at("sleep_ns").get<double>() : 0), b.at("pause_exits")});
	return *std::ranges::min_element(all, {}, &Burst::ns);
}

std::vector<ExitCost> exit_costs(const std::vector<Burst> &bursts, const LabConfig &config)
{
	// Only one pCPU works, so that virtual time is its instructions.
	auto cost = [&](const Burst &b) {
		if (b.exits < pauses / config.window / 2)
			fail("{}: {} PAUSEs gave {} PAUSE exits", b.setting, pauses, b.exits);
		return (b.ns - find(bursts, "no-ple").ns) / double(b.exits) / double(1 << config.shift);
	};
	double stock = cost(find(bursts, "stock"));
	std::vector<ExitCost> costs;
	for (auto &b : bursts)
		if (b.setting != "no-ple")
			costs.push_back({b.setting, b.exits, cost(b), cost(b) / stock});
	return costs;
}

std::string exit_cost_table(const std::vector<ExitCost> &costs, const LabImage &image)
{
	std::string t = fmt::format("instructions a PAUSE exit, there and back, nobody waiting for a CPU; quickest of {} bursts; emulated host, kernel {}\n\n{:<12} {:>12} {:>8} {:>8}\n",
				    bursts_a_lab, image.kernel, "", "instructions", "/stock", "exits");
	for (auto &c : costs)
		t += fmt::format("{:<12} {:>12.0f} {:>8.2f} {:>8}\n", c.setting, c.instructions, c.to_stock, c.exits);
	return t;
}

} // namespace dyield
