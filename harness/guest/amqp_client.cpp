// SPDX-License-Identifier: GPL-2.0
#include "guest/amqp_client.hpp"
#include "guest/clock.hpp"
#include "guest/counter.hpp"
#include <atomic>
#include <cstring>
#include <deque>
#include <fmt/format.h>
#include <functional>
#include <mutex>
#include <proton/binary.hpp>
#include <proton/connection.hpp>
#include <proton/connection_options.hpp>
#include <proton/container.hpp>
#include <proton/delivery.hpp>
#include <proton/error_condition.hpp>
#include <proton/message.hpp>
#include <proton/messaging_handler.hpp>
#include <proton/receiver.hpp>
#include <proton/receiver_options.hpp>
#include <proton/sender.hpp>
#include <proton/sender_options.hpp>
#include <proton/tracker.hpp>
#include <proton/transport.hpp>
#include <proton/type_id.hpp>
#include <proton/work_queue.hpp>
#include <thread>

namespace dyield::guest {

namespace {

constexpr std::int64_t close_timeout_ns = 5 * ns_per_s;

// What all clients tell the control thread.
struct Shared {
	std::atomic<int> open{0}, halted{0}, closed{0};
	std::atomic<bool> closing{false};
	mutable std::mutex lock;
	std::string failure;

	void fail(const std::string &what)
	{
		std::lock_guard guard(lock);
		if (!closing && failure.empty())
			failure = "load amqp: " + what;
	}
};

// One client's connection.  Proton calls on_*() of a connection one after the other, in any of its threads.
class Client : public proton::messaging_handler {
public:
	explicit Client(Shared &s) : shared(s) { }

	void on_connection_open(proton::connection &c) override
	{
		std::lock_guard guard(lock);
		connection = c;
		work = &c.work_queue();
	}
	void on_error(const proton::error_condition &e) override { shared.fail(e.what()); }
	void on_transport_close(proton::transport &) override
	{
		shared.fail("the broker closed a connection");
		std::lock_guard guard(lock);
		work = nullptr;
		connection = {};	// in the connection's sequence: references are counted without locks
		shared.closed++;
	}

	/// Runs `step` among the connection's events; not if it has none (yet, or any more).
	void post(std::function<void()> step)
	{
		std::lock_guard guard(lock);
		if (work)
			work->add(std::move(step));
	}
	void close()
	{
		post([this] { connection.close(); });
	}

protected:
	Shared &shared;

private:
	std::mutex lock;	// for `work`, which ends with the connection
	proton::work_queue *work = nullptr;
	proton::connection connection;
};

class Publisher final : public Client {
public:
	Publisher(Shared &s, int size) : Client(s), body(std::string(size, 'x')) { }

	void on_sender_open(proton::sender &) override { shared.open++; }
	void on_sendable(proton::sender &s) override
	{
		while (!stopped && s.credit() > 0) {
			auto now = now_ns();
			std::memcpy(body.data(), &now, sizeof now);
			message.body(body);
			s.send(message);
			count.add();
		}
	}
	// In the connection's sequence, so no send is half-way when it is counted as halted.
	void halt()
	{
		post([this] {
			stopped = true;
			shared.halted++;
		});
	}
	std::uint64_t get() const noexcept { return count.get(); }

private:
	proton::binary body;
	proton::message message;
	bool stopped = false;
	Counter count;
};

class Consumer final : public Client {
public:
	Consumer(Shared &s, const LatencyGate &g) : Client(s), gate(g) { }

	void on_receiver_open(proton::receiver &) override { shared.open++; }
	void on_message(proton::delivery &, proton::message &m) override
	{
		count.add();
		std::int64_t published;
		if (m.body().type() == proton::BINARY)
			proton::get(m.body(), body);
		else
			body.clear();
		if (body.size() < sizeof published)
			return shared.fail("a message arrived without its time of publishing");
		std::memcpy(&published, body.data(), sizeof published);
		recorder.record(gate, now_ns() - published);
	}
	std::uint64_t get() const noexcept { return count.get(); }
	const LatencyRecorder &latencies() const noexcept { return recorder; }

private:
	const LatencyGate &gate;
	proton::binary body;
	Counter count;
	LatencyRecorder recorder;
};

} // namespace

struct AmqpClients::State : proton::messaging_handler {
	explicit State(const AmqpConfig &c) : config(c), container(*this, "dyield-clients")
	{
		for (int i = 0; i < c.clients / 2; i++) {
			publishers.emplace_back(shared, c.size);
			consumers.emplace_back(shared, gate);
		}
	}
	void on_container_start(proton::container &c) override;

	const AmqpConfig config;
	Shared shared;
	LatencyGate gate;
	std::deque<Publisher> publishers;	// handlers outlive the container
	std::deque<Consumer> consumers;
	proton::container container;
	std::thread thread;
};

void AmqpClients::State::on_container_start(proton::container &c)
{
	auto mode = config.presettled ? proton::delivery_mode::AT_MOST_ONCE : proton::delivery_mode::AT_LEAST_ONCE;
	auto url = [&](std::size_t i) { return fmt::format("127.0.0.1:{}/q{}", config.port, i % config.queues); };
	auto with = [](Client &h) { return proton::connection_options().handler(h).sasl_enabled(false); };
	for (std::size_t i = 0; i < consumers.size(); i++)
		c.open_receiver(url(i),
				proton::receiver_options()
					.credit_window(config.consumer_credit)
					.auto_accept(true)
					.delivery_mode(mode),
				with(consumers[i]));
	for (std::size_t i = 0; i < publishers.size(); i++)
		c.open_sender(url(i), proton::sender_options().delivery_mode(mode).auto_settle(true),
			      with(publishers[i]));
}

AmqpClients::AmqpClients(const AmqpConfig &config) : state(std::make_unique<State>(config)) { }

AmqpClients::~AmqpClients()
{
	state->shared.closing = true;
	if (!state->thread.joinable())
		return;
	state->container.stop();
	state->thread.join();
}

void AmqpClients::start()
{
	state->thread = std::thread([s = state.get()] { s->container.run(s->config.threads); });
}

bool AmqpClients::all_open() const
{
	return state->shared.open == state->config.clients;
}

void AmqpClients::halt()
{
	for (auto &p : state->publishers)
		p.halt();
}

bool AmqpClients::halted() const
{
	return state->shared.halted == int(state->publishers.size());
}

void AmqpClients::close()
{
	state->shared.closing = true;
	for (auto &p : state->publishers)
		p.close();
	for (auto &c : state->consumers)
		c.close();
	wait_for([&] { return state->shared.closed == state->config.clients; }, close_timeout_ns);
	state->container.stop();
	if (state->thread.joinable())
		state->thread.join();
}

std::uint64_t AmqpClients::sent() const
{
	return sum(state->publishers);
}

std::uint64_t AmqpClients::received() const
{
	return sum(state->consumers);
}

LatencyGate &AmqpClients::gate()
{
	return state->gate;
}

Histogram AmqpClients::latency() const
{
	Histogram all;
	for (const auto &c : state->consumers)
		c.latencies().merge_into(all, state->gate);
	return all;
}

std::string AmqpClients::failure() const
{
	std::lock_guard guard(state->shared.lock);
	return state->shared.failure;
}

} // namespace dyield::guest
