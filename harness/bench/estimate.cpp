// SPDX-License-Identifier: GPL-2.0
#include "bench/estimate.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace dyield {
namespace {

// Seconds, as seen: until the host is up, until a guest of 4 vCPUs is, until all are idle.
constexpr double lab_host_boot = 10, lab_guest_boot = 10, local_guest_boot = 3, settling = 5;
// Seconds around the windows: loads that start, drain and stop.
constexpr double around = 2;
constexpr double wall_per_virtual = 1.2;	// of a lab with a core of its own
constexpr double snapshot = 3;			// to write it or to continue it

double measuring(const Measure &how, int boot)
{
	return around + std::chrono::duration<double>(how.whole() + milliseconds(17 * boot)).count();
}

double booting(const Setup &setup, double a_guest)
{
	double s = settling;
	for (auto &g : setup.guests)
		s += a_guest * std::max(1.0, g.vcpus / 4.0);
	return s;
}

} // namespace

std::vector<Boot> boots_of(const std::vector<Job> &jobs)
{
	std::vector<Boot> boots{rik_boot(true)};
	for (auto &j : jobs)
		if (Boot b = boot_of(j.cell, j.boot); std::ranges::find(boots, b) == boots.end())
			boots.push_back(b);
	return boots;
}

std::chrono::seconds estimate(const std::vector<Job> &jobs, const std::vector<Boot> &boots, const Measure &how, int labs)
{
	double s = 0;
	if (labs == 0)
		for (auto &j : jobs)
			s += booting(setup_of(j.cell), local_guest_boot) + measuring(how, j.boot);
	else {
		for (auto &b : boots)
			s += snapshot + wall_per_virtual * (lab_host_boot + booting(b.setup, lab_guest_boot));
		for (auto &j : jobs)
			s += snapshot + wall_per_virtual * (settling + measuring(how, j.boot));
		s /= labs;
	}
	return std::chrono::seconds(long(s + 0.5));
}

std::string time_text(std::chrono::seconds time)
{
	long s = time.count(), minutes = (s + 30) / 60;
	if (s < 90)
		return fmt::format("{} s", s);
	return minutes < 90 ? fmt::format("{} min", minutes) : fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

} // namespace dyield
