// SPDX-License-Identifier: GPL-2.0
#include "host/serve.hpp"
#include "host/kmod.hpp"
#include "host/selftest.hpp"
#include "util/error.hpp"

namespace dyield {
namespace {

void answer(JsonLine &line, LocalHost &host, const nlohmann::json &order)
{
	auto progress = [&](const std::string &step) { line.send({{"event", "progress"}, {"step", step}}); };
	std::string op = order.value("op", "");
	if (op == "bring-up") {
		// In virtual time two boots would be twins, and so would be two tries: shift one against the other's ticks.
		pause_for(milliseconds(131 * order.value("boot", 0) + 17 * order.value("tries", 0)));
		host.bring_up(order.at("setup").get<Setup>(), progress);
		host.freeze();
		line.send({{"event", "frozen"}});
	} else if (op == "measure") {
		host.thaw(progress);
		Run run = host.measure_in_place(order.at("cell"), order.at("how"), progress);
		line.send({{"event", "run"}, {"run", run}});
	} else if (op == "selftest") {
		host.thaw(progress);
		line.send({{"event", "selftest"}, {"figures", selftest_figures(host)}});
	} else if (op == "pause-burst") {
		host.thaw(progress);
		Cell cell = order.at("cell");
		host.apply(cell);
		auto bursts = nlohmann::json::array();
		for (int i = 0; i < order.at("bursts"); i++) {
			auto before = cell.setting == Setting::policy ? kmod::counters() : nlohmann::json::object();
			bursts.push_back(pause_burst(host, order.at("pauses")));
			if (cell.setting == Setting::policy)
				bursts.back()["counters"] = kmod::difference(kmod::counters(), before);
		}
		line.send({{"event", "pause-burst"}, {"bursts", bursts}});
	} else {
		fail("unknown order '{}'", op);
	}
}

} // namespace

void serve(JsonLine &line, const LocalHostConfig &config)
{
	LocalHost host(config);
	line.send({{"event", "serving"}});
	for (;;) {
		auto order = line.receive(std::chrono::hours(24 * 365));
		if (!order || order->value("op", "") == "end")
			return;
		try {
			answer(line, host, *order);
		} catch (const Interrupted &) {
			throw;
		} catch (const std::exception &e) {
			line.send({{"event", "error"}, {"message", e.what()}});
		}
	}
}

nlohmann::json send_order(JsonLine &line, const nlohmann::json &order, const std::string &event, milliseconds limit, const Host::Progress &progress)
{
	line.send(order);
	for (auto until = Clock::now() + limit;;) {
		auto j = line.receive(std::chrono::ceil<milliseconds>(until - Clock::now()));
		if (!j)
			fail("no '{}' within {} s", event, limit.count() / 1000);
		std::string got = j->value("event", "");
		if (got == event)
			return *j;
		if (got == "progress")
			progress(j->value("step", ""));
		if (got == "error")
			throw OrderFailed(j->value("message", "an error without a message"));
	}
}

} // namespace dyield
