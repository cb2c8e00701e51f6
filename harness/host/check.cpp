// SPDX-License-Identifier: GPL-2.0
#include "host/check.hpp"
#include "host/ple.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <algorithm>
#include <filesystem>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>

namespace fs = std::filesystem;
namespace dyield {
namespace {

Finding rights()
{
	bool root = geteuid() == 0;
	return {"rights", root, root ? "root" : "not root", "livepatch, cgroups and tracefs need root: run it through sudo"};
}

Finding kvm_device()
{
	bool ok = !access("/dev/kvm", R_OK | W_OK);
	return {"KVM", ok, ok ? "/dev/kvm" : "no usable /dev/kvm", "VMs need it: enable virtualisation in the firmware, then modprobe kvm_intel or kvm_amd"};
}

Finding pause_exits()
{
	try {
		PleVendor v = ple_vendor();
		if (auto value = ple_parameter(v.module, v.off)) {
			std::string found = fmt::format("{}.{} = {}", v.module, v.off, *value);
			if (v.window != v.off)
				found += fmt::format(", {} = {}", v.window, ple_parameter(v.module, v.window).value_or(0));
			return {"PAUSE exits", *value != 0, found,
				fmt::format("the CPU (or the hypervisor above it) has none, or they were switched off: modprobe -r {0} && modprobe {0}", v.module)};
		}
		// The module is not loaded: ask the CPU.
		std::string cpu = read_file("/proc/cpuinfo");
		bool has = cpu.find(v.module == "kvm_amd" ? " pausefilter" : " ple") != std::string::npos;
		return {"PAUSE exits", has, has ? "the CPU has them" : "the CPU, or the hypervisor above it, has none", "use the emulated host: --host emulated"};
	} catch (const Error &e) {
		return {"PAUSE exits", false, e.what(), "use the emulated host: --host emulated"};
	}
}

Finding livepatch()
{
	bool ok = fs::exists("/sys/kernel/livepatch");
	return {"livepatch", ok, ok ? "yes" : "no /sys/kernel/livepatch", "kvm_dyield hooks KVM by it: boot a kernel with CONFIG_LIVEPATCH=y (Debian's have it)"};
}

Finding tracing()
{
	bool ok = fs::exists("/sys/kernel/tracing/kprobe_events") || fs::exists("/sys/kernel/tracing");
	return {"tracefs", ok, ok ? "yes" : "no /sys/kernel/tracing", "PAUSE exits are counted by it: mount -t tracefs tracefs /sys/kernel/tracing"};
}

Finding cgroups()
{
	std::string c = read_or("/sys/fs/cgroup/cgroup.controllers", "");
	bool ok = (" " + c + " ").find(" cpu ") != std::string::npos;
	return {"cgroup v2", ok, ok ? "with the cpu controller" : "no cpu controller at /sys/fs/cgroup", "libvirt's layout is built of them: boot with systemd.unified_cgroup_hierarchy=1"};
}

Finding cpus()
{
	unsigned n = std::thread::hardware_concurrency();
	return {"pCPUs", n >= 4, std::to_string(n), "two 4-vCPU guests share 4 pCPUs: a host with at least 4 is needed"};
}

Finding module(const std::string &ko)
{
	utsname u;
	uname(&u);
	if (ko.empty() || !fs::exists(ko))
		return {"kvm_dyield.ko", false, "not built for this kernel", fmt::format("apt-get install linux-headers-{} && make kmod", u.release)};
	// The version it was built for stands in its .modinfo section.
	bool fits = read_file(ko).find(std::string("vermagic=") + u.release + " ") != std::string::npos;
	return {"kvm_dyield.ko", fits, fits ? ko : ko + " is for another kernel than " + u.release, fmt::format("make kmod KDIR=/lib/modules/{}/build", u.release)};
}

} // namespace

std::vector<Finding> check_host(const std::string &ko)
{
	return {pause_exits(), kvm_device(), cpus(), rights(), livepatch(), tracing(), cgroups(), module(ko)};
}

const Finding *first_obstacle(const std::vector<Finding> &findings)
{
	auto i = std::find_if(findings.begin(), findings.end(), [](const Finding &f) { return !f.ok; });
	return i == findings.end() ? nullptr : &*i;
}

std::string describe(const std::vector<Finding> &findings)
{
	std::string text;
	for (auto &f : findings)
		text += f.ok ? fmt::format("ok    {:<14} {}\n", f.what, f.found) : fmt::format("NO    {:<14} {}\n      {:<14} {}\n", f.what, f.found, "", f.mend);
	return text;
}

} // namespace dyield
