// SPDX-License-Identifier: GPL-2.0
/// @file
/// What one measurement is: which load at which overcommit, in which layout, under which setting.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace dyield {

/// How the guests' vCPU threads are grouped for the scheduler.
enum class Layout {
	flat,		///< every vCPU thread in the root cgroup
	vcpu_cgroups,	///< libvirt's way: VM/libvirt/vcpuN, one cgroup a vCPU
};

/// What the host does on a PAUSE exit.
enum class Setting {
	no_ple,		///< PAUSE exits off: the guest spins its slice away
	stock,		///< PAUSE exits on, kvm_dyield not loaded: KVM's own answer
	policy,		///< PAUSE exits on, kvm_dyield loaded with Cell::policy
};

/// How the load's guest takes its spinlocks; seed 003 is about the second.
enum class Locks {
	native,		///< queued spinlocks as on bare metal: waiters spin
	pv,		///< paravirtual ones: waiters halt, and who releases a lock kicks the next
};

NLOHMANN_JSON_SERIALIZE_ENUM(Locks, {{Locks::native, "native"}, {Locks::pv, "pv"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Layout, {{Layout::flat, "flat"}, {Layout::vcpu_cgroups, "vcpu-cgroups"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Setting, {{Setting::no_ple, "no-ple"}, {Setting::stock, "stock"}, {Setting::policy, "policy"}})

/// One cell of Rik van Riel's table (seed 001).
struct Cell {
	std::string scenario = "rik";
	std::string load = "ipc";	///< "ipc" or "amqp"
	int clients = 8;		///< publishers + consumers, half each; even, 2..64
	int loops = 0;			///< the neighbour's endless loops: 0 (1x), 2 (1.5x), 4 (2x)
	Layout layout = Layout::flat;
	Setting setting = Setting::stock;
	std::string policy;		///< kvm_dyield's policy, when setting is Setting::policy
	Locks locks = Locks::native;

	/// "1x", "1.5x", "2x": runnable vCPUs over pCPUs, for 4-vCPU guests on 4 pCPUs.
	std::string overcommit() const;
	/// "no-ple", "stock" or the policy's name.
	std::string setting_name() const;
	/// All but the setting: "rik/ipc/8/2x/flat", with paravirtual locks "rik/ipc/8/2x/flat/pv".
	std::string place() const;
	/// place() + "/" + setting_name(): the benchmark's name in results.
	std::string name() const;
	bool operator==(const Cell &) const = default;
};

/// The share of the CPU time both guests use (0..1) that the load's guest ought to get when every vCPU
/// wants to run: max-min fairness between threads (flat) or between VMs (vcpu-cgroups), `vcpus` vCPUs a
/// guest on as many pCPUs, `loops` of the neighbour's vCPUs busy.
double fair_share(Layout layout, int loops, int vcpus = 4);

void to_json(nlohmann::json &j, const Cell &c);
void from_json(const nlohmann::json &j, Cell &c);	///< throws nlohmann::json::exception on a missing key but "locks"

} // namespace dyield
