// SPDX-License-Identifier: GPL-2.0
/// @file
/// kvm_dyield.ko from user space: load, choose the policy, read the counters, unload.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace dyield::kmod {

bool loaded();
/// Loads `file` with a policy, or sets the policy if it is loaded; waits for the livepatch's transition.
/// Throws Error with the kernel's reason.
void use(const std::string &file, const std::string &policy);
/// Disables the livepatch, waits for the transition and removes the module; nothing if it is not loaded.
/// Throws Error.
void unload();
std::string policy();				///< in force; throws Error
/// Counters since load, by name (an object of integers). Throws Error.
nlohmann::json counters();
/// after - before, name by name.
nlohmann::json difference(const nlohmann::json &after, const nlohmann::json &before);

} // namespace dyield::kmod
