// SPDX-License-Identifier: GPL-2.0
#include "host/local_host.hpp"
#include "host/cgroup.hpp"
#include "host/kmod.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <csignal>
#include <fmt/ranges.h>
#include <fstream>
#include <sys/utsname.h>

namespace dyield {
namespace {

constexpr milliseconds answer_limit(120000);

std::string cpu_model()
{
	std::ifstream f("/proc/cpuinfo");
	for (std::string line; std::getline(f, line);)
		if (line.starts_with("model name"))
			return line.substr(line.find(':') + 2);
	return "unknown";
}

std::string kernel_release()
{
	utsname u;
	uname(&u);
	return u.release;
}

/// What the host counts over the windows; read before and after.
struct Reading {
	std::int64_t at_ns, exits, guest_cpu, neighbour_cpu, neighbour_progress = 0;
	nlohmann::json module;
};

std::int64_t now_ns()
{
	return std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
}

} // namespace

LocalHost::LocalHost(LocalHostConfig config) : config_(std::move(config))
{
	ple_ = std::make_unique<PleControl>();
}

LocalHost::~LocalHost()
{
	try {
		tear_down();
	} catch (const std::exception &e) {
		fmt::print(stderr, "dyield: clean-up: {}\n", e.what());
	}
	for (auto &[path, value] : saved_)
		try {
			write_file(path, value);
		} catch (const std::exception &e) {
			fmt::print(stderr, "dyield: could not put {} back to {}: {}\n", path, value, e.what());
		}
}

void LocalHost::dilate()
{
	if (config_.dilation == 1)
		return;
	// EEVDF has one knob, CFS three; halt polling is KVM's share of waiting.
	for (auto path : {"/sys/kernel/debug/sched/base_slice_ns", "/sys/kernel/debug/sched/min_granularity_ns",
			  "/sys/kernel/debug/sched/latency_ns", "/sys/kernel/debug/sched/wakeup_granularity_ns",
			  "/sys/kernel/debug/sched/migration_cost_ns", "/sys/module/kvm/parameters/halt_poll_ns"}) {
		std::string value = read_or(path, "");
		if (value.empty())
			continue;
		auto [saved, first] = saved_.try_emplace(path, value);
		write_file(path, std::to_string(std::stoll(saved->second) * config_.dilation));
	}
}

std::unique_ptr<Guest> LocalHost::boot(const std::string &name) const
{
	GuestConfig g = config_.guest;
	if (locks_ == Locks::native)
		g.cmdline += " nopvspin";
	if (config_.dilation != 1)
		g.cmdline += fmt::format(" dilate={}", config_.dilation);
	return std::make_unique<Guest>(name, g, config_.folder);
}

Guest &LocalHost::up(const std::unique_ptr<Guest> &guest, const char *who)
{
	if (!guest)
		fail("the {} is not up: it could not be booted", who);
	return *guest;
}

void LocalHost::kill_and_reboot(Which which, const Progress &progress)
{
	auto &guest = which == Which::load ? load_ : neighbour_;
	std::string name = guest->name();
	progress("killing and booting anew: " + name);
	guest->signal(SIGKILL);
	guest.reset();
	guest = boot(name);
}

void LocalHost::boot_guests(bool ple, Locks locks, const Progress &progress)
{
	tear_down();
	locks_ = locks;
	ple_->set(ple);
	dilate();	// KVM's parameters are new where its modules were loaded anew
	counter_ = std::make_unique<PleCounter>();
	// One after the other: two that boot at once on the same pCPUs take far longer.
	progress("booting the load's guest");
	load_ = boot("load");
	progress("booting the neighbour");
	neighbour_ = boot("neighbour");
}

void LocalHost::bring_up(bool ple, Locks locks, const Progress &progress)
{
	boot_guests(ple, locks, progress);
	settle(progress);
}

/// Kernels go on initialising for seconds after they are up: a neighbour that should be idle is not.
void LocalHost::settle(const Progress &progress)
{
	constexpr int limit_s = 120, quiet_s = 3;
	std::int64_t idle_ns = 50'000'000;	// of CPU time a second, both guests together: about 1 % of 4 pCPUs
	for (int s = 0, quiet = 0; quiet < quiet_s; s++) {
		std::int64_t before = load_->cpu_ns() + neighbour_->cpu_ns();
		pause_for(milliseconds(1000));
		std::int64_t used = load_->cpu_ns() + neighbour_->cpu_ns() - before;
		quiet = used < idle_ns ? quiet + 1 : 0;
		progress(fmt::format("waiting until both guests are idle: {:.1f} % of a pCPU", double(used) / 1e7));
		if (s > limit_s)
			fail("the guests did not become idle within {} s of booting", limit_s);
	}
}

void LocalHost::apply(const Cell &cell)
{
	if (cell.setting == Setting::policy)
		kmod::use(config_.module, cell.policy, config_.dilation);
	else
		kmod::unload();
}

void LocalHost::tear_down()
{
	kmod::unload();
	neighbour_.reset();
	load_.reset();
	counter_.reset();
}

void LocalHost::freeze()
{
	load_->signal(SIGSTOP);
	neighbour_->signal(SIGSTOP);
}

void LocalHost::thaw(const Progress &progress)
{
	load_->signal(SIGCONT);
	neighbour_->signal(SIGCONT);
	settle(progress);
}

Run LocalHost::measure(const Cell &cell, int boot, const Measure &how, const Progress &progress)
{
	bring_up(cell.setting != Setting::no_ple, cell.locks, progress);
	Run run = measure_in_place(cell, how, progress);
	run.boot = boot;
	run.context["boots_shared_by"] = "nothing: each cell boots its own guests";
	tear_down();
	return run;
}

Run LocalHost::measure_in_place(const Cell &cell, const Measure &how, const Progress &progress)
{
	Run run;
	run.cell = cell;
	try {
		measure_into(run, how, progress);
	} catch (const Interrupted &) {
		throw;
	} catch (const std::exception &e) {
		run.error = e.what();
	}
	run.context = context();
	return run;
}

void LocalHost::measure_into(Run &run, const Measure &how, const Progress &progress)
{
	const Cell &cell = run.cell;
	std::vector<std::unique_ptr<VmCgroup>> groups;

	for (Guest *g : {load_.get(), neighbour_.get()})
		if (cell.layout == Layout::vcpu_cgroups)
			groups.push_back(std::make_unique<VmCgroup>(g->name(), g->pid(), g->vcpu_threads()));
		else
			VmCgroup::to_root(g->pid());
	load_->verify_pins();
	neighbour_->verify_pins();
	apply(cell);

	progress("starting the loads");
	pause_for(milliseconds(how.settle_ms));
	nlohmann::json start = how.load_options;
	start.update({{"cmd", "start"}, {"load", cell.load}, {"clients", cell.clients}});
	load_->ask(start, "started", answer_limit);
	if (cell.loops)
		neighbour_->ask({{"cmd", "start"}, {"load", "spin"}, {"loops", cell.loops}}, "started", answer_limit);
	progress("warming up");
	pause_for(milliseconds(how.warmup_ms));

	auto read = [&] {
		Reading r{now_ns(), counter_->count(), load_->cpu_ns(), neighbour_->cpu_ns(), 0, nullptr};
		if (cell.setting == Setting::policy)
			r.module = kmod::counters();
		if (cell.loops)
			r.neighbour_progress = neighbour_->ask({{"cmd", "sample"}}, "sample", answer_limit).at("progress");
		return r;
	};
	progress("measuring");
	Reading before = read();
	load_->ask({{"cmd", "measure"}, {"window_ms", how.window_ms}}, "measuring", answer_limit);
	pause_for(milliseconds(how.window_ms * how.windows + how.window_ms / 4));
	load_->send({{"cmd", "stop"}});
	Reading after = read();
	// The neighbour first: a guest that drains against endless loops may take for ever.
	if (cell.loops)
		neighbour_->ask({{"cmd", "stop"}}, "result", answer_limit);
	progress("draining");
	auto result = load_->expect("result", answer_limit);
	load_->check_alive();
	neighbour_->check_alive();

	result.at("windows").get_to(run.windows);
	result.at("latency").get_to(run.latency);
	result.at("sent").get_to(run.sent);
	result.at("received").get_to(run.received);
	run.interval_ns = after.at_ns - before.at_ns;
	run.ple_exits = after.exits - before.exits;
	run.guest_cpu_ns = after.guest_cpu - before.guest_cpu;
	run.neighbour_cpu_ns = after.neighbour_cpu - before.neighbour_cpu;
	run.neighbour_progress = after.neighbour_progress - before.neighbour_progress;
	if (cell.setting == Setting::policy)
		run.counters = kmod::difference(after.module, before.module);
}

nlohmann::json LocalHost::context() const
{
	std::string slice = read_or("/sys/kernel/debug/sched/base_slice_ns", "");
	return {{"kernel", kernel_release()}, {"cpu", cpu_model()}, {"filter_window", ple_->window()}, {"filter_window_max", ple_->window_max()},
		{"guest_lock", load_->ready().value("lock", "unknown")}, {"guest_kernel", load_->ready().value("kernel", "unknown")},
		{"pins", fmt::format("{} pCPUs {}", config_.guest.one_to_one ? "one-to-one on" : "each vCPU on the set of", fmt::join(config_.guest.pcpus, ","))},
		{"vcpus", config_.guest.vcpus}, {"dilation", config_.dilation},
		{"base_slice_ns", slice.empty() ? nlohmann::json() : nlohmann::json(std::stoll(slice))}};
}

} // namespace dyield
