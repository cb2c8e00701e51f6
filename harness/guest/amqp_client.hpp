// SPDX-License-Identifier: GPL-2.0
/// @file
/// Publishers and consumers of AMQP 1.0 on Qpid Proton C++, each with its own connection to the broker.
#pragma once
#include "guest/histogram.hpp"
#include "guest/latency.hpp"
#include <cstdint>
#include <memory>
#include <string>

namespace dyield::guest {

struct AmqpConfig {
	int port = 0;			///< the broker's, on 127.0.0.1
	int clients = 16;		///< even: half publish, half consume
	int threads = 4;		///< of Proton's pool, > 0
	int queues = 1;			///< client i of either half uses queue q(i modulo queues)
	int consumer_credit = 1;	///< messages a consumer lets the broker send ahead, > 0
	int size = 8;			///< body in bytes, >= 8: the first 8 are the time of publishing
	bool presettled = false;	///< at most once, without acknowledgements
};

/// All clients of one load.  The methods are for one thread, not Proton's.
class AmqpClients {
public:
	explicit AmqpClients(const AmqpConfig &config);
	~AmqpClients();			///< drops what is still open, ends the threads

	/// Begins to connect; publishers send as soon as they have credit.
	void start();
	bool all_open() const;		///< every client has its link
	/// Tells the publishers to send no more.  Once halted() says that all have heard, sent() is final.
	void halt();
	bool halted() const;
	/// Closes all connections, in order if the broker answers within 5 s, and ends the threads.
	void close();

	std::uint64_t sent() const;
	std::uint64_t received() const;
	LatencyGate &gate();		///< of the consumers' recorders
	Histogram latency() const;	///< only after close()
	std::string failure() const;	///< the first thing that went wrong before close(); empty: nothing

	struct State;			///< amqp_client.cpp's own

private:
	std::unique_ptr<State> state;
};

} // namespace dyield::guest
