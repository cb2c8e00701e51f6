// SPDX-License-Identifier: GPL-2.0
// dyield check on machines that are folders.
#include "host/check.hpp"
#include "util/file.hpp"
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

using namespace dyield;
namespace fs = std::filesystem;

namespace {

/// An Intel host with PAUSE exits on which nothing is wrong.
class Machine {
public:
	Machine()
	{
		put("/proc/cpuinfo", "vendor_id : GenuineIntel\nflags : vmx ple\n");
		put("/sys/module/kvm_intel/parameters/ple_gap", "128\n");
		put("/sys/module/kvm_intel/parameters/ple_window", "4096\n");
		put("/dev/kvm", "");
		put("/proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable: 8388608 kB\n");
		put("/proc/self/schedstat", "1 2 3\n");
		fs::create_directories(view.root + "/sys/kernel/livepatch");
		put("/sys/kernel/tracing/kprobe_events", "");
		fs::create_directories(view.root + "/sys/kernel/tracing/events");
		put("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io\n");
		put("/lib/modules/6.12.1/updates/kvm_dyield.ko", std::string("\0vermagic=6.12.1 SMP\0", 21));
		put("/boot/config-6.12.1", "CONFIG_LIVEPATCH=y\nCONFIG_KPROBE_EVENTS=y\nCONFIG_FTRACE=y\nCONFIG_SCHED_INFO=y\n");
		for (auto p : {"qemu-system-x86_64", "mmdebstrap", "cpio", "zstd"})
			put(std::string("/usr/bin/") + p, "");
	}
	Machine(const Machine &) = delete;

	void put(const std::string &path, const std::string &text)
	{
		fs::create_directories(fs::path(view.root + path).parent_path());
		std::ofstream(view.root + path, std::ios::binary) << text;
	}
	void remove(const std::string &path) { fs::remove_all(view.root + path); }
	std::vector<Finding> check() const { return check_host("", view); }
	/// The one finding that is not ok and without which nothing can be measured.
	Finding only_obstacle() const
	{
		Finding found;
		for (auto &f : check())
			if (!f.ok && f.needed) {
				EXPECT_EQ(found.what, "") << "and also " << f.what << ": " << f.found;
				found = f;
			}
		return found;
	}

private:
	TempDir folder_{"dyield-check"};

public:
	HostView view{folder_.path(), "6.12.1", true, 8, 20000};
};

Finding named(const std::vector<Finding> &all, const std::string &what)
{
	for (auto &f : all)
		if (f.what == what)
			return f;
	ADD_FAILURE() << "nothing about " << what;
	return {};
}

} // namespace

TEST(Check, AnIntelHostWithPauseExitsIsFit)
{
	Machine m;
	auto findings = m.check();
	EXPECT_EQ(first_obstacle(findings), nullptr) << describe(findings, false);
	EXPECT_EQ(findings[0].what, "PAUSE exits");
	EXPECT_EQ(findings[0].found, "kvm_intel.ple_gap = 128, ple_window = 4096");
	EXPECT_EQ(findings[1].what, "KVM");
	EXPECT_NE(verdict(findings).find("on this host"), std::string::npos);
}

TEST(Check, WhatIsWrongSaysWhyAndWhatToDo)
{
	Machine m;
	m.remove("/proc");
	m.remove("/sys");
	m.remove("/boot");
	m.remove("/dev");
	m.remove("/lib");
	m.remove("/usr");
	m.put("/.dockerenv", "");
	m.view = {m.view.root, "6.12.1", false, 2, 100};
	for (auto &f : m.check()) {
		EXPECT_NE(f.found, "") << f.what;
		EXPECT_NE(f.why, "") << f.what;
		EXPECT_TRUE(f.ok || !f.mend.empty()) << f.what;
	}
	EXPECT_NE(verdict(m.check()).find("emulated"), std::string::npos);
}

TEST(Check, FitsOnOneScreen)
{
	Machine m;
	auto text = describe(m.check(), false) + verdict(m.check()) + "\n";
	EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 24) << text;	// a terminal's lines
	EXPECT_EQ(text.find('\033'), std::string::npos);
	EXPECT_NE(describe(m.check(), true).find('\033'), std::string::npos);
}

TEST(Check, AmdWithoutPauseFilter)
{
	Machine m;
	m.put("/proc/cpuinfo", "vendor_id : AuthenticAMD\nflags : svm npt\n");
	m.remove("/sys/module/kvm_intel");
	EXPECT_EQ(m.only_obstacle().what, "PAUSE exits");
	m.put("/sys/module/kvm_amd/parameters/pause_filter_count", "0\n");
	EXPECT_EQ(m.only_obstacle().found, "kvm_amd.pause_filter_count = 0");
	m.put("/sys/module/kvm_amd/parameters/pause_filter_count", "3000\n");
	EXPECT_EQ(m.only_obstacle().what, "");
}

TEST(Check, TheFlagsCountUntilKvmIsLoaded)
{
	Machine m;
	m.remove("/sys/module/kvm_intel");
	EXPECT_EQ(m.only_obstacle().what, "");
	m.put("/proc/cpuinfo", "vendor_id : GenuineIntel\nflags : vmx apple multiple\n");	// "ple" is a word
	EXPECT_EQ(m.only_obstacle().what, "PAUSE exits");
	m.put("/proc/cpuinfo", "vendor_id : CentaurHauls\n");
	EXPECT_NE(m.only_obstacle().found.find("neither"), std::string::npos);
}

TEST(Check, NoKvm)
{
	Machine m;
	m.remove("/dev/kvm");
	EXPECT_EQ(m.only_obstacle().what, "KVM");
	EXPECT_NE(m.only_obstacle().mend.find("modprobe"), std::string::npos);
}

TEST(Check, ContainersAreNamed)
{
	Machine m;
	EXPECT_TRUE(named(m.check(), "machine").ok);
	m.put("/run/systemd/container", "lxc\n");
	EXPECT_EQ(named(m.check(), "machine").found, "a container (lxc)");
	EXPECT_EQ(m.only_obstacle().what, "");	// a privileged one may do
}

TEST(Check, KernelsWithoutLivepatchOrKprobes)
{
	Machine m;
	m.remove("/sys/kernel/livepatch");
	m.put("/boot/config-6.12.1", "# CONFIG_LIVEPATCH is not set\nCONFIG_KPROBE_EVENTS=y\nCONFIG_FTRACE=y\nCONFIG_SCHED_INFO=y\n");
	EXPECT_EQ(m.only_obstacle().what, "livepatch");
	EXPECT_NE(m.only_obstacle().mend.find("boot a kernel"), std::string::npos);
	Machine n;
	n.remove("/sys/kernel/tracing/kprobe_events");
	n.remove("/boot");
	EXPECT_EQ(n.only_obstacle().what, "kprobes");
	EXPECT_NE(n.only_obstacle().mend.find("CONFIG_KPROBE_EVENTS=y"), std::string::npos);
	Machine unmounted;
	unmounted.remove("/sys/kernel/tracing/events");
	EXPECT_NE(unmounted.only_obstacle().mend.find("mount -t tracefs"), std::string::npos);
}

TEST(Check, RightsCpusMemoryCgroupsSchedstat)
{
	Machine m;
	m.view.is_root = false;
	EXPECT_EQ(m.only_obstacle().what, "rights");
	m.view.is_root = true;
	m.view.pcpus = 2;
	EXPECT_EQ(m.only_obstacle().what, "pCPUs");
	m.view.pcpus = 4;
	m.put("/proc/meminfo", "MemAvailable: 102400 kB\n");
	EXPECT_EQ(m.only_obstacle().found, "100 MiB free");
	m.put("/proc/meminfo", "MemAvailable: 8388608 kB\n");
	m.put("/sys/fs/cgroup/cgroup.controllers", "cpuset cpuacct\n");
	EXPECT_EQ(m.only_obstacle().what, "cgroup v2");
	m.put("/sys/fs/cgroup/cgroup.controllers", "cpu\n");
	m.remove("/proc/self/schedstat");
	EXPECT_EQ(m.only_obstacle().what, "schedstat");
}

TEST(Check, TheModuleMustFitTheKernel)
{
	Machine m;
	m.put("/lib/modules/6.12.1/updates/kvm_dyield.ko", std::string("\0vermagic=6.12.10 SMP\0", 22));
	EXPECT_NE(m.only_obstacle().found.find("another kernel"), std::string::npos);
	m.remove("/lib/modules");
	EXPECT_EQ(m.only_obstacle().found, "not built for this kernel");
	m.put("/elsewhere.ko", std::string("\0vermagic=6.12.1 SMP\0", 21));
	EXPECT_TRUE(named(check_host(m.view.root + "/elsewhere.ko", m.view), "kvm_dyield.ko").ok);
	m.put("/sys/module/kvm_dyield/parameters/policy", "directed\n");
	EXPECT_EQ(m.only_obstacle().what, "");
}

TEST(Check, WhatRefusesTheModule)
{
	Machine m;
	m.put("/sys/kernel/livepatch/kvm_dyield/kvm/kvm_vcpu_on_spin,1", "");
	EXPECT_EQ(m.only_obstacle().what, "");
	m.put("/sys/kernel/livepatch/other/kvm/kvm_vcpu_on_spin,1", "");
	EXPECT_NE(m.only_obstacle().mend.find("livepatch/other/enabled"), std::string::npos);
	m.remove("/sys/kernel/livepatch/other");
	m.put("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	EXPECT_NE(m.only_obstacle().found.find("locked down"), std::string::npos);
	m.put("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	m.put("/sys/module/module/parameters/sig_enforce", "Y\n");
	EXPECT_NE(m.only_obstacle().found.find("signed"), std::string::npos);
}

TEST(Check, NotesAreNoObstacles)
{
	Machine m;
	m.put("/proc/cpuinfo", "vendor_id : GenuineIntel\nflags : vmx ple hypervisor\n");
	fs::create_directories(m.view.root + "/sys/kernel/debug/kvm/4711-12");
	m.remove("/usr/bin");
	m.view.cache_free_mib = 10;
	auto all = m.check();
	EXPECT_EQ(first_obstacle(all), nullptr) << describe(all, false);
	for (auto what : {"hardware", "other VMs", "QEMU", "libvirt", "emulated host"}) {
		EXPECT_FALSE(named(all, what).ok) << what;
		EXPECT_FALSE(named(all, what).needed) << what;
	}
	EXPECT_EQ(named(all, "other VMs").found, "1 running");
	m.put("/run/libvirt/libvirt-sock", "");
	EXPECT_TRUE(named(m.check(), "libvirt").ok);
	EXPECT_NE(verdict(m.check()).find("libvirt"), std::string::npos);
}
