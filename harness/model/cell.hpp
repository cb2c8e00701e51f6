// SPDX-License-Identifier: GPL-2.0
/// @file
/// What one measurement is: which guests with which loads, placed how, under which setting.
#pragma once
#include "model/guest_spec.hpp"
#include <vector>

namespace dyield {

/// How the guests' vCPU threads are grouped for the scheduler.
enum class Layout {
	flat,		///< every vCPU thread in the root cgroup
	vm_cgroup,	///< one cgroup a VM, all its threads in it
	vcpu_cgroups,	///< libvirt's way: VM/libvirt/vcpuN, one cgroup a vCPU
};

/// Where a vCPU thread may run.
enum class Pins {
	set,		///< on all pCPUs that the guests share
	one_to_one,	///< vCPU i on the i-th of them alone (modulo their number)
};

/// How the guests take their spinlocks; seed 003 is about the second.
enum class Locks {
	native,		///< queued spinlocks as on bare metal: waiters spin
	pv,		///< paravirtual ones: waiters halt, and who releases a lock kicks the next
};

/// What the host does on a PAUSE exit.
enum class Setting {
	no_ple,		///< PAUSE exits off: the guest spins its slice away
	stock,		///< PAUSE exits on, kvm_dyield not loaded: KVM's own answer
	policy,		///< PAUSE exits on, kvm_dyield loaded with Cell::policy
	patched,	///< PAUSE exits on, a kernel with patches/ applied, its kvm.dyield_policy Cell::policy
};

NLOHMANN_JSON_SERIALIZE_ENUM(Layout, {{Layout::flat, "flat"}, {Layout::vm_cgroup, "vm-cgroup"}, {Layout::vcpu_cgroups, "vcpu-cgroups"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Pins, {{Pins::set, "set"}, {Pins::one_to_one, "one-to-one"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Locks, {{Locks::native, "native"}, {Locks::pv, "pv"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Setting, {{Setting::no_ple, "no-ple"}, {Setting::stock, "stock"}, {Setting::policy, "policy"}, {Setting::patched, "patched"}})

/// One cell of a scenario's table.
struct Cell {
	std::string scenario = "rik";
	std::string series;		///< which of the scenario's loads: "ipc/8"; empty where it has but one
	std::string overcommit = "1x";	///< the table's column
	std::vector<GuestSpec> guests;	///< the first is the one whose throughput is the cell's figure, the others are its neighbours
	int pcpus = 4;			///< how many pCPUs the guests share
	Layout layout = Layout::flat;
	Pins pins = Pins::set;
	Locks locks = Locks::native;
	Setting setting = Setting::stock;
	std::string policy;		///< when setting is Setting::policy, or Setting::patched; that one's empty for KVM's own

	/// vCPUs that want to run over pCPUs.
	double overcommit_ratio() const;
	/// No neighbour has anything to do.
	bool alone() const;
	/// "no-ple", "stock", the policy's name, "patched" or "patched-" and its policy's name.
	std::string setting_name() const;
	/// All but the setting: "rik/ipc/8/2x/flat"; then, if they are so, "/one-to-one" and "/pv".
	std::string place() const;
	/// place() + "/" + setting_name(): the benchmark's name in results.
	std::string name() const;
	bool operator==(const Cell &) const = default;
};

/// "1x", "1.5x": vCPUs that want to run over pCPUs, as text.
std::string overcommit_name(const std::vector<GuestSpec> &guests, int pcpus);

/// What has to be booted before a cell can be measured: cells that agree on it can share a boot.
struct Setup {
	bool ple = true;			///< with PAUSE exits
	Locks locks = Locks::native;
	Pins pins = Pins::set;
	std::vector<GuestSpec> guests;		///< all of them idle
	bool operator==(const Setup &) const = default;
};

Setup setup_of(const Cell &cell);

/// A cell of Rik van Riel's table (seed 001) as scenarios/rik.toml has it, for what needs one without a file: a guest of 4
/// vCPUs passes messages, a neighbour of 4 runs 0 (1x), 2 (1.5x) or 4 (2x) endless loops, on 4 pCPUs.
Cell rik_cell(const std::string &load, int clients, int loops, Layout layout, Setting setting, const std::string &policy = "",
	      Locks locks = Locks::native);

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Cell, scenario, series, overcommit, guests, pcpus, layout, pins, locks, setting, policy)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Setup, ple, locks, pins, guests)

} // namespace dyield
