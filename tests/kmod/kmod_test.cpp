// SPDX-License-Identifier: GPL-2.0
// kmod-test: kvm_dyield.ko on a running KVM host (the emulated one in `make test`), as KTAP. Loads, switches and unloads
// it while two guests are busy. With --no-guests only what needs none: for kernels that are just to be loaded into.
#include "at_work.hpp"
#include "cli/options.hpp"
#include "host/kmod.hpp"
#include "host/ple.hpp"
#include "ktap.hpp"
#include "util/affinity.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <linux/kvm.h>
#include <regex>
#include <set>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace dyield;
using namespace dyield::at_work;
using ktap::expect;

namespace {

/// Tests take up to a third of it on a kernel that looks for no faults (of virtual time, where the host is emulated).
constexpr milliseconds longest_test(150000);

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
	int e = try_load(module, "");
	expect(!e, "it does not load: errno {}", e);
	expect(kmod::policy() == "adaptive", "the default is '{}'", kmod::policy());
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

void refused(const std::string &path, const std::string &text)
{
	try {
		write_file(path, text);
	} catch (const Error &) {
		return;
	}
	throw Error(fmt::format("{} took '{}'", path, text));
}

void refuses_bad_durations()
{
	for (auto name : {"sleep_ns", "boost_ns"})
		for (auto bad : {"0", "-1", "1000000000000", "long"})
			refused(fmt::format("/sys/module/kvm_dyield/parameters/{}", name), bad);
}

void refuses_wrong_vms()
{
	for (auto bad : {"-", "1-1", "999999-5", "12-", "12-3x", "a-b", "-1-3", "11111111111111111111111111111"})
		refused("/sys/kernel/debug/kvm_dyield/attach", bad);
}

std::string output_of(const std::string &command)
{
	FILE *p = popen((command + " 2>&1").c_str(), "r");
	expect(p != nullptr, "cannot run {}", command);
	std::string out;
	char buffer[4096];
	while (auto n = fread(buffer, 1, sizeof buffer, p))
		out.append(buffer, n);
	int status = pclose(p);
	expect(status == 0, "'{}' failed with status {}: {}", command, status, out);
	return out;
}

/// The module under another name, which makes it another livepatch of the same functions.
void refuses_another_livepatch(const std::string &module)
{
	std::string text = read_file(module), from = "kvm_dyield", to = "kvm_dyiel2", file = "/tmp/other.ko";
	for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at))
		text.replace(at, from.size(), to);
	std::ofstream(file, std::ios::binary) << text;
	int e = try_load(file, "");
	std::filesystem::remove(file);
	expect(e == EBUSY, "another livepatch of the same functions gave errno {}, not EBUSY", e);
	expect(kernel_log().find("another livepatch has kvm_") != std::string::npos, "the kernel log does not say why");
}

/// What was built for a kernel without livepatch says so, and does nothing.
void refuses_unfit_kernel(const std::string &unfit)
{
	int e = try_load(unfit, "");
	expect(e == EOPNOTSUPP, "it gave errno {}, not EOPNOTSUPP", e);
	expect(kernel_log().find("needs x86-64 and a kernel with CONFIG_LIVEPATCH") != std::string::npos, "the kernel log does not say why");
}

/// A VM without vCPUs, of this process.
class EmptyVm {
public:
	EmptyVm() : kvm_(open("/dev/kvm", O_RDWR | O_CLOEXEC)), vm_(kvm_ < 0 ? -1 : ioctl(kvm_, KVM_CREATE_VM, 0))
	{
		expect(vm_ >= 0, "cannot create a VM: errno {}", errno);
	}
	~EmptyVm()
	{
		close(vm_);
		close(kvm_);
	}
	std::string name() const { return fmt::format("{}-{}", getpid(), vm_); }

private:
	int kvm_, vm_;
};

/// Settings are a VM's own, and end with it.
void forgets_vms()
{
	std::string name;
	{
		EmptyVm vm;
		name = vm.name();
		kmod::set_policy(name, "resume");
		kmod::set_duration(name, "sleep_ns", 5000);
		expect(kmod::policy_of(name) == "resume", "its policy is '{}'", kmod::policy_of(name));
	}
	expect(!std::filesystem::exists("/sys/kernel/debug/kvm_dyield/" + name), "its folder stayed behind");
}

/// Loaded before KVM it waits, and works once KVM is there.
void waits_for_kvm(const std::string &module)
{
	const std::string vendor = ple_vendor().module;
	output_of("modprobe -r " + vendor);
	expect(!std::filesystem::exists("/sys/module/kvm"), "KVM is still loaded");
	loads(module);
	expect(kernel_log().find("KVM is not loaded: waiting") != std::string::npos, "the kernel log does not say so");
	output_of("modprobe " + vendor);
	expect(read_or("/sys/kernel/livepatch/kvm_dyield/kvm/patched", "0") == "1", "KVM was not patched when it came");
	forgets_vms();
}

void unloads()
{
	kmod::unload();
	expect(!kmod::loaded(), "it is still there");
	expect(access("/sys/kernel/debug/kvm_dyield", F_OK), "its debugfs folder stayed behind");
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

/// One VM with a policy of its own, while the other follows the default.
void each_its_own(LocalHost &host, const std::string &module)
{
	std::string load = vm_of(host.load_guest()), spin = vm_of(host.neighbour());
	kmod::use(module, "directed");
	kmod::set_policy(load, "resume");
	kmod::set_policy(spin, "stock");	// has had no PAUSE exit: attached by this
	for (auto &vm : kmod::vms())
		expect(vm.known && vm.policy == (vm.name == load ? "resume" : "stock"), "{} has policy '{}'", vm.name, vm.policy);
	std::string folder = "/sys/kernel/debug/kvm_dyield/" + load;
	refused(folder + "/policy", "fastest");
	refused(folder + "/sleep_ns", "5");
	refused(folder + "/boost_ns", "1000000000000");
	auto read = [&] {
		Frozen frozen({&host.load_guest()});
		return kmod::counters(load);
	};
	auto before = read();
	both_spin(host);
	auto seen = kmod::difference(read(), before);
	fmt::print("# {}: {}\n", load, seen.dump());
	expect(seen.at("resume") > 0 && seen.at("resume") == seen.at("spins"), "it did not just resume");
	kmod::set_policy(load, "default");
	before = read();
	both_spin(host);
	expect(kmod::difference(read(), before).at("resume") == 0, "it resumes still");
}

/// How the counters that `read` reads have grown once the one of that name is at least `enough`, or so many seconds are over.
nlohmann::json grown(const std::function<nlohmann::json()> &read, const std::string &name, int enough, int seconds)
{
	auto before = read();
	nlohmann::json seen;
	for (int i = 0; i < seconds; i++) {
		pause_for(milliseconds(1000));
		seen = kmod::difference(read(), before);
		if (seen.at(name) >= enough)
			break;
	}
	return seen;
}

/// What the counters say of a policy once it had twenty yields, or 60 s are over.
nlohmann::json twenty_yields(const std::string &module, const std::string &policy)
{
	kmod::use(module, policy);
	auto seen = grown([] { return kmod::counters(); }, "yielded", 20, 60);
	fmt::print("# {}: {}\n", policy, seen.dump());
	return seen;
}

/// Beside a stranger in the same queue a directed yield forfeits CPU time, where the kernel is so; adaptive does not.
void keeps_its_share(const std::string &module)
{
	auto each = [](const nlohmann::json &seen) { return seen.at("forfeited_ns").get<double>() / std::max(seen.at("yielded").get<double>(), 1.); };
	auto eligible = twenty_yields(module, "eligible"), adaptive = twenty_yields(module, "adaptive");
	expect(eligible.at("yielded") > 0 && adaptive.at("yielded") > 0, "nobody was yielded to");
	expect(adaptive.at("hint") > 0, "it did not see the neighbour");
	expect(each(adaptive) <= std::max(each(eligible) / 10, 1000.), "a yield of adaptive forfeits {:.0f} ns, one of eligible {:.0f} ns", each(adaptive), each(eligible));
}

/// Has each vCPU of a guest run where it is told to, for as long as it exists.
class Pinned {
public:
	/// `pcpus[i]` is for vCPU i.
	Pinned(Guest &guest, const std::vector<std::vector<int>> &pcpus) : guest_(guest), before_(cpus_of(guest.vcpu_threads().at(0)))
	{
		for (std::size_t i = 0; i < pcpus.size(); i++)
			put(i, pcpus[i]);
	}
	Pinned(const Pinned &) = delete;
	~Pinned()
	{
		try {
			for (pid_t vcpu : guest_.vcpu_threads())
				run_on(vcpu, before_);
		} catch (const Error &e) {
			fmt::print("# {}\n", e.what());
		}
	}
	void put(std::size_t vcpu, const std::vector<int> &pcpus) { run_on(guest_.vcpu_threads().at(vcpu), pcpus); }

private:
	Guest &guest_;
	std::vector<int> before_;
};

/// vCPUs of one guest that wait for each other and for one pCPU hand it over, and get ahead.
void hands_over(LocalHost &host, const std::string &module)
{
	kmod::use(module, "adaptive");
	const std::string load = vm_of(host.load_guest());
	Pinned stacked(host.load_guest(), {{0}, {0}, {0}, {0}});
	auto before = kmod::counters(load);
	both_spin(host);
	auto seen = kmod::difference(kmod::counters(load), before);
	fmt::print("# {}\n", seen.dump());
	expect(seen.at("hand_over") > 0, "nobody handed its CPU over");
	expect(seen.at("sleep_ns") > 0, "nobody slept for it");
	expect(seen.at("spread") == 0, "somebody should have woken where it may not run");
}

/// A policy can be kept from knowing something, until another is chosen.
void ignores(LocalHost &host, const std::string &module)
{
	const std::string parameter = "/sys/module/kvm_dyield/parameters/ignore";
	for (auto bad : {"everything", "here,rooms", "here room"})
		refused(parameter, bad);
	kmod::set_default("ignore", "room, strangers");
	expect(read_file(parameter) == "strangers,room\n", "ignore is '{}'", read_file(parameter));
	kmod::use(module, "adaptive-ignoring-here");
	expect(read_file(parameter) == "here\n", "ignore is '{}'", read_file(parameter));
	Pinned stacked(host.load_guest(), {{0}, {0}, {0}, {0}});
	auto before = kmod::counters();
	both_spin(host);
	auto seen = kmod::difference(kmod::counters(), before);
	fmt::print("# {}\n", seen.dump());
	expect(seen.at("yield_to").get<std::int64_t>() + seen.at("hint").get<std::int64_t>() > 0, "nobody yielded");
	expect(seen.at("hand_over") == 0, "somebody handed its CPU over");
	kmod::use(module, "adaptive");
	expect(read_file(parameter) == "\n", "ignore is still '{}'", read_file(parameter));
}

/// Threads of this process that only count, for as long as it exists.
class Busy {
public:
	explicit Busy(int threads)
	{
		for (int i = 0; i < threads; i++)
			threads_.emplace_back([](const std::stop_token &end) {
				for (volatile unsigned count = 0; !end.stop_requested();)
					count = count + 1;
			});
	}

private:
	std::vector<std::jthread> threads_;
};

/// A vCPU that waits for one pCPU with a sibling may wake on another one, where two or more tasks are to run on each.
void spreads(LocalHost &host, const std::string &module)
{
	kmod::use(module, "adaptive");
	const std::string load = vm_of(host.load_guest());
	// The threads make up for vCPUs that are halted just then.
	Busy busy(4);
	Pinned neighbour(host.neighbour(), {{3}, {1}, {2}, {3}}), siblings(host.load_guest(), {{0}, {0}, {1}, {2}});
	auto read = [&] { return kmod::counters(load); };
	nlohmann::json seen;
	// The first vCPU is put beside its sibling and then has the choice; once elsewhere it stays there for as long as it likes.
	for (int i = 0; i < 15; i++) {
		siblings.put(0, {0});
		pause_for(milliseconds(100));
		siblings.put(0, {0, 3});
		seen = grown(read, "spread", 1, 2);
		if (seen.at("spread") > 0)
			break;
	}
	fmt::print("# {}\n", seen.dump());
	expect(seen.at("spread") > 0, "it was never offered the other one");
}

/// Tracepoints tell of spins, decisions and boosts.
void traces(LocalHost &host)
{
	const std::string tracing = "/sys/kernel/tracing/", load = vm_of(host.load_guest());
	write_file(tracing + "buffer_size_kb", "16");	// enough to see each event; to read four times as many took up to 70 s
	write_file(tracing + "events/dyield/enable", "1");
	both_spin(host);
	write_file(tracing + "events/dyield/enable", "0");
	Frozen frozen({&host.load_guest(), &host.neighbour()});
	std::string trace = read_file(tracing + "trace");
	for (auto event : {"spin: vm=", "decide: vm=", "boost: vm="})
		expect(trace.find(event + load) != std::string::npos, "no event '{}{}'", event, load);
}

/// Counters by vCPU add up to the VM's, histograms are filled.
void counts(LocalHost &host)
{
	const std::string files = "/sys/kernel/debug/kvm_dyield/", load = vm_of(host.load_guest());
	{
		kmod::Timing timing;
		both_spin(host);
	}
	std::string hist = read_file(files + load + "/hist");
	for (auto name : {"decide_ns", "boost_to_run_ns"})
		expect(hist.find(name) != std::string::npos, "no histogram {} in '{}'", name, hist);
	Frozen frozen({&host.load_guest()});
	std::istringstream vcpus(read_file(files + load + "/vcpus"));
	std::string line;
	std::int64_t sum = 0, vcpu, spins;
	std::getline(vcpus, line);
	expect(line.starts_with("vcpu spins "), "the vCPUs' head is '{}'", line);
	while (std::getline(vcpus, line) && std::istringstream(line) >> vcpu >> spins)
		sum += spins;
	auto all = kmod::counters(load).at("spins").get<std::int64_t>();
	expect(sum > 0 && sum == all, "the vCPUs' spins add up to {}, the VM's are {}", sum, all);
}

/// `dyield policy` and `dyield stat` tell of the same VMs, and what they do.
void tools_tell(LocalHost &host)
{
	std::string load = vm_of(host.load_guest());
	output_of("dyield policy handshake --vm " + load);
	auto listed = nlohmann::json::parse(output_of("dyield policy --json"));
	auto is_load = [&](auto &vm) { return vm.at("vm") == load && vm.at("policy") == "handshake"; };
	expect(std::any_of(listed.at("vms").begin(), listed.at("vms").end(), is_load), "dyield policy does not list it: {}", listed.dump());
	expect(output_of("dyield policy").find("handshake") != std::string::npos, "dyield policy's table does not have it");

	std::istringstream lines(output_of("dyield stat --json -n 2 -I 3000 --vm " + load));
	std::string line;
	std::int64_t spins = 0, n = 0;
	for (; std::getline(lines, line); n++) {
		auto j = nlohmann::json::parse(line);
		expect(j.at("vm") == load && j.at("policy") == "handshake", "dyield stat says {}", line);
		spins += j.at("counters").at("spins").get<std::int64_t>();
		expect(j.at("counters").at("spins") == 0 || !j.at("decide_ns").empty(), "no decision was timed: {}", line);
	}
	expect(n == 2 && spins > 0, "dyield stat printed {} lines with {} exits", n, spins);
	expect(output_of("dyield stat -n 1 -I 1000").find(load) != std::string::npos, "dyield stat's table does not have it");
	expect(read_or("/sys/kernel/debug/kvm_dyield/timing", "") == "0", "dyield stat left the timing on");
	output_of("dyield policy default --vm " + load);
}

/// The module as built for a kernel without livepatch lies beside the other, in the emulated host.
void test_unfit(ktap::Plan &plan, const std::string &module)
{
	std::string unfit = module.substr(0, module.rfind(".ko")) + "-unfit.ko", name = "a kernel without livepatch is refused";
	if (std::filesystem::exists(unfit))
		plan.test(name, [&] { refuses_unfit_kernel(unfit); });
	else
		plan.skip(name, "there is no " + unfit);
}

int without_guests(const std::string &module)
{
	ktap::Plan plan(10);
	test_unfit(plan, module);
	plan.test("load with a wrong policy is refused", [&] { refuses_wrong_policy_at_load(module); });
	plan.test("load", [&] { loads(module); });
	plan.test("a wrong policy at run time is refused", [&] { refuses_wrong_policy_at_run_time(module); });
	plan.test("bad durations are refused", refuses_bad_durations);
	plan.test("another livepatch is refused", [&] { refuses_another_livepatch(module); });
	plan.test("unload", unloads);
	plan.test("load before KVM, and a VM", [&] { waits_for_kvm(module); });
	plan.test("unload again", unloads);
	plan.test("kernel log clean", clean_log);
	return plan.failed();
}

void reloads(LocalHost &host, const std::string &module, int times)
{
	for (int i = 0; i < times; i++) {
		loads(module);
		unloads();
		both_count(host);
	}
}

int with_guests(LocalHost &host, const std::string &module, const std::string &folder, int times)
{
	const std::vector<std::string> policies{"adaptive", "stock", "resume", "yield", "sleep", "directed", "eligible", "handshake", "coboost", "ipi"};
	ktap::Watchdog watchdog(longest_test, [&] { at_work::show_stuck(folder); });
	ktap::Plan plan(26 + int(policies.size()), &watchdog);
	test_unfit(plan, module);
	plan.test("load before KVM, and a VM", [&] { waits_for_kvm(module); });
	plan.test("unload without load", unloads);
	plan.test("guests boot, pinned", [&] { host.boot_guests(at_work::two_guests(), [](auto &) {}); });
	plan.test("load with a wrong policy is refused", [&] { refuses_wrong_policy_at_load(module); });
	plan.test("both guests start", [&] { start_both(host); });
	plan.test("load under load", [&] { loads(module); });
	plan.test("a wrong policy at run time is refused", [&] { refuses_wrong_policy_at_run_time(module); });
	plan.test("bad durations are refused", refuses_bad_durations);
	plan.test("another livepatch is refused", [&] { refuses_another_livepatch(module); });
	plan.test("settings end with their VM", forgets_vms);
	plan.test("names of VMs that are not there are refused", refuses_wrong_vms);
	plan.test("all policies are tested here", [&] {
		auto all = kmod::policies();
		expect(std::set<std::string>(all.begin(), all.end()) == std::set<std::string>(policies.begin(), policies.end()),
		       "the module has others");
	});
	for (auto &p : policies)
		plan.test("policy " + p + " under load", [&] { serves(host, module, p); });
	plan.test("adaptive keeps its share beside a stranger", [&] { keeps_its_share(module); });
	plan.test("adaptive hands its CPU over to a sibling that waits for it", [&] { hands_over(host, module); });
	plan.test("what adaptive is to ignore", [&] { ignores(host, module); });
	plan.test("a sibling on the same pCPU may wake on another one", [&] { spreads(host, module); });
	plan.test("each VM its own policy", [&] { each_its_own(host, module); });
	plan.test("counters and histograms", [&] { counts(host); });
	if (kernel_log().find("bad taint, not creating trace events") == std::string::npos)
		plan.test("tracepoints", [&] { traces(host); });
	else
		plan.skip("tracepoints", "this kernel takes none from a livepatch");
	plan.test("dyield policy and dyield stat", [&] { tools_tell(host); });
	plan.test("unload under load", unloads);
	plan.test("both guests count afterwards", [&] { both_count(host); });
	plan.test("load and unload again under load", [&] { reloads(host, module, times); });
	plan.test("both guests stop, nothing lost", [&] { stop_both(host); });
	plan.test("kernel log clean", clean_log);
	if (plan.failed())
		show_why(folder);
	return plan.failed();
}

} // namespace

int main(int argc, char **argv)
{
	CLI::App app("Tests kvm_dyield.ko on this KVM host. KTAP.", "kmod-test");
	LocalHostConfig config;
	bool no_guests = false;
	int times = 1;
	cli::local_options(app, config);
	app.add_flag("--no-guests", no_guests, "only what needs no guests");
	app.add_option("--reloads", times, "how often it is loaded and unloaded at the end")->check(CLI::PositiveNumber)->capture_default_str();
	CLI11_PARSE(app, argc, argv);
	try {
		catch_interrupts();
		if (no_guests)
			return without_guests(config.module) ? 1 : 0;
		LocalHost host(config);
		return with_guests(host, config.module, config.folder, times) ? 1 : 0;	// kselftest: 0 pass, 1 fail
	} catch (const std::exception &e) {
		fmt::print("Bail out! {}\n", e.what());
		return 1;
	}
}
