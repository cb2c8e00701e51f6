// SPDX-License-Identifier: GPL-2.0
// dyield policy: which policy each VM of this host has, and gives it another.
#include "cli/options.hpp"
#include "host/kmod.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <algorithm>
#include <fmt/ranges.h>

namespace dyield::cli {
namespace {

struct Options {
	std::string policy, vm;
	std::int64_t sleep_ns = -1, boost_ns = -1;
	bool json = false;
};

/// Where the hardware delivers IPIs without an exit, `ipi` sees none. "" if it does not, as far as KVM tells.
std::string hidden_ipis()
{
	for (auto parameter : {"/sys/module/kvm_amd/parameters/avic", "/sys/module/kvm_intel/parameters/enable_ipiv"}) {
		std::string value = read_or(parameter, "N");
		if (value == "Y" || value == "1")
			return fmt::format("{} is on: the hardware delivers IPIs without an exit, so that ipi sees few of them and does as eligible", parameter);
	}
	return "";
}

void set(const Options &o)
{
	if (o.vm.empty()) {
		auto valid = kmod::policies();
		if (!o.policy.empty() && std::find(valid.begin(), valid.end(), o.policy) == valid.end())
			throw Error(fmt::format("unknown policy '{}': valid are {}", o.policy, fmt::join(valid, ", ")), exit_usage);
		if (!o.policy.empty())
			kmod::set_default("policy", o.policy);
		if (o.sleep_ns >= 0)
			kmod::set_default("sleep_ns", std::to_string(o.sleep_ns));
		if (o.boost_ns >= 0)
			kmod::set_default("boost_ns", std::to_string(o.boost_ns));
	} else {
		if (!o.policy.empty())
			kmod::set_policy(o.vm, o.policy);
		if (o.sleep_ns >= 0)
			kmod::set_duration(o.vm, "sleep_ns", o.sleep_ns);
		if (o.boost_ns >= 0)
			kmod::set_duration(o.vm, "boost_ns", o.boost_ns);
	}
	if (auto why = hidden_ipis(); o.policy == "ipi" && !why.empty())
		fmt::print(stderr, "dyield: {}\n", why);
}

void list(bool json)
{
	auto vms = kmod::vms();
	if (json) {
		nlohmann::json j{{"default", kmod::policy()}, {"policies", kmod::policies()}, {"vms", nlohmann::json::array()}};
		for (auto &vm : vms)
			j["vms"].push_back({{"vm", vm.name}, {"policy", vm.policy}, {"known", vm.known}, {"counters", kmod::counters(vm.name)}});
		fmt::print("{}\n", j.dump(1));
		return;
	}
	fmt::print("default: {} (of {})\n", kmod::policy(), fmt::join(kmod::policies(), ", "));
	if (vms.empty())
		return fmt::print("no VMs\n");
	fmt::print("{:<16}  {:<12}  {:>12}\n", "VM (pid-fd)", "policy", "PAUSE exits");
	for (auto &vm : vms)
		fmt::print("{:<16}  {:<12}  {:>12}\n", vm.name, vm.policy, kmod::counters(vm.name).value("spins", std::int64_t(0)));
}

int run(const Options &o)
{
	kmod::require_loaded();
	if (o.policy.empty() && o.sleep_ns < 0 && o.boost_ns < 0)
		list(o.json);
	else
		set(o);
	return exit_ok;
}

} // namespace

void add_policy(CLI::App &app, Action &action)
{
	auto o = std::make_shared<Options>();
	auto *c = app.add_subcommand("policy", "which policy each VM of this host has; or gives it another");
	c->add_option("policy", o->policy, "the policy to set; 'default' has a VM follow the module's again");
	c->add_option("--vm", o->vm, "for this VM only (pid-fd, as in debugfs' kvm folder); without it for all that have none of their own");
	c->add_option("--sleep-ns", o->sleep_ns, "how long the policy sleep sleeps, and adaptive at most; 0 has a VM follow the module's")->check(CLI::Range(std::int64_t(0), std::int64_t(100000000)));
	c->add_option("--boost-ns", o->boost_ns, "how long a boost lasts; likewise")->check(CLI::Range(std::int64_t(0), std::int64_t(10000000)));
	c->add_flag("--json", o->json, "list for scripts");
	c->footer("Examples:\n  dyield policy\n  dyield policy coboost --vm 4711-12 --boost-ns 300000");
	c->callback([o, &action] { action = [o] { return run(*o); }; });
}

} // namespace dyield::cli
