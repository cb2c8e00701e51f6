// SPDX-License-Identifier: GPL-2.0
#include "host/local_host.hpp"
#include "host/cgroup.hpp"
#include "host/guests.hpp"
#include "host/kmod.hpp"
#include "host/overlay.hpp"
#include "host/perf.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <csignal>
#include <fmt/ranges.h>
#include <fstream>
#include <sys/utsname.h>

namespace dyield {
namespace {

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

std::int64_t now_ns()
{
	return std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
}

} // namespace

/// What the host counts over the windows; read before and after.
struct LocalHost::Reading {
	std::int64_t at_ns, exits;
	std::vector<std::vector<VcpuTime>> vcpus;	// of each guest
	std::vector<std::int64_t> progress;		// likewise; 0 of an idle one
	nlohmann::json module;
};

LocalHost::LocalHost(LocalHostConfig config) : config_(std::move(config))
{
	ple_ = std::make_unique<PleControl>();
	if (!config_.guest.overlay.empty())
		config_.guest.initrd = with_overlay(config_.guest.initrd, config_.guest.overlay, config_.folder);
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
			  "/sys/kernel/debug/sched/migration_cost_ns", "/sys/module/kvm/parameters/halt_poll_ns",
			  "/sys/module/kvm/parameters/dyield_sleep_ns"}) {
		std::string value = read_or(path, "");
		if (value.empty())
			continue;
		auto [saved, first] = saved_.try_emplace(path, value);
		write_file(path, std::to_string(std::stoll(saved->second) * config_.dilation));
	}
}

std::unique_ptr<Guest> LocalHost::boot(const GuestSpec &spec) const
{
	GuestConfig g = config_.guest;
	g.vcpus = spec.vcpus;
	g.memory_mib = spec.memory_mib;
	g.one_to_one = g.one_to_one || setup_.pins == Pins::one_to_one;
	if (setup_.locks == Locks::native)
		g.cmdline += " nopvspin";
	if (config_.dilation != 1)
		g.cmdline += fmt::format(" dilate={}", config_.dilation);
	return start_guest(spec.name, g, config_.folder);
}

Guest &LocalHost::up(std::size_t guest)
{
	if (guest >= guests_.size() || !guests_[guest])
		fail("guest {} is not up: it could not be booted", guest + 1);
	return *guests_[guest];
}

void LocalHost::kill_and_reboot(std::size_t guest, const Progress &progress)
{
	auto &spec = setup_.guests.at(guest);
	progress("killing and booting anew: " + spec.name);
	up(guest).signal(SIGKILL);
	guests_[guest].reset();
	guests_[guest] = boot(spec);
}

void LocalHost::boot_guests(const Setup &setup, const Progress &progress)
{
	tear_down();
	setup_ = setup;
	ple_->set(setup.ple);
	dilate();	// KVM's parameters are new where its modules were loaded anew
	counter_ = std::make_unique<PleCounter>();
	// One after the other: two that boot at once on the same pCPUs take far longer.
	for (auto &spec : setup.guests) {
		progress(fmt::format("booting {}, guest {} of {}", spec.name, guests_.size() + 1, setup.guests.size()));
		guests_.push_back(boot(spec));
	}
}

void LocalHost::bring_up(const Setup &setup, const Progress &progress)
{
	boot_guests(setup, progress);
	settle(progress);
}

/// CPU time of all guests since they were booted.
std::int64_t LocalHost::cpu_ns() const
{
	std::int64_t sum = 0;
	for (auto &g : guests_)
		sum += g->cpu_ns();
	return sum;
}

/// Kernels go on initialising for seconds after they are up: a neighbour that should be idle is not.
void LocalHost::settle(const Progress &progress)
{
	constexpr int limit_s = 120, quiet_s = 3;
	std::int64_t idle_ns = 25'000'000 * std::int64_t(guests_.size());	// of CPU time a second: two guests 1 % of 4 pCPUs
	for (int s = 0, quiet = 0; quiet < quiet_s; s++) {
		std::int64_t before = cpu_ns();
		pause_for(milliseconds(1000));
		std::int64_t used = cpu_ns() - before;
		quiet = used < idle_ns ? quiet + 1 : 0;
		progress(fmt::format("waiting until all guests are idle: {:.1f} % of a pCPU", double(used) / 1e7));
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
	use_kernels_policy(cell);
}

/// A kernel with patches/ applied decides by itself; it does what KVM always did for all other settings.
void LocalHost::use_kernels_policy(const Cell &cell)
{
	const std::string parameter = "/sys/module/kvm/parameters/dyield_policy";
	std::string found = read_or(parameter, "");
	if (found.empty() && cell.setting == Setting::patched)
		fail("{} needs a kernel with patches/ applied: this one has no kvm.dyield_policy", cell.setting_name());
	if (found.empty())
		return;
	saved_.try_emplace(parameter, found);
	write_file(parameter, cell.setting == Setting::patched && !cell.policy.empty() ? cell.policy : "stock");
}

void LocalHost::tear_down()
{
	kmod::unload();
	while (!guests_.empty())
		guests_.pop_back();
	counter_.reset();
}

void LocalHost::freeze()
{
	for (auto &g : guests_)
		g->signal(SIGSTOP);
}

void LocalHost::thaw(const Progress &progress)
{
	for (auto &g : guests_)
		g->signal(SIGCONT);
	settle(progress);
}

Run LocalHost::measure(const Cell &cell, int boot, const Measure &how, const Progress &progress)
{
	bring_up(setup_of(cell), progress);
	Run run = measure_in_place(cell, how, progress);
	run.boot = boot;
	run.context["boots_shared_by"] = "nothing: each cell boots its own guests";
	tear_down();
	return run;
}

/// What went wrong: where a guest has died, that is why its threads or its answer are missing.
std::string LocalHost::cause_of(const std::exception &e)
{
	try {
		for (auto &g : guests_)
			g->check_soon();
	} catch (const Interrupted &) {
		throw;
	} catch (const Error &dead) {
		return dead.what();
	}
	return e.what();
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
		run.error = cause_of(e);
	}
	run.context = context();
	return run;
}

/// For the timeline: by the names of the cell's guests.
std::vector<VcpuThread> LocalHost::vcpu_threads() const
{
	std::vector<VcpuThread> all = find_vcpu_threads(), ours;
	for (auto &g : guests_) {
		auto &threads = g->vcpu_threads();
		for (int i = 0; i < int(threads.size()); i++) {
			auto found = std::ranges::find(all, threads[i], &VcpuThread::thread);
			ours.push_back({g->name(), i, threads[i], found == all.end() ? "" : found->vm});
		}
	}
	return ours;
}

LocalHost::Reading LocalHost::read(const Cell &cell)
{
	Reading r{now_ns(), counter_->count(), {}, {}, nullptr};
	for (auto &g : guests_)
		r.vcpus.push_back(g->vcpu_times());
	if (cell.setting == Setting::policy)
		r.module = kmod::counters();
	for (std::size_t i = 0; i < guests_.size(); i++)
		r.progress.push_back(cell.guests[i].idle() ? 0 : guests_[i]->ask({{"cmd", "sample"}}, "sample", answer_limit()).at("progress").get<std::int64_t>());
	return r;
}

void LocalHost::start_loads(const Cell &cell, const Measure &how)
{
	for (std::size_t i = 0; i < guests_.size(); i++) {
		auto &spec = cell.guests[i];
		if (spec.idle())
			continue;
		nlohmann::json start = i == 0 ? how.load_options : nlohmann::json::object();
		start.update(spec.options);
		start.update({{"cmd", "start"}, {"load", spec.load}});
		guests_[i]->ask(start, "started", answer_limit());
	}
}

/// Ends the first guest's windows, then takes all results. The first was told to stop already.
void LocalHost::stop_loads(Run &run)
{
	auto take = [&](std::size_t i) {
		auto result = guests_[i]->expect("result", answer_limit());
		result.at("windows").get_to(run.guests[i].windows);
		result.at("latency").get_to(run.guests[i].latency);
		result.at("sent").get_to(run.guests[i].sent);
		result.at("received").get_to(run.guests[i].received);
		run.guests[i].histogram = result["latency"].value("histogram", nlohmann::json());
		run.guests[i].steal = result.value("steal", nlohmann::json());
	};
	// The neighbours first: a guest that drains against endless loops may take for ever.
	for (std::size_t i = 1; i < guests_.size(); i++)
		if (!run.cell.guests[i].idle())
			guests_[i]->send({{"cmd", "stop"}});
	for (std::size_t i = guests_.size(); i-- > 0;)
		if (!run.cell.guests[i].idle())
			take(i);
	for (auto &g : guests_)
		g->check_alive();
}

void LocalHost::measure_into(Run &run, const Measure &how, const Progress &progress)
{
	const Cell &cell = run.cell;
	if (setup_of(cell) != setup_)
		fail("the guests that were booted are not those of {}", cell.name());
	std::vector<std::unique_ptr<VmCgroup>> groups;
	for (auto &g : guests_) {
		if (!g->in_foreign_cgroups())
			groups.push_back(std::make_unique<VmCgroup>(cell.layout, g->name(), g->pid(), g->vcpu_threads()));
		else if (cell.layout != Layout::vcpu_cgroups)
			fail("the guests stay in libvirt's cgroups, one a vCPU: for another layout use --guests direct");
		g->verify_pins();
	}
	apply(cell);

	progress("starting the loads");
	pause_for(milliseconds(how.settle_ms));
	start_loads(cell, how);
	progress("warming up");
	pause_for(milliseconds(how.warmup_ms));

	if (how.timeline_ms) {
		progress("recording who runs where");
		run.timeline = record_timeline(vcpu_threads(), milliseconds(how.timeline_ms));
	}

	if (how.perf_ms) {
		progress("counting with perf");
		std::vector<pid_t> processes;
		for (auto &g : guests_)
			processes.push_back(g->pid());
		run.perf = watch_with_perf(processes, milliseconds(how.perf_ms));
	}

	progress("measuring");
	Reading before = read(cell);
	for (std::size_t i = 0; i < guests_.size(); i++)
		if (!cell.guests[i].idle())
			guests_[i]->ask({{"cmd", "measure"}, {"window_ms", how.window_ms}}, "measuring", answer_limit());
	pause_for(how.counted());
	Reading after = read(cell);
	guests_[0]->send({{"cmd", "stop"}});
	progress("draining");

	run.interval_ns = after.at_ns - before.at_ns;
	run.ple_exits = after.exits - before.exits;
	for (std::size_t i = 0; i < guests_.size(); i++) {
		run.guests.emplace_back().name = cell.guests[i].name;
		run.guests[i].progress = after.progress[i] - before.progress[i];
		run.guests[i].vcpus = difference(after.vcpus[i], before.vcpus[i]);
	}
	if (cell.setting == Setting::policy)
		run.counters = kmod::difference(after.module, before.module);
	stop_loads(run);
}

nlohmann::json LocalHost::context() const
{
	std::string slice = read_or("/sys/kernel/debug/sched/base_slice_ns", "");
	return {{"kernel", kernel_release()}, {"cpu", cpu_model()}, {"filter_window", ple_->window()}, {"filter_window_max", ple_->window_max()},
		{"guest_lock", guests_.at(0)->ready().value("lock", "unknown")}, {"guest_kernel", guests_.at(0)->ready().value("kernel", "unknown")},
		{"pins", fmt::format("{} pCPUs {}", config_.guest.one_to_one || setup_.pins == Pins::one_to_one ? "one-to-one on" : "each vCPU on the set of", fmt::join(config_.guest.pcpus, ","))},
		{"guests", guests_.at(0)->started_by()}, {"dilation", config_.dilation},
		{"base_slice_ns", slice.empty() ? nlohmann::json() : nlohmann::json(std::stoll(slice))}};
}

} // namespace dyield
