// SPDX-License-Identifier: GPL-2.0
/// @file
/// The emulated host's image, as scripts/lab/build left it in the cache.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace dyield {

/// A folder with lab.json: all that is needed to start the emulated host.
struct LabImage {
	std::string folder;			///< vmlinuz, host.cpio, pause_filter.so; snapshots are kept here too
	std::vector<std::string> qemu;		///< QEMU's command from the image's own root, with its firmware's folders
	std::string qemu_version, kernel;
	std::string arguments;			///< for the host's kernel, beside those of LabConfig: what is special in the image
};

/// Reads folder/lab.json. The image is in use until this program ends: scripts/lab/build removes old ones that nobody has a
/// shared lock (flock(2)) on. Throws Error that says how to build it.
LabImage open_image(const std::string &folder);

/// The machine that is emulated.
struct LabConfig {
	int pcpus = 4;
	int memory_mib = 2048;
	int window = 3000;		///< the pause filter's count: PAUSEs in a row at one address
	bool fixed_window = false;	///< KVM does not let it grow from exit to exit: for figures of a single exit
	int round_ns = 0;		///< each pCPU has run, or stands idle, once in so many ns of virtual time; 0: as QEMU does it, up to ms
	int shift = 2;			///< an instruction takes 2^shift ns of virtual time
	int dilation = 16;		///< see DESIGN.md and `dyield lab calibrate`
	std::string run = "serve";	///< what /init runs: "serve" or "kmod-test" (lab/host-init)
	int rounds = 1;			///< of kmod-soak, and of reloading at the end of kmod-test
	unsigned seed = 1;		///< of what kmod-soak does when
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LabConfig, pcpus, memory_mib, window, fixed_window, shift, dilation, run)

/// QEMU's whole command line but for -incoming, with its sockets and logs in `run_folder`.
std::vector<std::string> qemu_command(const LabImage &image, const LabConfig &config, const std::string &run_folder);

} // namespace dyield
