// SPDX-License-Identifier: GPL-2.0
// Endless loops, one pinned to each of the first vCPUs: the neighbour of seed 001 that takes CPU time and gives
// none back.  They never execute PAUSE, so the host never gets a PAUSE exit from them; with the options `pause` and
// `kernel_pause` they do nothing else, as a guest would that wants to profit from what the host does then.
#include "guest/clock.hpp"
#include "guest/counter.hpp"
#include "guest/kernel_pause.hpp"
#include "guest/load.hpp"
#include "guest/pause.hpp"
#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <functional>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <sched.h>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace dyield::guest {

namespace {

constexpr std::int64_t start_timeout_ns = 120 * ns_per_s;

std::vector<int> usable_cpus()
{
	cpu_set_t set;
	std::vector<int> cpus;
	if (sched_getaffinity(0, sizeof set, &set) == 0)
		for (int i = 0; i < CPU_SETSIZE; i++)
			if (CPU_ISSET(i, &set))
				cpus.push_back(i);
	return cpus;
}

class SpinLoad final : public Load {
public:
	explicit SpinLoad(Options o) : opts(std::move(o)), counts(opts.get("loops")) { }
	~SpinLoad() override { stop(); }

	void start() override;
	void stop() override;
	std::uint64_t progress() const override { return sum(counts); }
	std::uint64_t sent() const override { return 0; }
	std::uint64_t received() const override { return 0; }
	void record_latency(bool) override { }
	Histogram latency() const override { return {}; }
	std::string failure() override;
	const Options &options() const override { return opts; }

private:
	std::function<void()> turn();
	void loop(Counter &count, const std::function<void()> &turn);
	void pin(std::thread &thread, int cpu);

	Options opts;
	std::vector<Counter> counts;
	std::optional<KernelPause> kernel_pause;
	std::atomic<bool> stopping{false};
	std::mutex failure_lock;
	std::string failure_text;
	std::vector<std::thread> threads;
};

void SpinLoad::pin(std::thread &thread, int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (int error = pthread_setaffinity_np(thread.native_handle(), sizeof set, &set))
		throw std::runtime_error(fmt::format("load spin: cannot pin to CPU {}: {}", cpu,
						     std::generic_category().message(error)));
}

/// What a loop does in each turn, beside counting it; nothing for an endless loop that just is one.
std::function<void()> SpinLoad::turn()
{
	if (kernel_pause)
		return [this] { kernel_pause->burst(); };
	if (opts.is_set("pause"))
		return pause_once;
	return {};
}

void SpinLoad::loop(Counter &count, const std::function<void()> &turn)
try {
	while (!stopping.load(std::memory_order_relaxed)) {
		if (turn)
			turn();
		count.add();
	}
} catch (const std::system_error &e) {
	std::lock_guard lock(failure_lock);
	failure_text = e.what();
}

std::string SpinLoad::failure()
{
	std::lock_guard lock(failure_lock);
	return failure_text;
}

void SpinLoad::start()
{
	if (opts.is_set("kernel_pause"))
		kernel_pause.emplace();
	auto cpus = usable_cpus();
	for (std::size_t i = 0; i < counts.size(); i++) {
		threads.emplace_back([this, &count = counts[i], turn = turn()] { loop(count, turn); });
		pin(threads.back(), cpus.at(i));
	}
	auto all_run = [&] {
		return std::all_of(counts.begin(), counts.end(), [](const Counter &c) { return c.get() > 0; });
	};
	if (!wait_for(all_run, start_timeout_ns))
		throw std::runtime_error(fmt::format("load spin: not all {} loops ran within {} s", counts.size(),
						     start_timeout_ns / ns_per_s));
}

void SpinLoad::stop()
{
	stopping = true;
	for (auto &t : threads)
		t.join();
	threads.clear();
}

} // namespace

LoadKind spin_kind()
{
	auto cpus = std::int64_t(usable_cpus().size());
	return {"spin", "endless loops without PAUSE, each pinned to a vCPU of its own",
		{{"loops", Option::Kind::integer, cpus, 0, cpus, "number of loops, at most one a vCPU"},
		 {"pause", Option::Kind::boolean, 0, 0, 1, "with a PAUSE in each turn: PAUSE exits on purpose"},
		 {"kernel_pause", Option::Kind::boolean, 0, 0, 1, "with 10 ms of PAUSEs in the kernel in each turn, in the place of those"}},
		[](Options o) -> std::unique_ptr<Load> { return std::make_unique<SpinLoad>(std::move(o)); }};
}

} // namespace dyield::guest
