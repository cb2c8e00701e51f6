// SPDX-License-Identifier: GPL-2.0
#include "host/remote_host.hpp"
#include "host/serve.hpp"
#include "util/error.hpp"
#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <fmt/ranges.h>
#include <regex>
#include <sys/socket.h>

namespace dyield {
namespace {

constexpr milliseconds connect_limit(60000), order_limit(1800000);	// a boot of all guests, or a cell beside what it waits for

/// For the shell there.
std::string quoted(const std::string &word) { return "'" + boost::algorithm::replace_all_copy(word, "'", "'\\''") + "'"; }

std::string serve_command(const SshAddress &address, const LocalHostConfig &c)
{
	std::vector<std::string> words{"dyield", "serve", "--port", "-", "--connect", address.uri, "--guests", nlohmann::json(c.guest.guests).get<std::string>(),
				       "--guest-kernel", c.guest.kernel, "--guest-initrd", c.guest.initrd, "--pcpus", fmt::format("{}", fmt::join(c.guest.pcpus, ",")),
				       "--dilation", std::to_string(c.dilation)};
	if (!c.module.empty())
		words.insert(words.end(), {"--module", c.module});
	if (!c.guest.overlay.empty())
		words.insert(words.end(), {"--guest-overlay", c.guest.overlay});
	if (c.guest.one_to_one)
		words.push_back("--one-to-one");
	std::ranges::transform(words, words.begin(), quoted);
	return boost::algorithm::join(words, " ");
}

} // namespace

std::optional<SshAddress> ssh_address(const std::string &uri)
{
	static const std::regex form("([a-z]+)\\+(?:lib)?ssh2?://([^/:?]+)(?::([0-9]+))?(/[a-z]*)(\\?.*)?");
	std::smatch m;
	if (!std::regex_match(uri, m, form))
		return {};
	if (m[5].matched)
		throw Error(fmt::format("{}: what ssh is to do differently ('{}') belongs in ~/.ssh/config", uri, m.str(5)), exit_usage);
	return SshAddress{m.str(2), m.str(3), m.str(1) + "://" + m.str(4)};
}

RemoteHost::RemoteHost(const SshAddress &address, const LocalHostConfig &config) : machine_(address.machine)
{
	std::vector<std::string> argv{"ssh", "-T", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=15"};
	if (!address.port.empty())
		argv.insert(argv.end(), {"-p", address.port});
	argv.insert(argv.end(), {address.machine, serve_command(address, config)});
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		fail_errno("socketpair");
	line_ = JsonLine(ends[0]);
	FileDescriptor theirs(ends[1]);
	ssh_ = Child(argv, log(), theirs.get());
	theirs = FileDescriptor();
	try {
		line_.expect("serving", connect_limit, "dyield on " + machine_);
	} catch (const Interrupted &) {
		throw;
	} catch (const Error &e) {
		explain(e.what());
	}
}

RemoteHost::~RemoteHost()
{
	try {
		line_.send({{"op", "end"}});
		ssh_.wait(milliseconds(60000));
	} catch (const std::exception &) {
		// It has gone already, or we are told to end: the line's end tells dyield there the same.
	}
}

/// ssh ends with the status of dyield there, 255 is its own.
void RemoteHost::explain(const std::string &what)
{
	if (!ssh_.wait(milliseconds(3000)))
		fail("{}: {}", machine_, what);
	std::string how = ssh_.ended_how(), last = last_line(log());
	if (how == "exit status 127")
		throw Error(fmt::format("{}: {} (install dyield there: make install; and here ssh)", machine_, last), exit_unfit);
	if (last.starts_with("dyield: "))
		throw Error(fmt::format("{}: {}", machine_, last.substr(8)), how == fmt::format("exit status {}", int(exit_unfit)) ? exit_unfit : exit_failed);
	fail("ssh to {} ended ({}): {}", machine_, how, last.empty() ? what : last);
}

Run RemoteHost::measure(const Cell &cell, int boot, const Measure &how, const Progress &progress)
{
	Run run;
	try {
		send_order(line_, {{"op", "bring-up"}, {"setup", setup_of(cell)}, {"boot", boot}}, "frozen", order_limit, progress);
		run = send_order(line_, {{"op", "measure"}, {"cell", cell}, {"how", how}}, "run", order_limit + how.whole(), progress).at("run").get<Run>();
	} catch (const Interrupted &) {
		throw;
	} catch (const OrderFailed &e) {
		run.error = e.what();
		run.context = nlohmann::json::object();
	} catch (const Error &e) {
		explain(e.what());
	}
	run.cell = cell;
	run.boot = boot;
	run.context.update({{"machine", machine_}, {"boots_shared_by", "nothing: each cell boots its own guests"}});
	return run;
}

} // namespace dyield
