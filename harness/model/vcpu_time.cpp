// SPDX-License-Identifier: GPL-2.0
#include "model/vcpu_time.hpp"

namespace dyield {

std::vector<VcpuTime> difference(const std::vector<VcpuTime> &after, const std::vector<VcpuTime> &before)
{
	std::vector<VcpuTime> d;
	for (std::size_t i = 0; i < after.size(); i++) {
		d.push_back({after[i].ran_ns - before.at(i).ran_ns, std::nullopt});
		if (after[i].waited_ns && before[i].waited_ns)
			d.back().waited_ns = *after[i].waited_ns - *before[i].waited_ns;
	}
	return d;
}

void to_json(nlohmann::json &j, const VcpuTime &v)
{
	j = {{"ran_ns", v.ran_ns}, {"waited_ns", v.waited_ns ? nlohmann::json(*v.waited_ns) : nlohmann::json()}};
}

void from_json(const nlohmann::json &j, VcpuTime &v)
{
	j.at("ran_ns").get_to(v.ran_ns);
	v.waited_ns.reset();
	if (auto &waited = j.at("waited_ns"); !waited.is_null())
		v.waited_ns = waited.get<std::int64_t>();
}

} // namespace dyield
