// SPDX-License-Identifier: GPL-2.0
#include "model/fair.hpp"
#include <algorithm>
#include <numeric>

namespace dyield {
namespace {

/// So many pCPUs and no more for these of those who share.
struct Limit {
	std::vector<std::size_t> who;
	double pcpus;
};

/// Progressive filling: all rise together until a limit holds some of them, the others rise on. Right where every set of
/// sharers that can run short together has its limit listed.
std::vector<double> max_min(std::size_t sharers, const std::vector<Limit> &limits)
{
	std::vector<double> got(sharers, -1);	// -1: still rising
	auto rising = [&](std::size_t i) { return got[i] < 0; };
	while (std::any_of(got.begin(), got.end(), [](double g) { return g < 0; })) {
		const Limit *tightest = nullptr;
		double level = 0;
		for (auto &l : limits) {
			auto n = std::ranges::count_if(l.who, rising);
			double left = l.pcpus;
			for (auto i : l.who)
				left -= std::max(0.0, got[i]);
			if (n && (!tightest || left / double(n) < level)) {
				tightest = &l;
				level = std::max(0.0, left / double(n));
			}
		}
		for (auto i : tightest->who)
			if (rising(i))
				got[i] = level;
	}
	return got;
}

/// Between the busy vCPU threads, each of which can use one pCPU; `owner` says whose they are.
std::vector<double> between_threads(const Cell &cell)
{
	std::vector<std::size_t> owner;
	std::vector<Limit> limits;
	if (cell.pins == Pins::one_to_one)
		limits.resize(cell.pcpus, {{}, 1});
	else
		limits.push_back({{}, double(cell.pcpus)});
	for (std::size_t g = 0; g < cell.guests.size(); g++)
		for (int v = 0; v < cell.guests[g].busy_vcpus(); v++) {
			limits[v % (cell.pins == Pins::one_to_one ? cell.pcpus : 1)].who.push_back(owner.size());
			owner.push_back(g);
		}
	for (std::size_t t = 0; t < owner.size(); t++)
		limits.push_back({{t}, 1});
	auto threads = max_min(owner.size(), limits);
	std::vector<double> guests(cell.guests.size());
	for (std::size_t t = 0; t < owner.size(); t++)
		guests[owner[t]] += threads[t];
	return guests;
}

/// Between VMs. With one-to-one pins a guest can use the first so many pCPUs as it has busy vCPUs: these sets lie in each
/// other, so that it is enough to limit those who live on the first k pCPUs, for each k.
std::vector<double> between_guests(const Cell &cell)
{
	std::vector<Limit> limits;
	for (int k = 0; k <= cell.pcpus; k++) {
		Limit l{{}, double(k)};
		for (std::size_t g = 0; g < cell.guests.size(); g++)
			if (int reach = std::min(cell.guests[g].busy_vcpus(), cell.pcpus); reach <= k) {
				if (cell.pins == Pins::set && reach == k)
					limits.push_back({{g}, double(k)});
				l.who.push_back(g);
			}
		if (cell.pins == Pins::one_to_one || k == cell.pcpus)
			limits.push_back(l);
	}
	return max_min(cell.guests.size(), limits);
}

} // namespace

std::vector<double> fair_shares(const Cell &cell)
{
	auto got = cell.layout == Layout::flat ? between_threads(cell) : between_guests(cell);
	double all = std::accumulate(got.begin(), got.end(), 0.0);
	for (double &g : got)
		g = all > 0 ? g / all : 0;
	return got;
}

} // namespace dyield
