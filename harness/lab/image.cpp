// SPDX-License-Identifier: GPL-2.0
#include "lab/image.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>

namespace dyield {

/// Holds a shared lock on a folder's lab.json, if there is one, for as long as this program runs.
static void use(const std::string &folder)
{
	static std::vector<FileDescriptor> used;
	FileDescriptor file(open((folder + "/lab.json").c_str(), O_RDONLY | O_CLOEXEC));
	if (file.get() >= 0 && !flock(file.get(), LOCK_SH | LOCK_NB))
		used.push_back(std::move(file));
}

LabImage open_image(const std::string &folder)
{
	std::string path = folder + "/lab.json";
	if (folder.empty() || !std::filesystem::exists(path))
		throw Error(fmt::format("no emulated host in '{}': build it with 'make lab'", folder), exit_unfit);
	use(folder);
	use(folder + "/..");	// an image for another kernel lies in the one that it was made from
	auto j = nlohmann::json::parse(read_file(path));
	return {folder, j.at("qemu"), j.at("qemu_version"), j.at("kernel"), j.value("arguments", "")};
}

/// For modprobe, which reads them from the kernel's command line. KVM's own window is left as it comes.
static std::string filter_parameters(const LabConfig &c)
{
	return (c.window != LabConfig().window ? fmt::format(" kvm_amd.pause_filter_count={}", c.window) : "") +
	       (c.fixed_window ? " kvm_amd.pause_filter_count_grow=0" : "");
}

std::vector<std::string> qemu_command(const LabImage &image, const LabConfig &c, const std::string &run)
{
	std::vector<std::string> argv = image.qemu;
	// One thread, virtual time: the machine's load changes how long it takes, not what it measures; and
	// nested guests die with thread=multi (DESIGN.md). The host's log tells where a process died by a fault.
	for (auto &a : std::vector<std::string>{
		     "-M", "q35", "-accel", "tcg,thread=single", "-icount", fmt::format("shift={},sleep=off", c.shift),
		     "-rtc", "clock=vm,base=2026-01-01", "-cpu", "qemu64,+svm,+npt,+pause-filter,+pfthreshold,x-force-features=on",
		     "-smp", std::to_string(c.pcpus), "-m", std::to_string(c.memory_mib),
		     "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		     "-plugin", image.folder + "/pause_filter.so" + (c.round_ns ? fmt::format(",round_ns={}", c.round_ns) : ""),
		     "-kernel", image.folder + "/vmlinuz", "-initrd", image.folder + "/host.cpio",
		     "-append", fmt::format("console=ttyS0 quiet panic=-1 print-fatal-signals=1 mitigations=off nokaslr dyield.run={} dyield.dilation={} dyield.rounds={} dyield.seed={}{} {}", c.run, c.dilation, c.rounds, c.seed, filter_parameters(c), image.arguments),
		     "-serial", "file:" + run + "/console", "-chardev", "socket,id=port,path=" + run + "/port,server=on,wait=off",
		     "-serial", "chardev:port", "-qmp", "unix:" + run + "/qmp,server=on,wait=off"})
		argv.push_back(a);
	return argv;
}

} // namespace dyield
