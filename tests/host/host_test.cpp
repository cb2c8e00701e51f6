// SPDX-License-Identifier: GPL-2.0
// host-test: what a bench does not lose when a guest hangs, dies or panics, or when the clock is set; and another
// machine over ssh, on a running KVM host (the emulated one in `make test`), as KTAP.
#include "cli/options.hpp"
#include "host/local_host.hpp"
#include "host/remote_host.hpp"
#include "ktap.hpp"
#include "util/file.hpp"
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

using namespace dyield;
using ktap::expect;

namespace {

constexpr milliseconds longest_test(200000);
const Measure how{.warmup_ms = 200, .window_ms = 300, .windows = 6};
const Cell messages = rik_cell("ipc", 8, 0, Layout::flat, Setting::no_ple);

Run measure(LocalHost &host, const Cell &cell = messages)
{
	return host.measure_in_place(cell, how, [](auto &) {});
}

/// Measures, while `disturb` does so after the warm-up.
Run measure_while(LocalHost &host, const std::function<void()> &disturb)
{
	std::jthread other([&] {
		std::this_thread::sleep_for(milliseconds(how.warmup_ms + 3 * how.window_ms / 2));
		disturb();
	});
	return measure(host);
}

double rate(const Run &run)
{
	std::int64_t sent = 0, ns = 0;
	for (auto &w : run.first().windows) {
		sent += w.msgs;
		ns += w.dur_ns;
	}
	return ns ? double(sent) * 1e9 / double(ns) : 0;
}

void expect_error(const Run &run, const std::string &part)
{
	fmt::print("# error: {}\n", run.error);
	expect(run.error.find(part) != std::string::npos, "the run's error is '{}'", run.error);
}

void expect_measured(const Run &run)
{
	expect(run.error.empty(), "{}", run.error);
	expect(rate(run) > 0, "no message was delivered");
}

void set_clock(std::time_t seconds)
{
	timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += seconds;
	expect(!clock_settime(CLOCK_REALTIME, &t), "the clock cannot be set: errno {}", errno);
}

/// NTP or an administrator sets the host's clock, forth and back: every window is as long, and every rate what it was.
void clock_is_set(LocalHost &host)
{
	Run before = measure(host);
	expect_measured(before);
	Run run = measure_while(host, [] {
		set_clock(3600);
		std::this_thread::sleep_for(milliseconds(how.window_ms));
		set_clock(-7200);
	});
	set_clock(3600);
	expect_measured(run);
	fmt::print("# {:.0f} msg/s, {:.0f} with the clock set\n", rate(before), rate(run));
	expect(rate(run) > 0.8 * rate(before) && rate(run) < 1.25 * rate(before), "{} msg/s where {} were before", rate(run), rate(before));
	expect(run.first().windows.size() >= std::size_t(how.windows) - 1, "{} windows", run.first().windows.size());
	for (auto &w : run.first().windows)
		expect(w.dur_ns > how.window_ms * 900'000LL && w.dur_ns < how.window_ms * 1'500'000LL, "a window of {} ns", w.dur_ns);
	expect(run.interval_ns > 0 && run.interval_ns < 4 * how.windows * how.window_ms * 1'000'000LL, "an interval of {} ns", run.interval_ns);
}

/// The cell says so, the guest is replaced, and the next one is measured as if nothing had been.
void guest_ends(LocalHost &host, const std::function<void()> &disturb, const std::string &part)
{
	expect_error(measure_while(host, disturb), part);
	host.kill_and_reboot(0, [](auto &) {});
	expect_measured(measure(host));
}

void guest_panics(LocalHost &host)
{
	Cell cell = messages;
	cell.guests.at(0).load = "command";
	cell.guests.at(0).options = {{"argv", {"sh", "-c", "echo c > /proc/sysrq-trigger"}}};
	expect_error(measure(host, cell), "Kernel panic");
}

/// A cell as another machine would measure it, but for ssh: a script that runs its command here.
void host_over_ssh(const LocalHostConfig &config)
{
	TempDir folder("dyield-ssh");
	std::string ssh = folder.path() + "/ssh";
	std::ofstream(ssh) << "#!/bin/sh\nwhile [ \"$1\" != root@box ]; do shift; done\nshift\nexec sh -c \"$*\"\n";
	std::filesystem::permissions(ssh, std::filesystem::perms::owner_all);
	setenv("PATH", (folder.path() + ":" + std::getenv("PATH")).c_str(), 1);
	RemoteHost host(ssh_address("qemu+ssh://root@box/system").value(), config);
	std::string steps;
	Run run = host.measure(messages, 0, how, [&](auto &step) { steps += step + "\n"; });
	expect_measured(run);
	expect(run.context.at("machine") == "root@box", "the results do not say where: {}", run.context.dump());
	expect(steps.find("measuring") != std::string::npos, "its progress is not told: {}", steps);
	Cell odd = messages;
	odd.guests.at(0).load = "nothing";
	expect_error(host.measure(odd, 1, how, [](auto &) {}), "nothing");
}

/// What dyield may change on a host.
std::map<std::string, std::string> host_settings()
{
	std::map<std::string, std::string> all;
	for (auto path : {"/sys/kernel/debug/sched/base_slice_ns", "/sys/kernel/debug/sched/migration_cost_ns", "/sys/module/kvm/parameters/halt_poll_ns",
			  "/sys/module/kvm_amd/parameters/pause_filter_count", "/sys/module/kvm_intel/parameters/ple_gap", "/sys/kernel/tracing/kprobe_events"})
		all[path] = read_or(path, "none");
	return all;
}

int test(const LocalHostConfig &config)
{
	ktap::Watchdog watchdog(longest_test, [] {});
	ktap::Plan plan(7, &watchdog);
	auto before = host_settings();
	{
		LocalHost host(config);
		plan.test("guests boot", [&] { host.bring_up(setup_of(messages), [](auto &) {}); });
		plan.test("a clock that is set changes no figure", [&] { clock_is_set(host); });
		plan.test("a guest that hangs is an error, and the next cell is measured", [&] {
			guest_ends(host, [&] { host.load_guest().signal(SIGSTOP); }, "guest load");
		});
		plan.test("a guest that is killed is an error, and the next cell is measured", [&] {
			guest_ends(host, [&] { host.load_guest().signal(SIGKILL); }, "guest load died");
		});
		plan.test("a guest that panics is an error, with its last words", [&] { guest_panics(host); });
	}
	plan.test("a host over ssh is measured like this one", [&] { host_over_ssh(config); });
	plan.test("the host is as it was", [&] {
		for (auto &[path, value] : host_settings())
			expect(before[path] == value, "{} is '{}' and was '{}'", path, value, before[path]);
		expect(read_or("/sys/kernel/tracing/kprobe_events", "").empty(), "a kprobe was left");
	});
	return plan.failed();
}

} // namespace

int main(int argc, char **argv)
{
	CLI::App app("Tests how dyield measures on this KVM host when something goes wrong. KTAP.", "host-test");
	LocalHostConfig config;
	config.answer_limit_s = 10;
	cli::local_options(app, config);
	CLI11_PARSE(app, argc, argv);
	try {
		catch_interrupts();
		return test(config) ? 1 : 0;	// kselftest: 0 pass, 1 fail
	} catch (const std::exception &e) {
		fmt::print("Bail out! {}\n", e.what());
		return 1;
	}
}
