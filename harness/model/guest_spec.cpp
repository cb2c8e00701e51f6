// SPDX-License-Identifier: GPL-2.0
#include "model/guest_spec.hpp"
#include <algorithm>

namespace dyield {

int GuestSpec::busy_vcpus() const
{
	if (idle())
		return 0;
	for (auto key : {"loops", "jobs"})
		if (auto n = options.find(key); n != options.end() && n->is_number_integer())
			return std::clamp(n->get<int>(), 0, vcpus);
	return vcpus;
}

} // namespace dyield
