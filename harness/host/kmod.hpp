// SPDX-License-Identifier: GPL-2.0
/// @file
/// kvm_dyield.ko from user space: load, choose the policy, read the counters, unload.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace dyield::kmod {

bool loaded();
void require_loaded();				///< throws Error (exit_unfit) that says how to load it
/// "POLICY-ignoring-WORD" as its policy and its word for the parameter `ignore`; that one empty where it has none.
std::pair<std::string, std::string> split_ignored(const std::string &policy);
/// Loads `file` with a policy (or one that ignores something, as above) and with durations `dilation` times its defaults, or
/// sets the policy if it is loaded; waits for the livepatch's transition. Throws Error with the kernel's reason.
void use(const std::string &file, const std::string &setting, int dilation = 1);
/// Disables the livepatch, waits for the transition and removes the module; nothing if it is not loaded.
/// Throws Error.
void unload();
std::string policy();				///< the default; throws Error
std::vector<std::string> policies();		///< all there are; throws Error
/// Counters since load, by name (an object of integers). Throws Error.
nlohmann::json counters();
/// Sets the module's parameter `policy`, `ignore`, `sleep_ns` or `boost_ns`. Throws Error with what would be valid.
void set_default(const std::string &parameter, const std::string &value);
/// A VM by KVM's own name for it (pid-fd, as in debugfs' kvm folder).
struct Vm {
	std::string name;
	bool known;		///< to the module: it had a PAUSE exit, or was given a setting
	std::string policy;	///< its own, or "default"
};
/// All VMs of this host, by name. Throws Error.
std::vector<Vm> vms();
/// Gives one VM its own policy ("default" to follow the module's), PAUSE exit or not. Throws Error, exit_usage with a
/// policy or VM that there is not.
void set_policy(const std::string &vm, const std::string &policy);
/// Gives one VM its own `sleep_ns` or `boost_ns` (0 to follow the module's). Throws Error.
void set_duration(const std::string &vm, const std::string &name, std::int64_t ns);
/// One VM's counters; empty if the module does not know it. Throws Error.
nlohmann::json counters(const std::string &vm);
/// What a VM does on a PAUSE exit: its own policy, or the default.
std::string policy_of(const std::string &vm);
/// Histograms by name: the least value of a bucket (log2) and how often it was hit.
using Histograms = std::map<std::string, std::map<std::int64_t, std::int64_t>>;
Histograms histograms(const std::string &vm);	///< empty if the module does not know it; throws Error
/// after - before of one histogram, without what is zero.
std::map<std::int64_t, std::int64_t> difference(const Histograms &after, const Histograms &before, const std::string &name);
/// Has decisions timed as long as it lives, unless they were already.
class Timing {
public:
	Timing();	///< throws Error
	~Timing();
	Timing(const Timing &) = delete;
	Timing &operator=(const Timing &) = delete;

private:
	bool was_on_;
};
/// after - before, name by name.
nlohmann::json difference(const nlohmann::json &after, const nlohmann::json &before);

} // namespace dyield::kmod
