// SPDX-License-Identifier: GPL-2.0
// Wake-up latency under load, after the model of Chris Mason's schbench, which Debian does not have: messengers hand out
// work to sleeping workers, a worker sleeps (a network's answer), works and asks again.  From the wake-up to the worker
// running is the latency; what a host preempts, the wake-up of one guest task by another waits for.
#include "guest/clock.hpp"
#include "guest/counter.hpp"
#include "guest/latency.hpp"
#include "guest/load.hpp"
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fmt/format.h>
#include <mutex>
#include <ranges>
#include <semaphore.h>
#include <stdexcept>
#include <thread>

namespace dyield::guest {

namespace {

constexpr std::int64_t start_timeout_ns = 120 * ns_per_s;

// A futex and no spinning before it sleeps, which std::counting_semaphore does.
class Semaphore {
public:
	Semaphore() { sem_init(&s, 0, 0); }
	~Semaphore() { sem_destroy(&s); }
	Semaphore(const Semaphore &) = delete;
	Semaphore &operator=(const Semaphore &) = delete;
	void post() { sem_post(&s); }
	void wait()
	{
		while (sem_wait(&s) && errno == EINTR)
			;
	}

private:
	sem_t s;
};

struct Worker {
	Semaphore work;
	std::int64_t woken_ns = 0;	// by its messenger, before it posts
	Counter served;
	LatencyRecorder recorder;
	std::thread thread;
};

struct Messenger {
	Semaphore asked;
	std::mutex lock;
	std::vector<Worker *> waiting;
	Counter woken;
	std::thread thread;
};

class WakeupLoad final : public Load {
public:
	explicit WakeupLoad(Options o)
	: opts(std::move(o)), messengers(opts.get("messengers")), workers(messengers.size() * opts.get("workers"))
	{ }
	~WakeupLoad() override { stop(); }

	void start() override;
	void stop() override;
	std::uint64_t progress() const override { return received(); }
	std::uint64_t sent() const override { return sum(messengers | std::views::transform(&Messenger::woken)); }
	std::uint64_t received() const override { return sum(workers | std::views::transform(&Worker::served)); }
	void record_latency(bool on) override { on ? gate.open() : gate.close(); }
	Histogram latency() const override { return merged(workers | std::views::transform(&Worker::recorder), gate); }
	std::string failure() override { return {}; }
	const Options &options() const override { return opts; }

private:
	void hand_out(Messenger &messenger);
	void ask_and_serve(Messenger &messenger, Worker &worker);
	static void ask(Messenger &messenger, Worker &worker);

	Options opts;
	std::atomic<bool> stopping{false}, all_asked{false};
	LatencyGate gate;
	std::vector<Messenger> messengers;
	std::vector<Worker> workers;
};

void WakeupLoad::start()
{
	auto each = workers.size() / messengers.size();
	for (auto &m : messengers)
		m.thread = std::thread(&WakeupLoad::hand_out, this, std::ref(m));
	for (std::size_t i = 0; i < workers.size(); i++)
		workers[i].thread = std::thread(&WakeupLoad::ask_and_serve, this, std::ref(messengers[i / each]), std::ref(workers[i]));
	auto all_serve = [&] {
		return std::all_of(workers.begin(), workers.end(), [](const Worker &w) { return w.served.get() > 0; });
	};
	if (!wait_for(all_serve, start_timeout_ns))
		throw std::runtime_error(fmt::format("load wakeup: not all {} workers ran within {} s", workers.size(),
						     start_timeout_ns / ns_per_s));
}

// Workers first: the messengers go on waking those that have asked.
void WakeupLoad::stop()
{
	stopping = true;
	for (auto &w : workers)
		if (w.thread.joinable())
			w.thread.join();
	all_asked = true;
	for (auto &m : messengers) {
		m.asked.post();
		if (m.thread.joinable())
			m.thread.join();
	}
}

void WakeupLoad::hand_out(Messenger &m)
{
	std::vector<Worker *> now;
	while (!all_asked) {
		m.asked.wait();
		{
			std::lock_guard lock(m.lock);
			now.swap(m.waiting);
		}
		for (auto *w : now) {
			m.woken.add();
			w->woken_ns = now_ns();
			w->work.post();
		}
		now.clear();
	}
}

void WakeupLoad::ask(Messenger &m, Worker &w)
{
	bool first;
	{
		std::lock_guard lock(m.lock);
		first = m.waiting.empty();
		m.waiting.push_back(&w);
	}
	if (first)	// the messenger takes all who wait
		m.asked.post();
}

void WakeupLoad::ask_and_serve(Messenger &m, Worker &w)
{
	const auto sleep_for = opts.get("sleep_us") * 1000, steps = opts.get("work") * 1000;
	while (!stopping.load(std::memory_order_relaxed)) {
		ask(m, w);
		w.work.wait();
		w.recorder.record(gate, now_ns() - w.woken_ns);
		if (sleep_for)
			sleep_ns(sleep_for);
		std::uint32_t x = 1;
		for (std::int64_t i = 0; i < steps; i++)
			x = x * 1664525 + 1013904223;
		asm volatile("" : "+r"(x));	// or the loop would be nothing
		w.served.add();
	}
}

} // namespace

LoadKind wakeup_kind()
{
	using enum Option::Kind;
	return {"wakeup", "schbench's model: workers that messengers wake; latency: of wake-ups, progress: requests served",
		{{"messengers", integer, 1, 1, 16, "threads that wake the workers"},
		 {"workers", integer, 4, 1, 64, "workers of each messenger"},
		 {"sleep_us", integer, 100, 0, 999999, "a worker's sleep in each request, in us"},
		 {"work", integer, 30, 0, 1000000, "thousands of multiplications in each request"}},
		[](Options o) -> std::unique_ptr<Load> { return std::make_unique<WakeupLoad>(std::move(o)); }};
}

} // namespace dyield::guest
