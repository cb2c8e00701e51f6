// SPDX-License-Identifier: GPL-2.0
#include "guest/meter.hpp"
#include <utility>

namespace dyield::guest {

void Meter::begin(std::int64_t now, Mark mark, std::int64_t window_ns)
{
	clear();
	start = now;
	length = window_ns;
	before = mark;
}

bool Meter::tick(std::int64_t now, Mark mark)
{
	if (now < deadline())
		return true;
	start = now;
	if (mark.at_ns <= before.at_ns) {
		idle_until = now;
		return true;
	}
	done.push_back({mark.at_ns - before.at_ns, mark.progress - before.progress});
	before = mark;
	idle_until = 0;
	if (done.size() < max_windows)
		return true;
	end();
	return false;
}

void Meter::end()
{
	length = 0;
	if (auto until = std::exchange(idle_until, 0))
		done.push_back({until - before.at_ns, 0});
}

} // namespace dyield::guest
