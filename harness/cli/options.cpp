// SPDX-License-Identifier: GPL-2.0
#include "cli/options.hpp"

namespace dyield::cli {

void local_options(CLI::App &command, LocalHostConfig &c)
{
	command.add_option("--guest-kernel", c.guest.kernel, "the guests' kernel: an ELF that boots over PVH")->group("This host");
	command.add_option("--guest-initrd", c.guest.initrd, "the guests' initramfs, with dyield-guest in it")->group("This host");
	command.add_option("--guest-overlay", c.guest.overlay, "your own files in the guests: a folder, or a cpio archive (emulated host: make lab GUEST_OVERLAY=FOLDER)")
		->check(CLI::ExistingPath)->group("This host");
	command.add_option_function<std::string>("--guests", [&c](const std::string &who) { c.guest.guests = nlohmann::json(who).get<Guests>(); },
						 "who starts them: libvirt, direct (QEMU itself), auto: libvirt where its daemon answers and only its layout is measured")
		->check(CLI::IsMember({"auto", "direct", "libvirt"}))->group("This host");
	command.add_option("--connect", c.guest.connect, "libvirt's URI; qemu+ssh://user@machine/system: measure there, with the dyield of that machine")->capture_default_str()->group("This host");
	command.add_option("--module", c.module, "kvm_dyield.ko for the running kernel")->group("This host");
	command.add_option("--folder", c.folder, "for sockets and the guests' consoles")->group("This host");
	command.add_option("--pcpus", c.guest.pcpus, "pCPUs for the guests' vCPUs")->delimiter(',')->capture_default_str()->group("This host");
	command.add_flag("--one-to-one", c.guest.one_to_one, "pin vCPU i on the i-th pCPU alone (default: each on the whole set, as seed 001)")->group("This host");
	command.add_option("--dilation", c.dilation, "scale the scheduler's and KVM's time constants by this (the emulated host does)")->check(CLI::Range(1, 256))->capture_default_str()->group("This host");
}

void lab_options(CLI::App &command, std::string &image, LabConfig &c)
{
	command.add_option("--image", image, "the emulated host's folder, as 'make lab' prints it")->group("Emulated host");
	command.add_option("--ple-window", c.window, "pause filter: PAUSEs in a row before an exit")->check(CLI::Range(1, 65535))->capture_default_str()->group("Emulated host");
	command.add_option("--lab-dilation", c.dilation, "the emulated host's time constants times this (see 'dyield lab calibrate')")->check(CLI::Range(1, 256))->capture_default_str()->group("Emulated host");
}

} // namespace dyield::cli
