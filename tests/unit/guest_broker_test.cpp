// SPDX-License-Identifier: GPL-2.0
#include "guest/amqp_client.hpp"
#include "guest/broker.hpp"
#include "guest/clock.hpp"
#include <atomic>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <proton/connection.hpp>
#include <proton/connection_options.hpp>
#include <proton/container.hpp>
#include <proton/error_condition.hpp>
#include <proton/message.hpp>
#include <proton/messaging_handler.hpp>
#include <proton/sender.hpp>
#include <proton/sender_options.hpp>
#include <proton/tracker.hpp>
#include <thread>

using namespace dyield::guest;

namespace {

constexpr auto patience = 30 * ns_per_s;

// A publisher alone, which sends as long as it has credit.
struct LonePublisher : proton::messaging_handler {
	explicit LonePublisher(std::string u) : url(std::move(u)), container(*this) { }
	~LonePublisher() override
	{
		container.stop();
		if (thread.joinable())
			thread.join();
	}
	void start()
	{
		thread = std::thread([this] { container.run(); });
	}
	void on_container_start(proton::container &c) override
	{
		c.open_sender(url, proton::sender_options(), proton::connection_options().sasl_enabled(false));
	}
	void on_sendable(proton::sender &s) override
	{
		for (; s.credit() > 0; sent++)
			s.send(proton::message("x"));
	}
	void on_sender_error(proton::sender &) override { refused = true; }
	void on_error(const proton::error_condition &) override { }

	std::string url;
	std::atomic<int> sent{0};
	std::atomic<bool> refused{false};
	proton::container container;
	std::thread thread;
};

void exchange(const AmqpConfig &config)
{
	AmqpClients clients(config);
	clients.start();
	ASSERT_TRUE(wait_for([&] { return clients.all_open() && clients.received() > 200; }, patience)) << clients.failure();
	clients.halt();
	ASSERT_TRUE(wait_for([&] { return clients.halted() && clients.sent() == clients.received(); }, patience))
		<< clients.sent() << " sent, " << clients.received() << " received";
	clients.close();
	EXPECT_EQ(clients.failure(), "");
	EXPECT_EQ(clients.sent(), clients.received());
}

} // namespace

TEST(GuestBroker, DeliversEverythingAndFreesItsSessions)
{
	Broker broker({.threads = 2, .queues = 2});
	int port = broker.start();
	for (int i = 0; i < 3; i++) {
		exchange({.port = port, .clients = 8, .threads = 2, .queues = 2});
		EXPECT_TRUE(wait_for([&] { return broker.sessions() == 0; }, patience)) << broker.sessions() << " left";
	}
}

TEST(GuestBroker, ATinyQueueStallsNobody)
{
	Broker broker({.threads = 2, .capacity = 1, .publisher_credit = 10});
	exchange({.port = broker.start(), .clients = 12, .threads = 2, .consumer_credit = 3});
}

TEST(GuestBroker, PresettledWorks)
{
	Broker broker({.threads = 2, .publisher_credit = 10, .presettled = true});
	exchange({.port = broker.start(), .clients = 4, .threads = 2, .consumer_credit = 10, .size = 100, .presettled = true});
}

TEST(GuestBroker, AQueueHoldsItsCapacityAndNoMore)
{
	Broker broker({.threads = 2, .capacity = 20, .publisher_credit = 7});
	LonePublisher publisher(fmt::format("127.0.0.1:{}/q0", broker.start()));
	publisher.start();
	EXPECT_TRUE(wait_for([&] { return publisher.sent == 20; }, patience)) << publisher.sent;
	sleep_ns(200 * ns_per_ms);
	EXPECT_EQ(publisher.sent, 20);
}

TEST(GuestBroker, APublisherThatGoesGivesItsRoomBack)
{
	Broker broker({.threads = 2, .capacity = 5, .publisher_credit = 5});
	auto url = fmt::format("127.0.0.1:{}/q0", broker.start());
	{
		LonePublisher first(url);
		first.start();
		ASSERT_TRUE(wait_for([&] { return first.sent == 5; }, patience));
	}
	// The queue is full and its publisher gone: consumers must find the room usable again.
	AmqpClients clients({.port = std::stoi(url.substr(url.find(':') + 1)), .clients = 4, .threads = 2});
	clients.start();
	// The five first messages have no timestamp, and the consumers say so; what counts is that more follow.
	EXPECT_TRUE(wait_for([&] { return clients.received() > 100; }, patience)) << clients.received();
	clients.close();
}

TEST(GuestBroker, UnknownQueuesAreRefused)
{
	Broker broker({.threads = 1, .queues = 2});
	int port = broker.start();
	for (auto queue : {"q2", "q", "q-1", "q0x", "other"}) {
		LonePublisher publisher(fmt::format("127.0.0.1:{}/{}", port, queue));
		publisher.start();
		EXPECT_TRUE(wait_for([&] { return publisher.refused.load(); }, patience)) << queue;
		EXPECT_EQ(publisher.sent, 0);
	}
}

TEST(GuestClients, ABrokerThatGoesIsAFailure)
{
	auto broker = std::make_unique<Broker>(BrokerConfig{.threads = 1});
	AmqpClients clients({.port = broker->start(), .clients = 4, .threads = 1});
	clients.start();
	ASSERT_TRUE(wait_for([&] { return clients.received() > 0; }, patience));
	EXPECT_EQ(clients.failure(), "");
	broker.reset();
	EXPECT_TRUE(wait_for([&] { return !clients.failure().empty(); }, patience));
	clients.close();
}
