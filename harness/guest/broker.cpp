// SPDX-License-Identifier: GPL-2.0
#include "guest/broker.hpp"
#include "guest/log.hpp"
#include <algorithm>
#include <charconv>
#include <csignal>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <proton/connection.hpp>
#include <proton/connection_options.hpp>
#include <proton/container.hpp>
#include <proton/delivery.hpp>
#include <proton/error_condition.hpp>
#include <proton/listen_handler.hpp>
#include <proton/listener.hpp>
#include <proton/message.hpp>
#include <proton/messaging_handler.hpp>
#include <proton/receiver.hpp>
#include <proton/receiver_options.hpp>
#include <proton/sender.hpp>
#include <proton/sender_options.hpp>
#include <proton/source.hpp>
#include <proton/source_options.hpp>
#include <proton/target.hpp>
#include <proton/target_options.hpp>
#include <proton/transport.hpp>
#include <proton/work_queue.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace dyield::guest {

namespace {

class Session;

// Sessions on the lists are open: they leave them under the lock before Proton frees their connection.
struct Queue {
	std::mutex lock;
	std::deque<proton::message> held;
	int promised = 0;			// credit that publishers hold
	std::deque<Session *> consumers;	// have credit, found nothing to send
	std::deque<Session *> publishers;	// want credit, found no room

	void wake_consumer();			// with the lock held, as the next
	void wake_publisher();
};

} // namespace

struct Broker::State : proton::listen_handler {
	explicit State(const BrokerConfig &c) : config(c), queues(c.queues), container("dyield-broker") { }

	void on_open(proton::listener &l) override { port.set_value(l.port()); }
	proton::connection_options on_accept(proton::listener &) override;
	void on_error(proton::listener &, const std::string &what) override
	{
		port.set_exception(std::make_exception_ptr(std::runtime_error("broker: cannot listen: " + what)));
	}
	Queue *find(const std::string &address);
	void forget(Session *session);		// frees it

	const BrokerConfig config;
	std::vector<Queue> queues;
	std::mutex sessions_lock;
	std::unordered_map<Session *, std::shared_ptr<Session>> sessions;
	std::promise<int> port;
	proton::container container;
	std::thread thread;
};

namespace {

// One connection with one link.  All but the queue's lists runs in the connection's own sequence of events.
class Session final : public proton::messaging_handler, public std::enable_shared_from_this<Session> {
public:
	explicit Session(Broker::State &b) : broker(b) { }

	void on_connection_open(proton::connection &c) override
	{
		work = &c.work_queue();
		c.open();
	}
	void on_error(const proton::error_condition &) override { }	// a close follows
	void on_transport_close(proton::transport &) override;

	void on_receiver_open(proton::receiver &r) override;		// the peer publishes
	void on_message(proton::delivery &, proton::message &m) override;

	void on_sender_open(proton::sender &s) override;		// the peer consumes
	void on_sendable(proton::sender &) override { drain(); }

	// Runs `step` in this session's sequence, if it is still open by then.  With the queue's lock held.
	void post(void (Session::*step)())
	{
		waiting = false;
		work->add([weak = weak_from_this(), step] {
			if (auto self = weak.lock())
				(self.get()->*step)();
		});
	}
	void top_up();
	void drain();

private:
	template <typename Link> bool attach(Link &link, const std::string &address);
	bool take(proton::message &m);

	Broker::State &broker;
	proton::work_queue *work = nullptr;
	proton::sender to;
	proton::receiver from;
	Queue *queue = nullptr;
	int credit = 0;			// the publisher's, as we gave it; under the queue's lock
	bool waiting = false;		// on one of the queue's lists; under the queue's lock
	bool closed = false;
};

void Queue::wake_consumer()
{
	if (consumers.empty())
		return;
	consumers.front()->post(&Session::drain);
	consumers.pop_front();
}

void Queue::wake_publisher()
{
	if (publishers.empty())
		return;
	publishers.front()->post(&Session::top_up);
	publishers.pop_front();
}

template <typename Link> bool Session::attach(Link &link, const std::string &address)
{
	Queue *found = queue ? nullptr : broker.find(address);
	if (found) {
		queue = found;
		return true;
	}
	link.open();
	link.close(proton::error_condition("amqp:not-found", "no such queue, or a second link: " + address));
	return false;
}

void Session::on_receiver_open(proton::receiver &r)
{
	auto address = r.target().address();
	if (!attach(r, address))
		return;
	r.open(proton::receiver_options()
		       .target(proton::target_options().address(address))
		       .credit_window(0)
		       .auto_accept(true));
	from = r;
	top_up();
}

// Gives the publisher new credit as far as the queue has room; without room it waits for its turn.
void Session::top_up()
{
	if (closed)
		return;
	int give;
	{
		std::lock_guard guard(queue->lock);
		const int most = broker.config.publisher_credit;
		if (credit > most / 2)
			return;
		int room = broker.config.capacity - int(queue->held.size()) - queue->promised;
		give = std::min(room, most - credit);
		if (give <= 0) {
			if (!waiting)
				queue->publishers.push_back(this);
			waiting = true;
			return;
		}
		queue->promised += give;
		credit += give;
	}
	from.add_credit(give);
}

void Session::on_message(proton::delivery &, proton::message &m)
{
	{
		std::lock_guard guard(queue->lock);
		queue->held.push_back(std::move(m));
		queue->promised--;
		credit--;
		queue->wake_consumer();
	}
	top_up();
}

void Session::on_sender_open(proton::sender &s)
{
	auto address = s.source().address();
	if (!attach(s, address))
		return;
	auto mode = broker.config.presettled ? proton::delivery_mode::AT_MOST_ONCE : proton::delivery_mode::AT_LEAST_ONCE;
	s.open(proton::sender_options()
		       .source(proton::source_options().address(address))
		       .delivery_mode(mode)
		       .auto_settle(true));
	to = s;
}

// Takes the oldest message; without one the session waits for its turn.
bool Session::take(proton::message &m)
{
	std::lock_guard guard(queue->lock);
	if (queue->held.empty()) {
		if (!waiting)
			queue->consumers.push_back(this);
		waiting = true;
		return false;
	}
	m = std::move(queue->held.front());
	queue->held.pop_front();
	queue->wake_publisher();
	return true;
}

void Session::drain()
{
	if (closed || !queue)
		return;
	proton::message m;
	while (to.credit() > 0) {
		if (!take(m))
			return;
		to.send(m);
	}
	// Woken for a message for which the credit had already gone: another consumer may have some.
	std::lock_guard guard(queue->lock);
	if (!queue->held.empty())
		queue->wake_consumer();
}

void Session::on_transport_close(proton::transport &)
{
	closed = true;
	if (queue) {
		std::lock_guard guard(queue->lock);
		std::erase(queue->consumers, this);
		std::erase(queue->publishers, this);
		queue->promised -= credit;
		for (; credit > 0; credit--)
			queue->wake_publisher();
	}
	// Proton's handles count references without locks, so they go here, in the connection's sequence.
	to = {};
	from = {};
	broker.forget(this);	// the last event of a connection, and the end of this object
}

} // namespace

proton::connection_options Broker::State::on_accept(proton::listener &)
{
	auto session = std::make_shared<Session>(*this);
	std::lock_guard guard(sessions_lock);
	sessions.emplace(session.get(), session);
	return proton::connection_options().handler(*session).sasl_enabled(false);
}

Queue *Broker::State::find(const std::string &address)
{
	std::size_t n = 0;
	auto begin = address.data(), end = begin + address.size();
	if (address.size() < 2 || address[0] != 'q')
		return nullptr;
	auto [last, error] = std::from_chars(begin + 1, end, n);
	return error == std::errc() && last == end && n < queues.size() ? &queues[n] : nullptr;
}

void Broker::State::forget(Session *session)
{
	std::shared_ptr<Session> freed;		// its destructor runs without the lock
	std::lock_guard guard(sessions_lock);
	if (auto i = sessions.find(session); i != sessions.end()) {
		freed = std::move(i->second);
		sessions.erase(i);
	}
}

Broker::Broker(const BrokerConfig &config) : state(std::make_unique<State>(config)) { }

Broker::~Broker()
{
	stop();
}

int Broker::start()
{
	auto port = state->port.get_future();
	state->container.listen("127.0.0.1:0", *state);
	state->thread = std::thread([s = state.get()] { s->container.run(s->config.threads); });
	return port.get();
}

void Broker::stop()
{
	if (!state->thread.joinable())
		return;
	state->container.stop();
	state->thread.join();
}

std::size_t Broker::sessions() const
{
	std::lock_guard guard(state->sessions_lock);
	return state->sessions.size();
}

int run_broker(const BrokerConfig &config)
{
	std::signal(SIGPIPE, SIG_IGN);	// clients may go at any time
	sigset_t ends;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, nullptr);	// before there are threads: sigwait() takes them
	try {
		Broker broker(config);
		fmt::print("port {}\n", broker.start());
		std::fflush(stdout);
		int signal;
		sigwait(&ends, &signal);
		return 0;
	} catch (const std::exception &e) {
		log("{}", e.what());
		return 1;
	}
}

} // namespace dyield::guest
