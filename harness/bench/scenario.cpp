// SPDX-License-Identifier: GPL-2.0
#include "bench/scenario.hpp"
#include "host/kmod.hpp"
#include "util/error.hpp"
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/ranges.h>
#include <set>

namespace fs = std::filesystem;
namespace dyield {
namespace {

[[noreturn]] void unknown(const std::string &what, const std::string &value, const std::vector<std::string> &valid)
{
	throw Error(fmt::format("unknown {} '{}': valid are {}", what, value, fmt::join(valid, ", ")), exit_usage);
}

/// The value of `all` that JSON calls `name`.
template <typename E>
E named(const std::string &what, const std::string &name, std::initializer_list<E> all)
{
	std::vector<std::string> names;
	for (E e : all) {
		names.push_back(nlohmann::json(e).template get<std::string>());
		if (names.back() == name)
			return e;
	}
	unknown(what, name, names);
}

/// Not in patches/ (scripts/patches/core-to-kernel), or there by the name "patched".
bool only_the_modules(const std::string &policy)
{
	return policy == "adaptive" || policy == "coboost" || policy == "stock";
}

/// What the module's parameter `ignore` takes.
std::vector<std::string> all_ignored()
{
	return {
#define IGNORE(name) #name,
#include "ignore.def"
#undef IGNORE
	};
}

/// "POLICY-ignoring-WORD", both known.
bool ignores(const std::string &name, const std::vector<std::string> &policies)
{
	auto [policy, ignored] = kmod::split_ignored(name);
	auto words = all_ignored();
	return std::ranges::find(policies, policy) != policies.end() && std::ranges::find(words, ignored) != words.end();
}

std::vector<fs::path> scenario_folders()
{
	std::vector<fs::path> folders;
	if (const char *own = std::getenv("DYIELD_SCENARIOS"))
		folders.push_back(own);
	std::error_code ec;
	fs::path above = fs::read_symlink("/proc/self/exe", ec).parent_path();
	for (int i = 0; i < 4 && above.has_relative_path(); i++, above = above.parent_path())
		for (auto below : {"scenarios", "share/dyield/scenarios"})
			folders.push_back(above / below);
	return folders;
}

void check_clients(const GuestSpec &guest)
{
	auto given = guest.options.find("clients");
	if (given == guest.options.end())
		return;
	if (!given->is_number_integer() || *given < 2 || *given > 64 || given->get<int>() % 2)
		throw Error(fmt::format("{} clients: must be an even number from 2 to 64 (half publish, half consume)", given->dump()), exit_usage);
}

void check_loops(const GuestSpec &guest)
{
	auto given = guest.options.find("loops");
	if (given != guest.options.end() && (!given->is_number_integer() || *given < 0 || *given > guest.vcpus))
		throw Error(fmt::format("{} loops: must be 0 to {}, one a vCPU of {}", given->dump(), guest.vcpus, guest.name), exit_usage);
}

} // namespace

const std::vector<std::string> &all_loads()
{
	static const std::vector<std::string> loads{"amqp", "build", "command", "hackbench", "ipc", "pause", "spin", "wakeup"};
	return loads;
}

std::vector<std::string> all_policies()
{
	return {
#define POLICY(name) #name,
#include "policies.def"
#undef POLICY
	};
}

Layout layout_named(const std::string &name)
{
	return named("layout", name, {Layout::flat, Layout::vm_cgroup, Layout::vcpu_cgroups});
}

Pins pins_named(const std::string &name)
{
	return named("kind of pins", name, {Pins::set, Pins::one_to_one});
}

Locks locks_named(const std::string &name)
{
	return named("lock kind", name, {Locks::native, Locks::pv});
}

std::pair<Setting, std::string> setting_named(const std::string &name)
{
	auto policies = all_policies();
	if (name == "patched")
		return {Setting::patched, ""};
	for (auto &policy : policies)
		if (name == "patched-" + policy && !only_the_modules(policy))
			return {Setting::patched, policy};
	if (name == "no-ple")
		return {Setting::no_ple, ""};
	if (name == "stock")	// without the module; its own only hands through to KVM's
		return {Setting::stock, ""};
	if (name == "stock-policy")
		return {Setting::policy, "stock"};
	if (std::ranges::find(policies, name) != policies.end() || ignores(name, policies))
		return {Setting::policy, name};
	policies.insert(policies.end(), {"no-ple", "stock-policy", "patched", "patched-ipi (or another policy)",
					 fmt::format("adaptive-ignoring-WORD (of {})", fmt::join(all_ignored(), ", "))});
	std::ranges::sort(policies);
	unknown("setting", name, policies);
}

void check_load(const std::string &name)
{
	if (std::ranges::find(all_loads(), name) == all_loads().end())
		unknown("load", name, all_loads());
}

void check_guest(const GuestSpec &guest)
{
	if (guest.idle())
		return;
	check_load(guest.load);
	if (guest.load == "amqp" || guest.load == "ipc")
		check_clients(guest);
	if (guest.load == "spin")
		check_loops(guest);
}

std::string find_scenario(const std::string &name)
{
	if (name.find('/') != name.npos || name.ends_with(".toml"))
		return name;
	std::set<std::string> there;
	for (auto &folder : scenario_folders()) {
		std::error_code ec;
		if (auto file = folder / (name + ".toml"); fs::exists(file, ec))
			return file.lexically_normal().string();
		for (auto &f : fs::directory_iterator(folder, ec))
			if (f.path().extension() == ".toml")
				there.insert(f.path().stem().string());
	}
	if (there.empty())
		throw Error("the scenarios that come with dyield are not beside it: name the folder in DYIELD_SCENARIOS, or give a file", exit_usage);
	unknown("scenario", name, {there.begin(), there.end()});
}

} // namespace dyield
