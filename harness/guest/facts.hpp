// SPDX-License-Identifier: GPL-2.0
/// @file
/// What the guest is, for the result's record.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace dyield::guest {

/// How the guest's kernel takes a contended spinlock: "native-queued" (spins with PAUSE: PAUSE exits), "pv"
/// (halts and is kicked: none), "test-and-set" (a hypervisor without PV locks; spins with PAUSE) or "unknown".
/// From what x86's native_pv_lock_init() and kvm_spinlock_init() do and print.
/// @param cmdline     /proc/cmdline
/// @param kernel_log  the kernel's log as far as it is still there; may be empty
/// @param hypervisor  CPUID's signature at 0x40000000 ("KVMKVMKVM"); "none" on bare metal, empty if not known
std::string_view lock_kind(std::string_view cmdline, std::string_view kernel_log, std::string_view hypervisor);

/// CPUID says that there is a hypervisor.
bool in_virtual_machine();

/// KVM tells this kernel how long its vCPUs waited (KVM_FEATURE_STEAL_TIME), and the kernel listens.
bool has_steal_clock();

/// {"event":"ready", "proto":1, "vcpus":.., "kernel":.., "lock":..} for this machine.
nlohmann::ordered_json ready_event();

} // namespace dyield::guest
