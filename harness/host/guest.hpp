// SPDX-License-Identifier: GPL-2.0
/// @file
/// One guest: a VM with pinned vCPUs, and the line to dyield-guest in it. How the VM is started: direct_guest.hpp,
/// libvirt_guest.hpp; which of them: guests.hpp.
#pragma once
#include "model/vcpu_time.hpp"
#include "util/json_line.hpp"
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace dyield {

/// Who starts the guests.
enum class Guests {
	automatic,	///< libvirt where its daemon answers, else direct
	direct,		///< we start QEMU
	libvirt,	///< transient domains of libvirt's
};
NLOHMANN_JSON_SERIALIZE_ENUM(Guests, {{Guests::automatic, "auto"}, {Guests::direct, "direct"}, {Guests::libvirt, "libvirt"}})

/// What every guest of a host has in common.
struct GuestConfig {
	Guests guests = Guests::automatic;
	std::string connect = "qemu:///system";	///< libvirt's daemon
	std::vector<std::string> qemu{"qemu-system-x86_64"};	///< the command, with options that find its firmware (direct)
	std::string kernel, initrd;		///< an ELF kernel for PVH (libvirt: or a bzImage), an initramfs with dyield-guest
	std::string overlay;			///< the user's files to put over it (host/overlay.hpp); empty: none
	std::string cmdline;			///< added to the kernel's command line
	int vcpus = 4;
	int memory_mib = 256;
	std::vector<int> pcpus{0, 1, 2, 3};	///< where the vCPU threads may run
	bool one_to_one = false;		///< vCPU i on pcpus[i] alone; else each on the whole set
	int boot_limit_s = 180;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(GuestConfig, guests, connect, qemu, kernel, initrd, overlay, cmdline, vcpus, memory_mib, pcpus, one_to_one, boot_limit_s)

/// The guest kernel's whole command line.
std::string kernel_arguments(const GuestConfig &config);
/// The pCPUs that a vCPU should run on, ascending.
std::vector<int> pins_of(const GuestConfig &config, std::size_t vcpu);

class Guest {
public:
	virtual ~Guest() = default;
	Guest(const Guest &) = delete;
	Guest &operator=(const Guest &) = delete;

	const std::string &name() const { return name_; }
	const nlohmann::json &ready() const { return ready_; }	///< what it said: kernel, lock, vcpus
	/// The QEMU process and its vCPU threads, by vCPU number, on this machine. Throws Error if it runs on another.
	virtual pid_t pid() const = 0;
	virtual const std::vector<pid_t> &vcpu_threads() const = 0;
	/// Its threads stay in cgroups that somebody else made for them: libvirt's layout.
	virtual bool in_foreign_cgroups() const = 0;
	/// Who started it and with what, for people and results.
	virtual std::string started_by() const = 0;
	/// How long each vCPU's thread ran, and waited for a pCPU, since it began; by vCPU number. Throws Error.
	virtual std::vector<VcpuTime> vcpu_times() const = 0;
	std::int64_t cpu_ns() const;		///< CPU time of all vCPU threads; throws Error
	/// Throws Error unless the host's kernel says that each vCPU thread may run just where it should.
	void verify_pins() const;
	virtual void check_alive() = 0;		///< throws Error with how it ended
	/// The same for up to 3 s: its end is seen a little after that of its line or of its threads.
	void check_soon();
	/// SIGSTOP, SIGCONT or SIGKILL to its QEMU, or what comes to the same. Throws Error.
	virtual void signal(int sig) = 0;

	void send(const nlohmann::json &command);	///< throws Error, if the guest died with how it ended
	/// Sends a command and waits for the event that answers it. Throws Error.
	nlohmann::json ask(const nlohmann::json &command, const std::string &event, milliseconds limit);
	nlohmann::json expect(const std::string &event, milliseconds limit);
	bool busy() const { return busy_; }	///< it was asked to start a load, and not to stop since

protected:
	/// For a guest whose console goes to <folder>/<name>.console. Its maker starts it, sets port_ and calls wait_ready().
	Guest(const std::string &name, const GuestConfig &config, const std::string &folder);
	/// Waits until it is ready and idle, and verifies the pins. Throws Error (with the console's last line), Interrupted.
	void wait_ready();
	/// By vCPU number, the pCPUs that the host's kernel lets it run on, ascending. Throws Error.
	virtual std::vector<std::vector<int>> pins() const = 0;
	std::string console() const;		///< where it is kept
	/// Throws Error: `how` it ended, and what it said last.
	[[noreturn]] void fail_ended(const std::string &how) const;

	std::string name_, folder_;
	GuestConfig config_;
	JsonLine port_;

private:
	bool busy_ = false;
	nlohmann::json ready_;
};

} // namespace dyield
