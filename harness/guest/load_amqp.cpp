// SPDX-License-Identifier: GPL-2.0
// Real AMQP 1.0 over loopback TCP: seed 001's test.  Broker and clients are two processes, as there.
#include "guest/amqp_client.hpp"
#include "guest/broker_process.hpp"
#include "guest/clock.hpp"
#include "guest/load.hpp"
#include "guest/log.hpp"
#include "guest/loopback.hpp"
#include <fmt/format.h>
#include <optional>
#include <stdexcept>

namespace dyield::guest {

namespace {

constexpr std::int64_t start_timeout_ns = 120 * ns_per_s;
constexpr std::int64_t drain_timeout_ns = 10 * ns_per_s;
constexpr std::int64_t most_held_bytes = 64 << 20;	// of a guest with 256 MB

class AmqpLoad final : public Load {
public:
	explicit AmqpLoad(Options o);

	void start() override;
	void stop() override;
	std::uint64_t progress() const override { return clients ? clients->received() : 0; }
	std::uint64_t sent() const override { return clients ? clients->sent() : 0; }
	std::uint64_t received() const override { return progress(); }
	void record_latency(bool on) override { on ? clients->gate().open() : clients->gate().close(); }
	Histogram latency() const override { return clients->latency(); }
	std::string failure() override;
	const Options &options() const override { return opts; }

private:
	void drain();

	Options opts;
	std::optional<BrokerProcess> broker;	// outlives its clients
	std::optional<AmqpClients> clients;
};

AmqpLoad::AmqpLoad(Options o) : opts(std::move(o))
{
	if (opts.get("queues") > opts.get("clients") / 2)
		throw std::invalid_argument(fmt::format("load amqp: {} queues are too many for {} clients: valid is at "
							"most half the clients, so that each has both ends",
							opts.get("queues"), opts.get("clients")));
	if (opts.get("queues") * opts.get("capacity") * opts.get("size") > most_held_bytes)
		throw std::invalid_argument(fmt::format("load amqp: queues * capacity * size is {} bytes: valid is at "
							"most {}",
							opts.get("queues") * opts.get("capacity") * opts.get("size"),
							most_held_bytes));
}

void AmqpLoad::start()
{
	bring_up_loopback();
	broker.emplace(BrokerConfig{.threads = int(opts.get("broker_threads")),
				    .queues = int(opts.get("queues")),
				    .capacity = int(opts.get("capacity")),
				    .publisher_credit = int(opts.get("publisher_credit")),
				    .presettled = opts.is_set("presettled")});
	clients.emplace(AmqpConfig{.port = broker->port(),
				   .clients = int(opts.get("clients")),
				   .threads = int(opts.get("client_threads")),
				   .queues = int(opts.get("queues")),
				   .consumer_credit = int(opts.get("consumer_credit")),
				   .size = int(opts.get("size")),
				   .presettled = opts.is_set("presettled")});
	clients->start();
	bool up = wait_for([&] { return (clients->all_open() && received()) || !failure().empty(); }, start_timeout_ns);
	if (auto why = failure(); !why.empty())
		throw std::runtime_error(why);
	if (!up)
		throw std::runtime_error(fmt::format("load amqp: not all connections open, or nothing delivered, after "
						     "{} s", start_timeout_ns / ns_per_s));
}

// Waits until the consumers have all that was sent.  The time-out counts from the latest delivery: a guest that
// crawls is not one that loses messages.
void AmqpLoad::drain()
{
	std::uint64_t seen = received();
	std::int64_t end = now_ns() + drain_timeout_ns;
	while (!(clients->halted() && received() == sent())) {
		if (!failure().empty() || now_ns() >= end) {
			log("load amqp: {} sent but {} received when draining ended", sent(), received());
			return;
		}
		sleep_ns(2 * ns_per_ms);
		if (received() != seen) {
			seen = received();
			end = now_ns() + drain_timeout_ns;
		}
	}
}

void AmqpLoad::stop()
{
	clients->halt();
	drain();
	clients->close();
	broker.reset();
}

std::string AmqpLoad::failure()
{
	if (broker)
		if (auto how = broker->ended(); !how.empty())
			return fmt::format("load amqp: the broker ended with {}", how);
	return clients ? clients->failure() : std::string();
}

} // namespace

LoadKind amqp_kind()
{
	using enum Option::Kind;
	return {"amqp", "AMQP 1.0 through a broker on loopback TCP: half publishers, half consumers",
		{{"clients", integer, 16, 2, 64, "connections, half of them publishers", true},
		 {"broker_threads", integer, 4, 1, 64, "threads of the broker"},
		 {"client_threads", integer, 4, 1, 64, "threads of all clients together"},
		 {"queues", integer, 1, 1, 32, "queues, at most half the clients"},
		 {"capacity", integer, 256, 1, 65536, "messages a queue holds"},
		 {"publisher_credit", integer, 1, 1, 65536, "messages the broker lets a publisher send ahead"},
		 {"consumer_credit", integer, 1, 1, 65536, "messages a consumer lets the broker send ahead"},
		 {"size", integer, 8, 8, 65536, "body of a message in bytes; the first 8 are a timestamp"},
		 {"presettled", boolean, 0, 0, 1, "deliver at most once, without acknowledgements"}},
		[](Options o) -> std::unique_ptr<Load> { return std::make_unique<AmqpLoad>(std::move(o)); }};
}

} // namespace dyield::guest
