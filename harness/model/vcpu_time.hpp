// SPDX-License-Identifier: GPL-2.0
/// @file
/// What a vCPU's thread did, by the host's scheduler.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace dyield {

struct VcpuTime {
	std::int64_t ran_ns = 0;
	/// Runnable, but not running: what the guest sees as steal time. Nothing if the host does not tell.
	std::optional<std::int64_t> waited_ns;
};

/// after - before, vCPU by vCPU.
std::vector<VcpuTime> difference(const std::vector<VcpuTime> &after, const std::vector<VcpuTime> &before);

void to_json(nlohmann::json &j, const VcpuTime &v);	///< {"ran_ns", "waited_ns": null if unknown}
void from_json(const nlohmann::json &j, VcpuTime &v);

} // namespace dyield
