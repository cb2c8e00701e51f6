// SPDX-License-Identifier: GPL-2.0
/// @file
/// The broker as a child process, so that clients and broker contend through the kernel only.
#pragma once
#include "guest/broker.hpp"
#include <string>
#include <sys/types.h>

namespace dyield::guest {

/// Ends with this object, or with the thread that made it, whichever is first.
class BrokerProcess {
public:
	/// Runs this program's own file as `broker` and waits until it listens.  @throws std::exception if it does not
	explicit BrokerProcess(const BrokerConfig &config);
	/// SIGTERM, and SIGKILL when that has not worked within 5 s.
	~BrokerProcess();
	BrokerProcess(const BrokerProcess &) = delete;
	BrokerProcess &operator=(const BrokerProcess &) = delete;

	int port() const noexcept { return listening; }
	/// How it ended ("exit status 1", "signal 9"); empty while it runs.
	std::string ended();

private:
	void read_port(int pipe);
	void end() noexcept;

	pid_t pid = -1;
	int listening = 0;
	int status = 0;
};

} // namespace dyield::guest
