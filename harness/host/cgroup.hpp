// SPDX-License-Identifier: GPL-2.0
/// @file
/// A VM's cgroups (v2): libvirt's layout of a cgroup for each vCPU, one for the whole VM, or none at all.
#pragma once
#include "model/cell.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

namespace dyield {

/// The cgroups of one VM, below dyield.slice; removed when this goes.
class VmCgroup {
public:
	/// Moves the process into dyield.slice/<name>.scope/libvirt and, with Layout::vcpu_cgroups, its threads into the threaded
	/// groups vcpu0.. and emulator below, as libvirt does; with Layout::flat into the root cgroup, and there are none.
	/// Throws Error (no cgroup v2, no cpu controller, no rights).
	VmCgroup(Layout layout, const std::string &name, pid_t pid, const std::vector<pid_t> &vcpus);
	~VmCgroup();
	VmCgroup(const VmCgroup &) = delete;

private:
	void split(const std::string &vm, const std::vector<pid_t> &vcpus) const;

	std::string scope_;
	pid_t pid_;
};

} // namespace dyield
