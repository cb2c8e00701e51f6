// SPDX-License-Identifier: GPL-2.0
#include "util/qmp.hpp"
#include "util/error.hpp"

namespace dyield::qmp {
namespace {
constexpr milliseconds greet_limit(60000);
}

nlohmann::json greet(JsonLine &line)
{
	auto hello = line.receive(greet_limit);
	if (!hello || !hello->contains("QMP"))
		fail("QEMU did not greet");
	execute(line, "qmp_capabilities");
	return *hello;
}

nlohmann::json execute(JsonLine &line, const std::string &command, const nlohmann::json &arguments, milliseconds limit)
{
	line.send({{"execute", command}, {"arguments", arguments}});
	for (;;) {
		auto j = line.receive(limit);
		if (!j)
			fail("QEMU did not answer {} in {} s", command, limit.count() / 1000);
		if (j->contains("error"))
			fail("QEMU refused {}: {}", command, j->at("error").value("desc", "no reason given"));
		if (j->contains("return"))
			return j->at("return");
	}
}

} // namespace dyield::qmp
