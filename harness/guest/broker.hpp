// SPDX-License-Identifier: GPL-2.0
/// @file
/// A small AMQP 1.0 broker on Qpid Proton C++ with bounded queues.
#pragma once
#include <cstddef>
#include <memory>

namespace dyield::guest {

struct BrokerConfig {
	int threads = 4;		///< of Proton's pool, > 0
	int queues = 1;			///< named q0, q1, ...; > 0
	int capacity = 256;		///< messages a queue holds, > 0
	int publisher_credit = 1;	///< the most a publisher may hold, > 0
	bool presettled = false;	///< deliver at most once, without the consumer's acknowledgement
};

/// A publisher gets credit only while its queue has room: messages held and credit given out never exceed the
/// capacity, so memory stays flat however long it runs.  One link a connection.  Messages on their way to a
/// consumer whose connection breaks are lost, as nothing of ours reconnects.
class Broker {
public:
	explicit Broker(const BrokerConfig &config);
	~Broker();			///< stop()s

	/// Listens on a free port of 127.0.0.1 and serves in threads of its own; once.
	/// @return the port  @throws std::runtime_error when it cannot listen
	int start();
	/// Drops all connections, ends the threads.
	void stop();
	/// Connections that are open or not yet freed; at any time.
	std::size_t sessions() const;

	struct State;			///< broker.cpp's own

private:
	std::unique_ptr<State> state;
};

/// The broker as a process: prints "port N\n" to stdout once it listens and serves until SIGTERM or SIGINT.
/// Returns the exit status.
int run_broker(const BrokerConfig &config);

} // namespace dyield::guest
