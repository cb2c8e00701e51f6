// SPDX-License-Identifier: GPL-2.0
/// @file
/// One guest: a QEMU process, its pinned vCPU threads, and the line to dyield-guest in it.
#pragma once
#include "util/child.hpp"
#include "util/json_line.hpp"
#include <string>
#include <vector>

namespace dyield {

/// What every guest of a host has in common.
struct GuestConfig {
	std::vector<std::string> qemu{"qemu-system-x86_64"};	///< the command, with options that find its firmware
	std::string kernel, initrd;		///< an ELF kernel for PVH, an initramfs with dyield-guest
	std::string overlay;			///< the user's files to put over it (host/overlay.hpp); empty: none
	std::string cmdline;			///< added to the kernel's command line
	int vcpus = 4;
	int memory_mib = 256;
	std::vector<int> pcpus{0, 1, 2, 3};	///< where the vCPU threads may run
	bool one_to_one = false;		///< vCPU i on pcpus[i] alone; else each on the whole set
	int boot_limit_s = 180;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(GuestConfig, qemu, kernel, initrd, overlay, cmdline, vcpus, memory_mib, pcpus, one_to_one, boot_limit_s)

class Guest {
public:
	/// Boots a guest and waits until it is ready and idle; its console goes to <folder>/<name>.console.
	/// Throws Error (with the console's last line if it died), Interrupted.
	Guest(const std::string &name, const GuestConfig &config, const std::string &folder);

	const std::string &name() const { return name_; }
	pid_t pid() const { return qemu_.pid(); }
	const std::vector<pid_t> &vcpu_threads() const { return vcpus_; }	///< by vCPU number
	const nlohmann::json &ready() const { return ready_; }			///< what it said: kernel, lock, vcpus
	/// Throws Error unless the kernel says that each vCPU thread may run just where it should.
	void verify_pins() const;
	std::int64_t cpu_ns() const;		///< CPU time of all vCPU threads; throws Error
	void check_alive();			///< throws Error with how it ended
	void signal(int sig) { qemu_.signal(sig); }

	void send(const nlohmann::json &command);	///< throws Error, if the guest died with how it ended
	/// Sends a command and waits for the event that answers it. Throws Error.
	nlohmann::json ask(const nlohmann::json &command, const std::string &event, milliseconds limit);
	nlohmann::json expect(const std::string &event, milliseconds limit);
	bool busy() const { return busy_; }	///< it was asked to start a load, and not to stop since

private:
	bool busy_ = false;
	JsonLine connect(const std::string &socket);
	void find_vcpus();
	void pin() const;
	std::vector<int> pins_of(std::size_t vcpu) const;

	std::string name_, folder_, console_;
	GuestConfig config_;
	Child qemu_;
	JsonLine qmp_, port_;
	std::vector<pid_t> vcpus_;
	nlohmann::json ready_;
};

} // namespace dyield
