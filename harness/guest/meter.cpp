// SPDX-License-Identifier: GPL-2.0
#include "guest/meter.hpp"

namespace dyield::guest {

void Meter::begin(std::int64_t now, std::uint64_t progress, std::int64_t window_ns)
{
	done.clear();
	start = now;
	length = window_ns;
	before = progress;
}

bool Meter::tick(std::int64_t now, std::uint64_t progress)
{
	if (now < deadline())
		return true;
	done.push_back({now - start, progress - before});
	start = now;
	before = progress;
	if (done.size() < max_windows)
		return true;
	end();
	return false;
}

} // namespace dyield::guest
