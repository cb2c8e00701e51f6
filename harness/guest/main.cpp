// SPDX-License-Identifier: GPL-2.0
// dyield-guest: runs loads inside a guest as the host tells it to (control.hpp: the protocol).
#include "guest/broker.hpp"
#include "guest/load.hpp"
#include "guest/log.hpp"
#include "guest/server.hpp"
#include <CLI/CLI.hpp>

using namespace dyield::guest;

int main(int argc, char **argv)
{
	CLI::App app("dyield-guest runs loads inside a guest, as the host tells it to in JSON lines on a port.",
		     "dyield-guest");
	std::string port;
	bool allow_poweroff = false;
	app.add_option("--port", port, "where the host speaks: a tty such as /dev/ttyS1, or stdio");
	app.add_flag("--allow-poweroff", allow_poweroff, "the host's poweroff switches this machine off");
	app.footer(describe_loads());

	app.add_subcommand("list", "print the loads with their options, defaults and ranges");

	BrokerConfig config;
	auto broker = app.add_subcommand("broker", "the AMQP broker of load amqp, on a free port that it prints");
	broker->add_option("--threads", config.threads)->check(CLI::Range(1, 64))->capture_default_str();
	broker->add_option("--queues", config.queues)->check(CLI::Range(1, 32))->capture_default_str();
	broker->add_option("--capacity", config.capacity, "messages a queue holds")
		->check(CLI::Range(1, 65536))->capture_default_str();
	broker->add_option("--publisher-credit", config.publisher_credit)
		->check(CLI::Range(1, 65536))->capture_default_str();
	broker->add_flag("--presettled", config.presettled, "deliver at most once");
	app.require_subcommand(0, 1);

	CLI11_PARSE(app, argc, argv);
	try {
		if (app.got_subcommand("list")) {
			fmt::print("{}", describe_loads());
			return 0;
		}
		if (app.got_subcommand(broker))
			return run_broker(config);
		if (!port.empty())
			return serve(port, allow_poweroff);
		log("nothing to do: --port PATH, list or broker (--help says more)");
		return 2;
	} catch (const std::exception &e) {
		log("{}", e.what());
		return 1;
	}
}
