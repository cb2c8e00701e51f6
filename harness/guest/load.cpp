// SPDX-License-Identifier: GPL-2.0
#include "guest/load.hpp"
#include <fmt/format.h>
#include <stdexcept>

namespace dyield::guest {

const std::vector<LoadKind> &load_kinds()
{
	static const std::vector<LoadKind> kinds{ipc_kind(), amqp_kind(), spin_kind(), build_kind(), hackbench_kind(),
						 wakeup_kind(), command_kind(), pause_kind()};
	return kinds;
}

std::unique_ptr<Load> make_load(std::string_view name, const nlohmann::json &options)
{
	std::string names;
	for (const auto &kind : load_kinds()) {
		if (kind.name == name)
			return kind.make(Options(kind.name, kind.options, options));
		names += (names.empty() ? "" : ", ") + kind.name;
	}
	throw std::invalid_argument(fmt::format("unknown load \"{}\": valid are {}", name, names));
}

std::string describe_loads()
{
	std::string text = "Loads and their options:\n";
	for (const auto &kind : load_kinds()) {
		text += fmt::format("\n  {}: {}\n", kind.name, kind.summary);
		for (const auto &o : kind.options)
			text += fmt::format("    {:<17} {} ({})\n", o.name, o.help, range_of(o));
	}
	return text;
}

} // namespace dyield::guest
