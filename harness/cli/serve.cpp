// SPDX-License-Identifier: GPL-2.0
#include "cli/options.hpp"
#include "host/check.hpp"
#include "host/serve.hpp"
#include "util/file.hpp"

namespace dyield::cli {

void add_serve(CLI::App &app, Action &action)
{
	struct Options {
		std::string port;
		LocalHostConfig host;
	};
	auto o = std::make_shared<Options>();
	auto *c = app.add_subcommand("serve", "measure on this host what a program at the other end of a line asks for (inside the emulated host, or over ssh)");
	c->add_option("--port", o->port, "a tty; -: stdin and stdout")->required();
	local_options(*c, o->host);
	c->footer("Examples:\n  dyield serve --port /dev/ttyS1 --guest-kernel /l2/vmlinux --guest-initrd /l2/initramfs");
	c->callback([o, &action] {
		action = [o] {
			if (o->port == "-")	// nobody has looked at this host yet
				require_fit(check_host(o->host.module));
			auto line = o->port == "-" ? JsonLine::standard() : JsonLine::open_tty(o->port);
			TempDir folder("dyield-host");
			if (o->host.folder.empty())
				o->host.folder = folder.path();
			serve(line, o->host);
			return 0;
		};
	});
}

} // namespace dyield::cli
