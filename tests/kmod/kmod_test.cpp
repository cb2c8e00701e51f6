// SPDX-License-Identifier: GPL-2.0
// kmod-test: kvm_dyield.ko on a running KVM host (the emulated one in `make test`), as KTAP. Loads, switches and unloads
// it while two guests are busy. With --no-guests only what needs none: for kernels that are just to be loaded into.
#include "cli/options.hpp"
#include "host/kmod.hpp"
#include "ktap.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <regex>
#include <sstream>
#include <sys/klog.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace dyield;
using ktap::expect;

namespace {

constexpr milliseconds answer(120000);

std::string kernel_log()
{
	std::string log(1 << 20, '\0');
	int n = klogctl(3 /* read all */, log.data(), int(log.size()));
	log.resize(std::max(0, n));
	return log;
}

/// errno of loading the module with these parameters, 0 if it loaded.
int try_load(const std::string &file, const std::string &parameters)
{
	int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
	expect(fd >= 0, "cannot open {}", file);
	long r = syscall(SYS_finit_module, fd, parameters.c_str(), 0);
	int e = r ? errno : 0;
	close(fd);
	return e;
}

void refuses_wrong_policy_at_load(const std::string &module)
{
	int e = try_load(module, "policy=fastest");
	if (!e)
		kmod::unload();
	expect(e == EINVAL, "policy=fastest gave errno {}, not EINVAL", e);
	expect(!kmod::loaded(), "it stayed loaded");
	expect(kernel_log().find("directed") != std::string::npos, "the kernel log does not list the valid policies");
}

void loads(const std::string &module)
{
	kmod::use(module, "directed");
	expect(kmod::policy() == "directed", "policy is '{}'", kmod::policy());
	expect(kmod::counters().contains("spins"), "no counter 'spins': {}", kmod::counters().dump());
}

void refuses_wrong_policy_at_run_time(const std::string &module)
{
	bool refused = false;
	try {
		kmod::use(module, "fastest");
	} catch (const Error &) {
		refused = true;
	}
	expect(refused, "policy 'fastest' was taken");
	expect(kmod::policy() == "directed", "policy is now '{}'", kmod::policy());
}

void refuses_bad_sleep_ns()
{
	for (auto bad : {"0", "-1", "1000000000000", "long"}) {
		bool refused = false;
		try {
			write_file("/sys/module/kvm_dyield/parameters/sleep_ns", bad);
		} catch (const Error &) {
			refused = true;
		}
		expect(refused, "sleep_ns={} was taken", bad);
	}
}

void unloads()
{
	kmod::unload();
	expect(!kmod::loaded(), "it is still there");
	expect(access("/sys/kernel/debug/kvm_dyield", F_OK), "its debugfs folder stayed behind");
}

std::int64_t progress(Guest &g)
{
	return g.ask({{"cmd", "sample"}}, "sample", answer).at("progress");
}

/// Both guests get on: their counts grow within 3 s.
void both_count(LocalHost &host)
{
	auto a = progress(host.load_guest()), b = progress(host.neighbour());
	pause_for(milliseconds(3000));
	expect(progress(host.load_guest()) > a, "the load's guest stands still at {}", a);
	expect(progress(host.neighbour()) > b, "the neighbour stands still at {}", b);
}

/// Guests stand still as long as this lives, so that what is read of them belongs together.
class Frozen {
public:
	explicit Frozen(std::vector<Guest *> guests) : guests_(std::move(guests))
	{
		for (auto g : guests_)
			g->signal(SIGSTOP);
		for (int i = 0; i < 600 && !all_stopped(); i++)
			pause_for(milliseconds(50));
		expect(all_stopped(), "a vCPU thread did not stop within 30 s of SIGSTOP");
	}
	~Frozen()
	{
		for (auto g : guests_)
			g->signal(SIGCONT);
	}

private:
	bool all_stopped() const
	{
		for (auto g : guests_)
			for (auto thread : g->vcpu_threads()) {
				std::string stat = read_file(fmt::format("/proc/{}/stat", thread));
				if (stat.substr(stat.rfind(')')).substr(0, 3) != ") T")
					return false;
			}
		return true;
	}

	std::vector<Guest *> guests_;
};

/// Both guests count, until PAUSE exits came, or 13 s are over.
void both_spin(LocalHost &host)
{
	auto exits = host.ple_exits();
	both_count(host);
	for (int i = 0; i < 10 && host.ple_exits() == exits; i++)
		pause_for(milliseconds(1000));
}

/// Under `policy` PAUSE exits reach the module, and each that reaches KVM.
void serves(LocalHost &host, const std::string &module, const std::string &policy)
{
	auto read = [&] {
		Frozen frozen({&host.load_guest(), &host.neighbour()});
		return std::pair(host.ple_exits(), kmod::counters());
	};
	kmod::use(module, policy);
	auto [exits_before, before] = read();
	both_spin(host);
	auto [exits_after, after] = read();
	auto exits = exits_after - exits_before;
	auto seen = kmod::difference(after, before);
	fmt::print("# {}: {} PAUSE exits, counters {}\n", policy, exits, seen.dump());
	expect(exits > 0, "no PAUSE exits came");
	expect(seen.at("spins") == exits, "{} of {} PAUSE exits reached the module", seen.at("spins").dump(), exits);
}

void start_both(LocalHost &host)
{
	host.load_guest().ask({{"cmd", "start"}, {"load", "ipc"}, {"clients", 8}}, "started", answer);
	host.neighbour().ask({{"cmd", "start"}, {"load", "spin"}, {"loops", 4}}, "started", answer);
}

void stop_both(LocalHost &host)
{
	host.neighbour().ask({{"cmd", "stop"}}, "result", answer);
	auto r = host.load_guest().ask({{"cmd", "stop"}}, "result", answer);
	expect(r.at("sent") == r.at("received") && r.at("sent") > 0, "sent {}, received {}", r.at("sent").dump(), r.at("received").dump());
}

void clean_log()
{
	std::string log = kernel_log();
	std::smatch m;
	static const std::regex bad("[^\n]*(BUG|WARNING|Oops|rcu[^\n]*stall|Call Trace|general protection|soft lockup)[^\n]*");
	expect(!std::regex_search(log, m, bad), "the kernel log says: {}", m.empty() ? "" : m.str(0));
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

int without_guests(const std::string &module)
{
	ktap::Plan plan(6);
	plan.test("load with a wrong policy is refused", [&] { refuses_wrong_policy_at_load(module); });
	plan.test("load", [&] { loads(module); });
	plan.test("a wrong policy at run time is refused", [&] { refuses_wrong_policy_at_run_time(module); });
	plan.test("a bad sleep_ns is refused", refuses_bad_sleep_ns);
	plan.test("unload", unloads);
	plan.test("kernel log clean", clean_log);
	return plan.failed();
}

int with_guests(LocalHost &host, const std::string &module, const std::string &folder)
{
	const std::vector<std::string> policies{"stock", "resume", "sleep", "directed"};
	ktap::Plan plan(11 + int(policies.size()));
	plan.test("guests boot, pinned", [&] { host.bring_up(true, [](auto &) {}); });
	plan.test("load with a wrong policy is refused", [&] { refuses_wrong_policy_at_load(module); });
	plan.test("both guests start", [&] { start_both(host); });
	plan.test("load under load", [&] { loads(module); });
	plan.test("a wrong policy at run time is refused", [&] { refuses_wrong_policy_at_run_time(module); });
	plan.test("a bad sleep_ns is refused", refuses_bad_sleep_ns);
	for (auto &p : policies)
		plan.test("policy " + p + " under load", [&] { serves(host, module, p); });
	plan.test("unload under load", unloads);
	plan.test("both guests count afterwards", [&] { both_count(host); });
	plan.test("load and unload again under load", [&] { loads(module); unloads(); });
	plan.test("both guests stop, nothing lost", [&] { stop_both(host); });
	plan.test("kernel log clean", clean_log);
	if (plan.failed())
		show_guests(folder);
	return plan.failed();
}

} // namespace

int main(int argc, char **argv)
{
	CLI::App app("Tests kvm_dyield.ko on this KVM host. KTAP.", "kmod-test");
	LocalHostConfig config;
	bool no_guests = false;
	cli::local_options(app, config);
	app.add_flag("--no-guests", no_guests, "only what needs no guests");
	CLI11_PARSE(app, argc, argv);
	try {
		catch_interrupts();
		if (no_guests)
			return without_guests(config.module) ? 1 : 0;
		LocalHost host(config);
		return with_guests(host, config.module, config.folder) ? 1 : 0;	// kselftest: 0 pass, 1 fail
	} catch (const std::exception &e) {
		fmt::print("Bail out! {}\n", e.what());
		return 1;
	}
}
