// SPDX-License-Identifier: GPL-2.0
#include "report/context.hpp"

namespace dyield {

nlohmann::json context_value(const Summary &summary, const CellSummary &s, const std::string &key)
{
	return s.context.value(key, summary.context.value(key, nlohmann::json()));
}

std::set<std::string> context_keys(const Summary &summary)
{
	static const std::set<std::string> of_no_account = {
		"date", "host_name", "executable", "num_cpus", "mhz_per_cpu", "cpu_scaling_enabled", "caches", "load_avg",
		"library_build_type", "how", "to_come", "json_schema_version", "library_version", "aslr_enabled",
	};
	std::set<std::string> keys;
	for (const auto &[key, value] : summary.context.items())
		if (!of_no_account.contains(key))
			keys.insert(key);
	return keys;
}

std::string context_text(const nlohmann::json &value)
{
	if (value.is_null())
		return "unknown";
	return value.is_string() ? value.get<std::string>() : value.dump();
}

} // namespace dyield
