// SPDX-License-Identifier: GPL-2.0
#include "guest/interrupts.hpp"
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>

namespace dyield::guest {

namespace {

bool is_interrupt(const std::string &row)
{
	static const std::set<std::string> vectors{"LOC:", "SPU:", "PMI:", "IWI:", "RES:", "CAL:", "TLB:", "THR:", "DFR:", "HYP:", "HVS:", "PIN:", "NPI:", "PIW:"};
	return std::isdigit(static_cast<unsigned char>(row[0])) || vectors.count(row);
}

} // namespace

std::uint64_t count_interrupts(const std::string &text)
{
	std::istringstream lines(text);
	std::string line, row;
	std::uint64_t sum = 0;
	std::getline(lines, line);	// the CPUs
	while (std::getline(lines, line)) {
		std::istringstream fields(line);
		if (!(fields >> row) || !is_interrupt(row))
			continue;
		for (std::uint64_t n; fields >> n;)
			sum += n;
	}
	return sum;
}

std::uint64_t interrupts_taken()
{
	std::ifstream f("/proc/interrupts");
	if (!f)
		throw std::runtime_error("cannot read /proc/interrupts");
	return count_interrupts({std::istreambuf_iterator<char>(f), {}});
}

} // namespace dyield::guest
