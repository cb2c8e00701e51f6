// SPDX-License-Identifier: GPL-2.0
/// @file
/// A VM's cgroups (v2): libvirt's layout of a cgroup for each vCPU, or none at all.
#pragma once
#include <string>
#include <sys/types.h>
#include <vector>

namespace dyield {

/// The cgroups of one VM, below dyield.slice; removed when this goes.
class VmCgroup {
public:
	/// Moves the process into dyield.slice/<name>.scope/libvirt and its threads into the threaded groups
	/// vcpu0.. and emulator, as libvirt does. Throws Error (no cgroup v2, no cpu controller, no rights).
	VmCgroup(const std::string &name, pid_t pid, const std::vector<pid_t> &vcpus);
	~VmCgroup();
	VmCgroup(const VmCgroup &) = delete;

	/// Moves a process and all its threads to the root cgroup: the flat layout. Throws Error.
	static void to_root(pid_t pid);

private:
	std::string scope_;
	pid_t pid_;
};

} // namespace dyield
