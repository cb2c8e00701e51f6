// SPDX-License-Identifier: GPL-2.0
// kmod-soak: loads, switches and unloads kvm_dyield.ko over and over under two guests at 2x, as KTAP; kills guests and
// boots them again meanwhile, also while they are boosted, and has allocations fail where the kernel can inject that. For
// a kernel with lockdep, KASAN and kmemleak (make soak), whose log is part of the verdict.
#include "at_work.hpp"
#include "cli/options.hpp"
#include "host/kmod.hpp"
#include "ktap.hpp"
#include "util/file.hpp"
#include "util/json_line.hpp"
#include <csignal>
#include <filesystem>
#include <random>
#include <regex>

using namespace dyield;
using namespace dyield::at_work;
using ktap::expect;

namespace {

constexpr int switches_a_round = 25;

/// How long: so many rounds, 0 being without end, or until a line comes from a port.
struct Length {
	int rounds = 20;
	std::string stop_port;
};

struct Totals {
	int loads = 0, switches = 0, kills = 0, injections = 0;
};

/// Has every third allocation fail that the module's own code asks for, as long as it lives; nothing where the kernel has
/// no fault injection.
class FailingAllocations {
public:
	FailingAllocations() : on_(std::filesystem::exists(files))
	{
		if (!on_)
			return;
		auto [from, to] = module_text();
		for (auto [name, value] : {std::pair<const char *, std::string>{"require-start", from}, {"require-end", to}, {"stacktrace-depth", "32"},
					   {"times", "-1"}, {"verbose", "0"}, {"ignore-gfp-wait", "N"}, {"probability", "33"}})
			write_file(fmt::format("{}/{}", files, name), value);
	}
	~FailingAllocations()
	{
		if (on_)
			write_file(std::string(files) + "/probability", "0");
	}
	bool on() const { return on_; }

private:
	static constexpr auto files = "/sys/kernel/debug/failslab";

	static unsigned long long text_of(const std::string &module)
	{
		return std::stoull(read_or(module + "/sections/.text", "0"), nullptr, 16);
	}

	/// From our code on as far as the module is big, but not into another one's: allocations of KVM's must not fail.
	static std::pair<std::string, std::string> module_text()
	{
		auto start = text_of("/sys/module/kvm_dyield"), end = start + std::stoull(read_file("/sys/module/kvm_dyield/coresize"));
		for (auto &module : std::filesystem::directory_iterator("/sys/module"))
			if (auto other = text_of(module.path()); other > start)
				end = std::min(end, other);
		return {fmt::format("{:#x}", start), fmt::format("{:#x}", end)};
	}

	bool on_;
};

class Soak {
public:
	Soak(LocalHost &host, std::string module, unsigned seed) : host_(host), module_(std::move(module)), random_(seed) {}

	void round(int number)
	{
		kmod::use(module_, policies_.empty() ? "directed" : pick(policies_));
		if (policies_.empty())
			policies_ = kmod::policies();
		totals_.loads++;
		{
			FailingAllocations failing;
			totals_.injections += failing.on();
			for (int i = 0; i < switches_a_round; i++) {
				switch_one();
				if (i == switches_a_round / 2 && number % 2)
					kill_one();
			}
		}
		kmod::unload();
		both_count(host_);
		expect(kmod::vms().size() == 2, "{} VMs are left where there are 2 guests", kmod::vms().size());
		fmt::print("# round {}: {} loads, {} switches, {} guests killed, {} rounds with failing allocations\n", number, totals_.loads,
			   totals_.switches, totals_.kills, totals_.injections);
		std::fflush(stdout);
	}

	const Totals &totals() const { return totals_; }

private:
	const std::string &pick(const std::vector<std::string> &from) { return from[random_() % from.size()]; }
	Guest &any_guest() { return random_() % 2 ? host_.load_guest() : host_.neighbour(); }

	/// The default, or one VM's own, or nobody's own again.
	void switch_one()
	{
		try {
			if (random_() % 2)
				kmod::set_default("policy", pick(policies_));
			else
				kmod::set_policy(vm_of(any_guest()), random_() % 4 ? pick(policies_) : "default");
		} catch (const Error &e) {
			// With failing allocations a VM may not be attached; it must be for that reason.
			if (std::string(e.what()).find("Cannot allocate memory") == std::string::npos)
				throw;
		}
		totals_.switches++;
		pause_for(milliseconds(20 + random_() % 200));
	}

	/// SIGKILL, most likely in the middle of a boost, or of a nap.
	void kill_one()
	{
		kmod::set_default("policy", random_() % 2 ? "coboost" : "adaptive");
		pause_for(milliseconds(300));
		host_.kill_and_reboot(random_() % 2, [](auto &) {});
		totals_.kills++;
		start_idle(host_);
	}

	LocalHost &host_;
	std::string module_;
	std::mt19937 random_;
	std::vector<std::string> policies_;
	Totals totals_;
};

const std::string kmemleak = "/sys/kernel/debug/kmemleak";

/// Has kmemleak look twice, as it reports only what it found unreferenced before, and is of some age.
std::string scan_for_leaks()
{
	for (int i = 0; i < 2; i++) {
		write_file(kmemleak, "scan");
		pause_for(milliseconds(6000));
	}
	return read_file(kmemleak);
}

/// What was lost before the module came is not its doing. From here on kmemleak looks only when told to: its scans take
/// all of a pCPU for long.
void forget_leaks()
{
	if (!std::filesystem::exists(kmemleak))
		return fmt::print("# this kernel has no kmemleak\n");
	write_file(kmemleak, "scan=off");
	scan_for_leaks();
	write_file(kmemleak, "clear");
}

/// No memory of the module's own, and no task, pid or VM that a forgotten reference keeps.
void no_leaks()
{
	if (!std::filesystem::exists(kmemleak))
		return;
	static const std::regex ours("dyield|dup_task_struct|alloc_pid|kvm_create_vm|kvm_dev_ioctl|kvm_vm_ioctl");
	std::string found = scan_for_leaks();
	expect(!std::regex_search(found, ours), "kmemleak: {}", found.substr(0, 4000));
}

/// Somebody outside said that it is enough.
bool told_to_stop(const std::string &port)
{
	static JsonLine line = port.empty() ? JsonLine() : JsonLine::open_tty(port);
	return !port.empty() && line.receive(milliseconds(0)).has_value();
}

int soak(LocalHost &host, const LocalHostConfig &config, const Length &length, unsigned seed)
{
	ktap::Plan plan(6);
	Soak soak(host, config.module, seed);
	plan.test("what leaked before is forgotten", forget_leaks);
	plan.test("guests boot and start", [&] { host.boot_guests(two_guests(), [](auto &) {}); start_both(host); });
	plan.test("load, switch, unload under load", [&] {
		for (int i = 0; (!length.rounds || i < length.rounds) && !told_to_stop(length.stop_port); i++)
			soak.round(i);
		expect(soak.totals().loads > 0, "no round was done in time");
	});
	plan.test("both guests stop, nothing lost", [&] { stop_both(host); });
	plan.test("no memory leaked", no_leaks);
	plan.test("kernel log clean", clean_log);
	if (plan.failed())
		show_why(config.folder);
	return plan.failed();
}

} // namespace

int main(int argc, char **argv)
{
	CLI::App app("Soaks kvm_dyield.ko on this KVM host. KTAP.", "kmod-soak");
	LocalHostConfig config;
	Length length;
	unsigned seed = 1;
	cli::local_options(app, config);
	app.add_option("--rounds", length.rounds, "loads and unloads; 0: until --stop-port says so")->check(CLI::NonNegativeNumber)->capture_default_str();
	app.add_option("--stop-port", length.stop_port, "a tty: a JSON object from there ends it after the round that it is in");
	app.add_option("--seed", seed, "of what is done when")->capture_default_str();
	config.guest.boot_limit_s = 1800;	// beside a busy neighbour, on a kernel that looks for faults
	CLI11_PARSE(app, argc, argv);
	try {
		catch_interrupts();
		LocalHost host(config);
		return soak(host, config, length, seed) ? 1 : 0;
	} catch (const std::exception &e) {
		fmt::print("Bail out! {}\n", e.what());
		return 1;
	}
}
