// SPDX-License-Identifier: GPL-2.0
#include "host/cgroup.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <algorithm>
#include <filesystem>
#include <unistd.h>

namespace fs = std::filesystem;
namespace dyield {
namespace {

const std::string root = "/sys/fs/cgroup", slice = root + "/dyield.slice";

void make_group(const std::string &path)
{
	std::error_code ec;
	fs::create_directories(path, ec);
	if (ec)
		fail("cannot make the cgroup {}: {} (is cgroup v2 mounted there, and are you root?)", path, ec.message());
}

void enable_controllers(const std::string &path)
{
	write_file(path + "/cgroup.subtree_control", "+cpu");
}

/// Moves a process and all its threads to the root cgroup.
void to_root(pid_t pid)
{
	write_file(root + "/cgroup.procs", std::to_string(pid));
}

} // namespace

VmCgroup::VmCgroup(Layout layout, const std::string &name, pid_t pid, const std::vector<pid_t> &vcpus)
	: scope_(slice + "/" + name + ".scope"), pid_(pid)
{
	if (layout == Layout::flat) {
		to_root(pid);
		return;
	}
	std::string vm = scope_ + "/libvirt";
	make_group(vm);
	for (auto &d : {root, slice, scope_})
		enable_controllers(d);
	write_file(vm + "/cgroup.procs", std::to_string(pid));
	if (layout == Layout::vcpu_cgroups)
		split(vm, vcpus);
}

void VmCgroup::split(const std::string &vm, const std::vector<pid_t> &vcpus) const
{
	std::vector<std::string> groups{"emulator"};
	for (std::size_t i = 0; i < vcpus.size(); i++)
		groups.push_back("vcpu" + std::to_string(i));
	for (auto &g : groups) {
		make_group(vm + "/" + g);
		write_file(vm + "/" + g + "/cgroup.type", "threaded");
	}
	enable_controllers(vm);
	for (auto &t : fs::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
		pid_t tid = std::stoi(t.path().filename().string());
		auto v = std::find(vcpus.begin(), vcpus.end(), tid);
		std::string g = v == vcpus.end() ? "emulator" : "vcpu" + std::to_string(v - vcpus.begin());
		write_file(vm + "/" + g + "/cgroup.threads", std::to_string(tid));
	}
}

VmCgroup::~VmCgroup()
{
	try {
		if (fs::exists("/proc/" + std::to_string(pid_)))
			to_root(pid_);
	} catch (const std::exception &) {
		// the process is ending: its threads leave by themselves
	}
	std::error_code ec;
	for (int tries = 0; fs::exists(scope_, ec) && tries < 100; tries++) {
		for (auto &d : fs::directory_iterator(scope_ + "/libvirt", ec))
			if (d.is_directory(ec))
				rmdir(d.path().c_str());
		rmdir((scope_ + "/libvirt").c_str());
		if (!rmdir(scope_.c_str()))
			break;
		usleep(20000);
	}
	rmdir(slice.c_str());	// stays as long as another VM is in it
}

} // namespace dyield
