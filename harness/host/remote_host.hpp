// SPDX-License-Identifier: GPL-2.0
/// @file
/// Another machine as the host, over ssh: `dyield serve` runs there (serve.hpp), as PAUSE exits, policies and counters are
/// of the machine that runs the guests.
#pragma once
#include "host/local_host.hpp"
#include "util/child.hpp"
#include "util/file.hpp"
#include <optional>

namespace dyield {

/// Where a libvirt URI such as qemu+ssh://root@box:2222/system leads.
struct SshAddress {
	std::string machine;	///< "root@box", as ssh takes it
	std::string port;	///< "2222"; empty: ssh's own choice
	std::string uri;	///< what the URI is there: "qemu:///system"
};
/// Nothing where a URI does not go over ssh. What ssh itself may be told in the URI (keyfile=...) belongs in ~/.ssh/config:
/// Throws Error (exit_usage) that says so.
std::optional<SshAddress> ssh_address(const std::string &uri);

class RemoteHost : public Host {
public:
	/// Starts dyield there with this configuration, whose paths are that machine's; only the folder is chosen there. Throws
	/// Error: no connection, no dyield there, or that host cannot measure, in its own words.
	RemoteHost(const SshAddress &address, const LocalHostConfig &config);
	~RemoteHost() override;	///< dyield there puts its host back and ends

	Run measure(const Cell &cell, int boot, const Measure &how, const Progress &progress) override;

private:
	[[noreturn]] void explain(const std::string &what);
	std::string log() const { return folder_.path() + "/ssh.log"; }

	std::string machine_;
	TempDir folder_{"dyield-remote"};
	JsonLine line_;
	Child ssh_;
};

} // namespace dyield
