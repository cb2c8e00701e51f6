// SPDX-License-Identifier: GPL-2.0
#include "at_work.hpp"
#include "host/kmod.hpp"
#include "ktap.hpp"
#include "util/file.hpp"
#include <filesystem>
#include <regex>
#include <sstream>
#include <sys/klog.h>

namespace dyield::at_work {
namespace {

using ktap::expect;
constexpr milliseconds answer(600000);	// a kernel that looks for faults is slow

const nlohmann::json ipc{{"cmd", "start"}, {"load", "ipc"}, {"clients", 8}}, spin{{"cmd", "start"}, {"load", "spin"}, {"loops", 4}};

std::int64_t progress(Guest &g)
{
	return g.ask({{"cmd", "sample"}}, "sample", answer).at("progress");
}

/// What the guests' consoles and QEMUs said last, as KTAP comments: for the one who has to find out why a test failed.
void show_guests(const std::string &folder)
{
	for (auto &f : std::filesystem::directory_iterator(folder)) {
		auto kind = f.path().extension();
		if (kind != ".console" && kind != ".log")
			continue;
		std::string text = read_or(f.path(), "");
		std::istringstream end(text.substr(text.size() - std::min<std::size_t>(text.size(), 4000)));
		for (std::string line; std::getline(end, line);)
			fmt::print("# {}: {}\n", f.path().filename().string(), line);
	}
}

/// What the kernel said of processes that died by a fault: it tells where.
void show_faults()
{
	std::istringstream log(kernel_log());
	static const std::regex fault("segfault|traps:|general protection|fatal signal|qemu|\\bR[A-Z0-9]{2}: ");
	for (std::string line; std::getline(log, line);)
		if (std::regex_search(line, fault))
			fmt::print("# kernel: {}\n", line);
}

/// Where each thread of each process stands: its name, its state and its place in the kernel. Not the kernel's own threads.
void show_threads()
{
	std::error_code gone;	// processes come and go meanwhile
	for (auto &process : std::filesystem::directory_iterator("/proc", gone)) {
		if (read_or(process.path() / "cmdline", "").empty())
			continue;
		for (auto &thread : std::filesystem::directory_iterator(process.path() / "task", gone)) {
			std::string stat = read_or(thread.path() / "stat", ""), line;
			fmt::print("# thread {}\n", stat.substr(0, stat.find(')') + 3));
			for (std::istringstream stack(read_or(thread.path() / "stack", "")); std::getline(stack, line);)
				fmt::print("#   {}\n", line);
		}
	}
}

/// What the pCPUs do, and what waits without an end, by the kernel's own account.
void show_pcpus()
{
	auto before = kernel_log().size();
	for (auto key : {"l", "w"})
		write_file("/proc/sysrq-trigger", key);
	std::istringstream said(kernel_log().substr(before));
	for (std::string line; std::getline(said, line);)
		fmt::print("# kernel: {}\n", line);
}

} // namespace

Setup two_guests()
{
	return setup_of(rik_cell("ipc", 8, 0, Layout::flat, Setting::stock, "", Locks::pv));
}

void start_both(LocalHost &host)
{
	host.load_guest().ask(ipc, "started", answer);
	host.neighbour().ask(spin, "started", answer);
}

void start_idle(LocalHost &host)
{
	if (!host.load_guest().busy())
		host.load_guest().ask(ipc, "started", answer);
	if (!host.neighbour().busy())
		host.neighbour().ask(spin, "started", answer);
}

void stop_both(LocalHost &host)
{
	host.neighbour().ask({{"cmd", "stop"}}, "result", answer);
	auto r = host.load_guest().ask({{"cmd", "stop"}}, "result", answer);
	expect(r.at("sent") == r.at("received") && r.at("sent") > 0, "sent {}, received {}", r.at("sent").dump(), r.at("received").dump());
}

void both_count(LocalHost &host)
{
	auto a = progress(host.load_guest()), b = progress(host.neighbour());
	bool on = false, other_on = false;
	for (int i = 0; i < 20 && !(on && other_on); i++) {
		pause_for(milliseconds(3000));
		on = on || progress(host.load_guest()) > a;
		other_on = other_on || progress(host.neighbour()) > b;
	}
	expect(on, "the load's guest stands still at {}", a);
	expect(other_on, "the neighbour stands still at {}", b);
}

std::string vm_of(Guest &guest)
{
	for (auto &vm : kmod::vms())
		if (vm.name.starts_with(fmt::format("{}-", guest.pid())))
			return vm.name;
	throw Error("KVM's debugfs does not have the guest");
}

std::string kernel_log()
{
	std::string log(1 << 20, '\0');
	int n = klogctl(3 /* read all */, log.data(), int(log.size()));
	log.resize(std::max(0, n));
	return log;
}

void clean_log()
{
	std::string log = kernel_log();
	std::smatch m;
	static const std::regex bad("[^\n]*(BUG|WARNING|Oops|rcu[^\n]*stall|Call Trace|general protection|soft lockup|"
				    "possible circular locking|inconsistent lock state|kmemleak: [1-9])[^\n]*");
	expect(!std::regex_search(log, m, bad), "the kernel log says: {}", m.empty() ? "" : m.str(0));
}

void show_stuck(const std::string &folder)
{
	show_threads();
	std::fflush(stdout);
	show_pcpus();
	show_why(folder);
}

void show_why(const std::string &folder)
{
	show_guests(folder);
	show_faults();
}

} // namespace dyield::at_work
