// SPDX-License-Identifier: GPL-2.0
#include "host/check.hpp"
#include "host/ple.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include "util/terminal.hpp"
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/ranges.h>
#include <optional>
#include <sstream>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>

namespace fs = std::filesystem;
namespace dyield {
namespace {

constexpr std::uint64_t guests_mib = 1024, lab_mib = 3072, cache_mib = 6144;	// two guests and QEMU; one emulated host; README

bool there(const HostView &v, const std::string &path)
{
	std::error_code ec;
	return fs::exists(v.root + path, ec);
}

bool has_word(const std::string &text, const std::string &word)
{
	std::istringstream words(text);
	for (std::string w; words >> w;)
		if (w == word)
			return true;
	return false;
}

/// Debian's copy of the kernel's configuration; nothing if it is not there.
std::optional<bool> configured(const HostView &v, const std::string &option)
{
	std::string config = read_or(v.root + "/boot/config-" + v.release, "");
	if (config.empty())
		return {};
	return has_word(config, option + "=y") || has_word(config, option + "=m");
}

Finding pause_exits(const HostView &v)
{
	Finding f{"PAUSE exits", false, true, "", "they are what is measured", "use the emulated host: dyield bench --host emulated"};
	try {
		PleVendor vendor = ple_vendor(v.root);
		auto value = ple_parameter(vendor.module, vendor.off, v.root);
		if (!value) {	// the module is not loaded: ask the CPU
			f.ok = has_word(read_or(v.root + "/proc/cpuinfo", ""), vendor.module == "kvm_amd" ? "pausefilter" : "ple");
			f.found = f.ok ? "the CPU has them" : "the CPU, or the hypervisor above it, has none";
			return f;
		}
		f.ok = *value != 0;
		f.found = fmt::format("{}.{} = {}", vendor.module, vendor.off, *value);
		if (vendor.window != vendor.off)
			f.found += fmt::format(", {} = {}", vendor.window, ple_parameter(vendor.module, vendor.window, v.root).value_or(0));
		f.mend = fmt::format("if they were switched off: modprobe -r {0} && modprobe {0}; else this CPU has none: --host emulated", vendor.module);
	} catch (const Error &e) {
		f.found = e.what();
	}
	return f;
}

Finding kvm_device(const HostView &v)
{
	bool ok = !access((v.root + "/dev/kvm").c_str(), R_OK | W_OK);
	return {"KVM", ok, true, ok ? "/dev/kvm" : there(v, "/dev/kvm") ? "/dev/kvm is not yours to use" : "no /dev/kvm", "it runs the guests",
		there(v, "/dev/kvm") ? "sudo dyield ..." : "enable virtualisation in the firmware, then modprobe kvm_intel or kvm_amd"};
}

Finding hardware(const HostView &v)
{
	bool vm = has_word(read_or(v.root + "/proc/cpuinfo", ""), "hypervisor");
	return {"hardware", !vm, false, vm ? "a virtual machine" : "real",
		"the host above schedules this one's CPUs, and decides if there are PAUSE exits in nested guests",
		"on the host above: modprobe kvm_intel (or kvm_amd) nested=1, and host-passthrough as this machine's CPU"};
}

Finding container(const HostView &v)
{
	std::string kind = read_or(v.root + "/run/systemd/container", "");
	bool in = !kind.empty() || there(v, "/.dockerenv") || there(v, "/run/.containerenv");
	return {"machine", !in, false, in ? fmt::format("a container{}", kind.empty() ? "" : " (" + kind + ")") : "not a container",
		"modules and cgroups are the host's", "run it on the host itself"};
}

Finding cpus(const HostView &v)
{
	return {"pCPUs", v.pcpus >= 4, true, std::to_string(v.pcpus), "two guests of 4 vCPUs share 4 pCPUs", "a machine with at least 4, or --host emulated"};
}

Finding rights(const HostView &v)
{
	return {"rights", v.is_root, true, v.is_root ? "root" : "not root", "livepatch, cgroups and tracefs are root's", "sudo dyield ..."};
}

/// Something that the kernel has if the file `sign` is there. If it is not though its file system is mounted (`above` is
/// there) or /boot has the kernel's configuration without it, another kernel is needed.
Finding kernel_has(const HostView &v, const std::string &what, const std::string &option, const std::string &sign, const std::string &above,
		   const std::string &why, const std::string &mount)
{
	auto set = configured(v, option);
	bool ok = there(v, sign), lacks = set ? !*set : there(v, above);
	return {what, ok, true, ok ? "yes" : lacks ? fmt::format("the kernel is without {}", option) : "no " + sign, why,
		lacks ? "boot a kernel with " + option + "=y (Debian's have it)" : mount};
}

Finding cgroups(const HostView &v)
{
	bool ok = has_word(read_or(v.root + "/sys/fs/cgroup/cgroup.controllers", ""), "cpu");
	return {"cgroup v2", ok, true, ok ? "with the cpu controller" : "no cpu controller at /sys/fs/cgroup", "libvirt's layout is built of them",
		"boot with systemd.unified_cgroup_hierarchy=1"};
}

Finding running_vms(const HostView &v)
{
	std::error_code ec;
	fs::directory_iterator all(v.root + "/sys/kernel/debug/kvm", ec);
	auto n = ec ? 0 : std::count_if(begin(all), end(all), [](const fs::directory_entry &e) { return e.is_directory(); });
	return {"other VMs", n == 0, false, n ? fmt::format("{} running", n) : "none", "they take CPU time, and PAUSE exits cannot be switched while they run (no-ple)",
		"end them: virsh shutdown NAME"};
}

std::uint64_t available_mib(const HostView &v)
{
	std::istringstream lines(read_or(v.root + "/proc/meminfo", ""));
	std::uint64_t kib = 0;
	for (std::string name; lines >> name;)
		if (name == "MemAvailable:" && lines >> kib)
			break;
	return kib / 1024;
}

Finding memory(const HostView &v)
{
	auto mib = available_mib(v);
	return {"memory", mib >= guests_mib, true, fmt::format("{} MiB free", mib), fmt::format("two guests take {} MiB", guests_mib), "end what takes it: ps --sort=-rss aux"};
}

/// Where the running kernel's own modules are.
std::string installed_module(const HostView &v) { return v.root + "/lib/modules/" + v.release + "/updates/kvm_dyield.ko"; }

Finding module(const HostView &v, const std::string &named)
{
	std::string ko = named.empty() ? installed_module(v) : named;
	Finding f{"kvm_dyield.ko", false, true, "", "it holds the policies", fmt::format("apt-get install linux-headers-{} && make kmod", v.release)};
	if (there(v, "/sys/module/kvm_dyield")) {
		f.ok = true;
		f.found = "loaded";
	} else if (!fs::exists(ko)) {
		f.found = "not built for this kernel";
	} else {	// the version it was built for stands in its .modinfo section
		f.ok = read_file(ko).find("vermagic=" + v.release + " ") != std::string::npos;
		f.found = f.ok ? ko : ko + " is for another kernel than " + v.release;
		f.mend = fmt::format("make kmod KDIR=/lib/modules/{}/build", v.release);
	}
	return f;
}

/// What keeps the kernel from taking the module though it fits.
Finding module_loading(const HostView &v)
{
	Finding f{"loading it", true, true, "nothing is against it", "the kernel has to take the module", ""};
	std::error_code ec;
	for (auto &patch : fs::directory_iterator(v.root + "/sys/kernel/livepatch", ec))
		for (auto &function : fs::directory_iterator(patch.path() / "kvm", ec))
			if (patch.path().filename() != "kvm_dyield" && function.path().filename().string().starts_with("kvm_vcpu_on_spin")) {
				f.found = fmt::format("the livepatch {} has KVM's function already", patch.path().filename().string());
				f.mend = fmt::format("echo 0 > /sys/kernel/livepatch/{}/enabled", patch.path().filename().string());
			}
	if (std::string lockdown = read_or(v.root + "/sys/kernel/security/lockdown", "[none]"); lockdown.find("[none]") == lockdown.npos) {
		f.found = "the kernel is locked down (secure boot)";
		f.mend = "sign the module with a key of this machine, or mokutil --disable-validation";
	} else if (read_or(v.root + "/sys/module/module/parameters/sig_enforce", "N") == "Y") {
		f.found = "only signed modules are taken (module.sig_enforce)";
		f.mend = "sign the module with a key that the kernel knows";
	}
	f.ok = f.mend.empty();
	return f;
}

bool program(const HostView &v, const std::string &name)
{
	return there(v, "/usr/bin/" + name) || there(v, "/usr/sbin/" + name);
}

Finding qemu(const HostView &v)
{
	bool ok = program(v, "qemu-system-x86_64");
	return {"QEMU", ok, false, ok ? "qemu-system-x86_64" : "not installed", "guests run in it; without it in that of the emulated host's image (make lab)",
		"apt-get install qemu-system-x86"};
}

Finding libvirt(const HostView &v)
{
	bool ok = there(v, "/run/libvirt/libvirt-sock") || there(v, "/run/libvirt/virtqemud-sock");
	return {"libvirt", ok, false, ok ? "its daemon runs" : "no daemon runs", "without it guests are started by QEMU directly, in cgroups laid out as libvirt's",
		"apt-get install libvirt-daemon-system && systemctl start libvirtd"};
}

Finding emulated_host(const HostView &v)
{
	std::vector<std::string> missing;
	for (auto p : {"mmdebstrap", "cpio", "zstd"})
		if (!program(v, p))
			missing.push_back(p);
	auto mib = available_mib(v);
	Finding f{"emulated host", true, false, fmt::format("{} MiB of memory and {} MiB of disk are free", mib, v.cache_free_mib),
		  "what cannot be measured on this host can in an emulated one, in virtual time", ""};
	if (mib < lab_mib || v.cache_free_mib < cache_mib)
		f.mend = fmt::format("it takes {} MiB of memory and {} MiB in the cache: free some, or set DYIELD_CACHE to another disk", lab_mib, cache_mib);
	else if (!missing.empty()) {
		f.found += fmt::format("; {} missing", fmt::join(missing, ", "));
		f.mend = "make lab (installs them)";
	}
	f.ok = f.mend.empty();
	return f;
}

std::uint64_t free_mib(fs::path folder)
{
	std::error_code ec;
	while (!fs::exists(folder, ec) && folder.has_relative_path())
		folder = folder.parent_path();
	auto space = fs::space(folder, ec);
	return ec ? 0 : space.available >> 20;
}

/// As scripts/lab/common.sh has it.
fs::path cache_folder()
{
	auto variable = [](const char *name) { return std::string(std::getenv(name) ? std::getenv(name) : ""); };
	if (auto cache = variable("DYIELD_CACHE"); !cache.empty())
		return cache;
	auto xdg = variable("XDG_CACHE_HOME");
	return fs::path(xdg.empty() ? variable("HOME") + "/.cache" : xdg) / "kvm-dyield";
}

const Finding &find(const std::vector<Finding> &findings, const std::string &what)
{
	return *std::find_if(findings.begin(), findings.end(), [&](const Finding &f) { return f.what == what; });
}

} // namespace

HostView HostView::here()
{
	utsname u;
	uname(&u);
	return {"", u.release, geteuid() == 0, std::thread::hardware_concurrency(), free_mib(cache_folder())};
}

std::vector<Finding> check_host(const std::string &ko, const HostView &v)
{
	return {pause_exits(v), kvm_device(v), hardware(v), container(v), cpus(v), memory(v), rights(v),
		kernel_has(v, "livepatch", "CONFIG_LIVEPATCH", "/sys/kernel/livepatch", "/sys/kernel", "kvm_dyield hooks KVM by it", "mount -t sysfs sysfs /sys"),
		kernel_has(v, "tracefs", "CONFIG_FTRACE", "/sys/kernel/tracing/events", "/sys/kernel/tracing/events", "PAUSE exits are counted in it", "mount -t tracefs tracefs /sys/kernel/tracing"),
		kernel_has(v, "kprobes", "CONFIG_KPROBE_EVENTS", "/sys/kernel/tracing/kprobe_events", "/sys/kernel/tracing/events", "they count PAUSE exits, and kvm_dyield uses them",
			   "mount -t tracefs tracefs /sys/kernel/tracing"),
		kernel_has(v, "schedstat", "CONFIG_SCHED_INFO", "/proc/self/schedstat", "/proc/self", "CPU time and waiting of vCPUs are read there", "mount -t proc proc /proc"),
		cgroups(v), module(v, ko), module_loading(v), running_vms(v), qemu(v), libvirt(v), emulated_host(v)};
}

const Finding *first_obstacle(const std::vector<Finding> &findings)
{
	auto i = std::find_if(findings.begin(), findings.end(), [](const Finding &f) { return !f.ok && f.needed; });
	return i == findings.end() ? nullptr : &*i;
}

void require_fit(const std::vector<Finding> &findings)
{
	if (auto *o = first_obstacle(findings))
		throw Error(fmt::format("this host cannot measure: {}: {} ({})", o->what, o->found, o->mend), exit_unfit);
}

std::string describe(const std::vector<Finding> &findings, bool colour)
{
	std::string text;
	for (auto &f : findings) {
		auto mark = f.ok ? coloured("ok  ", green, colour) : f.needed ? coloured("NO  ", red, colour) : coloured("note", yellow, colour);
		text += fmt::format("{}  {:<14} {}\n", mark, f.what, f.found);
		if (!f.ok)
			text += fmt::format("      {:<14} why: {}; do: {}\n", "", f.why, f.mend);
	}
	return text;
}

std::string verdict(const std::vector<Finding> &findings)
{
	if (auto *obstacle = first_obstacle(findings))
		return fmt::format("dyield bench will use the emulated host, in virtual time: {} ({})", obstacle->what, obstacle->found);
	bool daemon = find(findings, "libvirt").ok;
	return fmt::format("dyield bench will measure on this host, in guests started by {}", daemon ? "libvirt or QEMU" : "QEMU");
}

} // namespace dyield
