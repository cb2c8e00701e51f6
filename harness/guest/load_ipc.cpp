// SPDX-License-Identifier: GPL-2.0
// AMQP's traffic reduced to its kernel part: senders and receivers on one bounded SOCK_SEQPACKET pair, whose
// queue locks and wake-ups they all contend for.  A message broker spends most of its time in user mode and
// hides what the host does to kernel locks; this does not.
#include "guest/clock.hpp"
#include "guest/counter.hpp"
#include "guest/latency.hpp"
#include "guest/load.hpp"
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <mutex>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace dyield::guest {

namespace {

constexpr std::int64_t start_timeout_ns = 120 * ns_per_s;	// threads may come up slowly under overcommit

struct Header {
	std::int64_t published_ns;	// 0: this message is not timed
	std::int64_t reserved;		// the shortest message stays 16 bytes, as in the table of seed 001
};
static_assert(sizeof(Header) == 16);

class IpcLoad final : public Load {
public:
	explicit IpcLoad(Options o)
	: opts(std::move(o)), sent_counts(opts.get("clients") / 2), received_counts(opts.get("clients") / 2),
	  recorders(opts.get("clients") / 2)
	{ }
	~IpcLoad() override { stop(); }

	void start() override;
	void stop() override;
	std::uint64_t progress() const override { return sum(received_counts); }
	std::uint64_t sent() const override { return sum(sent_counts); }
	std::uint64_t received() const override { return sum(received_counts); }
	void record_latency(bool on) override { on ? gate.open() : gate.close(); }
	Histogram latency() const override { return merged(recorders, gate); }
	std::string failure() override;
	const Options &options() const override { return opts; }

private:
	void open_pair();
	void send(std::size_t i);
	void receive(std::size_t i);
	void fail(const char *call);

	Options opts;
	int pair[2] = {-1, -1};
	std::atomic<bool> stopping{false};
	std::atomic<std::size_t> running{0};
	LatencyGate gate;
	std::vector<Counter> sent_counts, received_counts;
	std::vector<LatencyRecorder> recorders;
	std::vector<std::thread> senders, receivers;
	std::mutex failure_lock;
	std::string failure_text;
};

void IpcLoad::open_pair()
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		throw std::system_error(errno, std::generic_category(), "socketpair");
	int bytes = int(opts.get("sndbuf"));
	// FORCE passes net.core.wmem_max, for which the guest's root has the right; without it the limit holds.
	if (bytes && setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) &&
	    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes))
		throw std::system_error(errno, std::generic_category(), "SO_SNDBUF");
	socklen_t length = sizeof bytes;
	if (getsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &bytes, &length))
		throw std::system_error(errno, std::generic_category(), "SO_SNDBUF");
	opts.set("sndbuf", bytes);
}

void IpcLoad::start()
{
	open_pair();
	for (std::size_t i = 0; i < recorders.size(); i++) {
		receivers.emplace_back(&IpcLoad::receive, this, i);
		senders.emplace_back(&IpcLoad::send, this, i);
	}
	bool up = wait_for([&] { return (running == 2 * recorders.size() && received()) || !failure().empty(); },
			   start_timeout_ns);
	if (auto why = failure(); !why.empty())
		throw std::runtime_error(why);
	if (!up)
		throw std::runtime_error(fmt::format("load ipc: only {} of {} threads ran, {} messages after {} s",
						     running.load(), 2 * recorders.size(), received(),
						     start_timeout_ns / ns_per_s));
}

void IpcLoad::stop()
{
	stopping = true;
	for (auto &t : senders)		// receivers still drain, so no sender stays blocked
		t.join();
	senders.clear();
	if (pair[0] >= 0)
		shutdown(pair[0], SHUT_WR);
	for (auto &t : receivers)	// read what is queued, then the end
		t.join();
	receivers.clear();
	for (int &fd : pair)
		if (fd >= 0)
			close(std::exchange(fd, -1));
}

void IpcLoad::send(std::size_t i)
{
	std::vector<char> message(opts.get("size"), 'x');
	const auto every = opts.get("latency_every");
	std::int64_t until_timed = 0;
	running++;
	while (!stopping.load(std::memory_order_relaxed)) {
		Header header{};
		if (until_timed-- == 0) {
			header.published_ns = now_ns();
			until_timed = every - 1;
		}
		std::memcpy(message.data(), &header, sizeof header);
		ssize_t n;
		do
			n = ::send(pair[0], message.data(), message.size(), MSG_NOSIGNAL);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return fail("send");
		sent_counts[i].add();
	}
}

void IpcLoad::receive(std::size_t i)
{
	std::vector<char> message(opts.get("size"));
	running++;
	for (;;) {
		ssize_t n = read(pair[1], message.data(), message.size());
		if (n == 0)
			return;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail("read");
		received_counts[i].add();
		Header header;
		std::memcpy(&header, message.data(), sizeof header);
		if (header.published_ns)
			recorders[i].record(gate, now_ns() - header.published_ns);
	}
}

void IpcLoad::fail(const char *call)
{
	int error = errno;
	shutdown(pair[0], SHUT_RDWR);	// nobody may wait for a peer that has gone
	std::lock_guard lock(failure_lock);
	if (failure_text.empty())
		failure_text = fmt::format("load ipc: {}: {}", call, std::generic_category().message(error));
}

std::string IpcLoad::failure()
{
	std::lock_guard lock(failure_lock);
	return failure_text;
}

} // namespace

LoadKind ipc_kind()
{
	using enum Option::Kind;
	return {"ipc", "half senders, half receivers on one SOCK_SEQPACKET pair: AMQP's kernel part",
		{{"clients", integer, 8, 2, 64, "threads, half of them senders", true},
		 {"size", integer, 16, sizeof(Header), 65536, "message size in bytes"},
		 {"sndbuf", integer, 0, 0, 64 << 20, "send buffer in bytes as SO_SNDBUF takes it, 0: the kernel's"},
		 {"latency_every", integer, 8, 1, 1000000, "a sender times every n-th of its messages"}},
		[](Options o) -> std::unique_ptr<Load> { return std::make_unique<IpcLoad>(std::move(o)); }};
}

} // namespace dyield::guest
