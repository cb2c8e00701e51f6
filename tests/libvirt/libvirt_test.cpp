// SPDX-License-Identifier: GPL-2.0
// libvirt-test: guests through libvirt's own daemon, in the emulated host (scripts/lab/with-libvirt), as KTAP. What its test
// driver cannot show: a guest that runs, where its threads are, both serial ports, and that nothing stays behind.
// With --hold it boots one guest and waits to be killed.
#include "cli/options.hpp"
#include "host/guests.hpp"
#include "ktap.hpp"
#include "util/affinity.hpp"
#include "util/child.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <csignal>
#include <filesystem>
#include <fmt/ranges.h>
#include <sstream>

using namespace dyield;
using ktap::expect;
namespace fs = std::filesystem;

namespace {

constexpr milliseconds limit(120000);
constexpr int measured = 3;	// pCPUs 0..2; the last of the four is the emulator's

/// The line of the error that it must throw.
std::string error_of(const std::function<void()> &body)
{
	try {
		body();
	} catch (const Interrupted &) {
		throw;
	} catch (const Error &e) {
		fmt::print("# as it should: {}\n", e.what());
		return e.what();
	}
	throw Error("it did not fail");
}

void expect_in(const std::string &line, std::initializer_list<const char *> parts)
{
	for (auto p : parts)
		expect(line.find(p) != std::string::npos, "'{}' is not in '{}'", p, line);
}

bool alive(pid_t pid) { return fs::exists(fmt::format("/proc/{}", pid)); }

void wait_gone(pid_t pid)
{
	for (auto until = Clock::now() + milliseconds(20000); alive(pid); pause_for(milliseconds(100)))
		expect(Clock::now() < until, "QEMU {} still runs", pid);
}

/// A domain's QEMU by libvirt's own note; 0 if it has none.
pid_t qemu_of(const std::string &domain) { return std::stoi(read_or("/run/libvirt/qemu/" + domain + ".pid", "0")); }

void pinned_as_the_kernel_sees_it(const Guest &g)
{
	for (int i = 0; i < measured; i++) {
		auto may = cpus_of(g.vcpu_threads().at(i));
		expect(may == std::vector<int>{i}, "vCPU {} may run on {}", i, fmt::join(may, ","));
	}
	auto emulator = cpus_of(g.pid());
	expect(emulator == std::vector<int>{measured}, "QEMU's main thread may run on {}", fmt::join(emulator, ","));
}

void in_libvirts_cgroups(const Guest &g)
{
	// Where it puts the VM differs with and without systemd, what it puts there does not.
	auto expect_group = [](pid_t thread, const std::string &name) {
		auto group = read_or(fmt::format("/proc/{}/cgroup", thread), "");
		expect(group.find("dyield-test") != std::string::npos && group.ends_with("/" + name), "the thread of {} is in {}", name, group);
	};
	for (int i = 0; i < measured; i++)
		expect_group(g.vcpu_threads().at(i), fmt::format("vcpu{}", i));
	expect_group(g.pid(), "emulator");
}

void times_are_the_schedulers(Guest &g)
{
	auto scheduler = [&] {
		std::int64_t sum = 0, ran;
		for (pid_t t : g.vcpu_threads()) {
			std::istringstream s(read_file(fmt::format("/proc/{}/schedstat", t)));
			s >> ran;
			sum += ran;
		}
		return sum;
	};
	g.ask({{"cmd", "start"}, {"load", "spin"}, {"loops", measured}}, "started", limit);
	auto theirs = scheduler(), ours = g.cpu_ns();
	pause_for(milliseconds(3000));
	theirs = scheduler() - theirs;
	ours = g.cpu_ns() - ours;
	g.ask({{"cmd", "stop"}}, "result", limit);
	fmt::print("# {} ms of CPU time by libvirt, {} by schedstat\n", ours / 1000000, theirs / 1000000);
	expect(theirs > 1000000000, "the loops ran for {} ns only", theirs);
	// libvirt has it from /proc/PID/stat, in ticks of 10 ms, user and system each.
	expect(std::abs(double(ours - theirs)) < 0.05 * double(theirs), "that is more than 5 % apart");
	for (auto &t : g.vcpu_times())
		expect(t.waited_ns.has_value(), "no time that a vCPU waited for its pCPU");
}

void stops_and_goes_on(Guest &g)
{
	g.ask({{"cmd", "start"}, {"load", "spin"}, {"loops", measured}}, "started", limit);
	g.signal(SIGSTOP);
	auto before = g.cpu_ns();
	pause_for(milliseconds(1000));
	expect(g.cpu_ns() == before, "it used {} ns while suspended", g.cpu_ns() - before);
	g.signal(SIGCONT);
	g.ask({{"cmd", "stop"}}, "result", limit);
	expect(g.cpu_ns() > before, "it used no CPU time after it was resumed");
}

void name_is_taken(const GuestConfig &config, const std::string &folder, const Guest &g)
{
	expect_in(error_of([&] { start_guest("test", config, folder); }), {"dyield-test", "already exists", "another bench"});
	expect(alive(g.pid()), "the first guest is gone");
}

void killed_guest_is_told(Guest &g)
{
	pid_t qemu = g.pid();
	kill(qemu, SIGKILL);
	expect_in(error_of([&] { g.ask({{"cmd", "sample"}}, "sample", limit); }), {"guest test died", "failed or was killed"});
	expect(qemu_of("dyield-test") == 0, "libvirt still has the domain");
}

void panic_is_told(GuestConfig config, const std::string &folder)
{
	config.cmdline += " rdinit=/no-such-init";
	expect_in(error_of([&] { start_guest("ill", config, folder); }), {"guest ill died", "Kernel panic"});
	expect(qemu_of("dyield-ill") == 0, "libvirt still has the domain");
}

void missing_kernel_is_told(GuestConfig config, const std::string &folder)
{
	config.kernel = "/l2/no-such-kernel";
	expect_in(error_of([&] { start_guest("none", config, folder); }), {"/l2/no-such-kernel", "must lie on that host"});
	expect(qemu_of("dyield-none") == 0, "libvirt has the domain");
}

/// By a way that could lead to another host, all that it takes goes over libvirt's connection.
void works_from_afar(GuestConfig config, const std::string &folder)
{
	config.connect = "qemu+tcp://127.0.0.1/system";
	auto g = start_guest("remote", config, folder);
	auto before = g->cpu_ns();
	g->ask({{"cmd", "start"}, {"load", "spin"}, {"loops", measured}}, "started", limit);
	pause_for(milliseconds(1000));
	expect(g->ask({{"cmd", "sample"}}, "sample", limit).at("progress") > 0, "its loops do nothing");
	expect(g->cpu_ns() - before > 500000000, "it used {} ns of CPU time only", g->cpu_ns() - before);
	g->verify_pins();
	expect_in(error_of([&] { g->vcpu_threads(); }), {"qemu+tcp://127.0.0.1/system", "from here"});
	config.guests = Guests::libvirt;
	expect_in(error_of([&] { choose_guests(config, true); }), {"run dyield there"});
}

void dies_with_us(const std::vector<std::string> &self, const std::string &folder)
{
	auto argv = self;
	argv.push_back("--hold");
	Child holder(argv, folder + "/holder.log");
	pid_t qemu = 0;
	for (auto until = Clock::now() + limit; !(qemu = qemu_of("dyield-held")); pause_for(milliseconds(100)))
		expect(holder.running() && Clock::now() < until, "no guest: {}", last_line(folder + "/holder.log"));
	expect(alive(qemu), "its QEMU is gone already");
	holder.kill();
	wait_gone(qemu);
}

void broken_daemon_is_told(const GuestConfig &config, const std::string &folder)
{
	auto g = start_guest("orphan", config, folder);
	pid_t daemon = std::stoi(read_file("/run/libvirtd.pid"));
	kill(daemon, SIGKILL);
	wait_gone(daemon);
	expect_in(error_of([&] { g->ask({{"cmd", "sample"}}, "sample", limit); }), {"connection to libvirt", "restarted or killed"});
}

void all(GuestConfig config, const std::string &folder, const std::vector<std::string> &self)
{
	ktap::Plan plan(14);
	plan.test("libvirt is chosen where its daemon answers", [&] {
		config.guests = Guests::automatic;
		auto why = choose_guests(config, true);
		expect(config.guests == Guests::libvirt, "{}", why);
	});
	std::unique_ptr<Guest> g;
	plan.test("a guest boots and speaks over its second serial port", [&] {
		g = start_guest("test", config, folder);
		fmt::print("# {}: {}\n", g->started_by(), g->ready().dump());
		expect(g->ready().at("vcpus") == measured, "it has {} vCPUs", g->ready().at("vcpus").dump());
	});
	if (!g)
		throw Error("Bail out! no guest");
	plan.test("its console is kept", [&] { auto last = last_line(folder + "/test.console");
		expect(last.find("base slice") != std::string::npos, "its init's words are not in test.console, but '{}'", last); });
	plan.test("its threads are pinned as asked, its emulator's off the measured pCPUs", [&] { pinned_as_the_kernel_sees_it(*g); });
	plan.test("its threads are in the cgroups that libvirt makes", [&] { in_libvirts_cgroups(*g); });
	plan.test("its CPU time is what the scheduler counts", [&] { times_are_the_schedulers(*g); });
	plan.test("it stops and goes on", [&] { stops_and_goes_on(*g); });
	plan.test("a name that is taken is refused", [&] { name_is_taken(config, folder, *g); });
	plan.test("a killed guest is told", [&] { killed_guest_is_told(*g); });
	g.reset();
	plan.test("a panic is told, with its last words", [&] { panic_is_told(config, folder); });
	plan.test("a kernel that is not on the daemon's host is told", [&] { missing_kernel_is_told(config, folder); });
	plan.test("a guest on another host is the same over libvirt's connection", [&] { works_from_afar(config, folder); });
	plan.test("a guest dies with who started it", [&] { dies_with_us(self, folder); });
	plan.test("a daemon that goes is told", [&] { broken_daemon_is_told(config, folder); });
	if (plan.failed())
		throw Error(fmt::format("{} tests failed", plan.failed()));
}

} // namespace

int main(int argc, char **argv)
{
	CLI::App app("guests through libvirt's own daemon, as KTAP");
	LocalHostConfig host;
	bool hold = false;
	cli::local_options(app, host);
	app.add_flag("--hold", hold, "boot one guest and wait to be killed");
	CLI11_PARSE(app, argc, argv);
	try {
		catch_interrupts();
		host.guest.vcpus = measured;
		host.guest.pcpus = {0, 1, 2};
		host.guest.one_to_one = true;
		host.guest.cmdline = "dilate=1";	// its init says something on the console then
		if (hold) {
			host.guest.guests = Guests::libvirt;
			auto g = start_guest("held", host.guest, host.folder);
			pause_for(milliseconds(600000));
		} else {
			std::vector<std::string> self{"libvirt-test"};
			self.insert(self.end(), argv + 1, argv + argc);
			all(host.guest, host.folder, self);
		}
	} catch (const std::exception &e) {
		fmt::print("{}\n", e.what());
		return 1;
	}
	return 0;
}
