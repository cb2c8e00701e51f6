// SPDX-License-Identifier: GPL-2.0
/// @file
/// This machine as the host: real hardware, or the inside of the emulated host.
#pragma once
#include "host/guest.hpp"
#include "host/host.hpp"
#include "host/ple.hpp"
#include "host/timeline.hpp"
#include <memory>
#include <vector>

namespace dyield {

struct LocalHostConfig {
	GuestConfig guest;
	std::string module;		///< kvm_dyield.ko; empty: cells with a policy cannot be measured
	int dilation = 1;		///< every time constant of the host's scheduler and KVM times this (emulated host)
	std::string folder;		///< sockets, consoles, logs
	int answer_limit_s = 120;	///< a guest that takes longer to answer hangs
};

/// Boots a cell's guests and measures. Puts the host back as it was when it goes: KVM's parameters,
/// scheduler settings, module, cgroups.
class LocalHost : public Host {
public:
	/// Throws Error (exit_unfit) when this host cannot measure at all.
	explicit LocalHost(LocalHostConfig config);
	~LocalHost() override;

	Run measure(const Cell &cell, int boot, const Measure &how, const Progress &progress) override;

	/// Boots all guests of a setup. They take orders then, but their kernels may still be busy with themselves. Throws Error.
	void boot_guests(const Setup &setup, const Progress &progress);
	/// The two halves of measure(): boots the guests and waits until they are idle...
	void bring_up(const Setup &setup, const Progress &progress);
	/// ...and one cell in them, whose setup_of() they must be. `Run::error` as measure().
	Run measure_in_place(const Cell &cell, const Measure &how, const Progress &progress);
	/// The module loaded with the cell's policy, or not at all; a patched kernel's own. Throws Error.
	void apply(const Cell &cell);
	void tear_down();
	void freeze();			///< stops the guests' QEMU processes (SIGSTOP): no vCPU is in guest mode
	void thaw(const Progress &progress);	///< and waits until they are idle again
	/// Instruments of the emulated host's self-test and calibration. Throw Error if the guest is not up.
	Guest &load_guest() { return up(0); }
	Guest &neighbour() { return up(1); }
	/// SIGKILL to a guest's QEMU (0..: which one), whatever it does, and boots it anew. Throws Error.
	void kill_and_reboot(std::size_t guest, const Progress &progress);
	std::int64_t ple_exits() const { return counter_->count(); }

private:
	Guest &up(std::size_t guest);
	void dilate();
	void use_kernels_policy(const Cell &cell);
	std::unique_ptr<Guest> boot(const GuestSpec &spec) const;
	void settle(const Progress &progress);
	std::int64_t cpu_ns() const;
	milliseconds answer_limit() const { return milliseconds(1000 * config_.answer_limit_s); }
	std::vector<VcpuThread> vcpu_threads() const;
	struct Reading;
	Reading read(const Cell &cell);
	void start_loads(const Cell &cell, const Measure &how);
	void stop_loads(Run &run);
	std::string cause_of(const std::exception &e);
	void measure_into(Run &run, const Measure &how, const Progress &progress);
	nlohmann::json context() const;

	LocalHostConfig config_;
	std::map<std::string, std::string> saved_;	// settings to put back, by path
	Setup setup_;					// what the guests are
	std::unique_ptr<PleControl> ple_;
	std::unique_ptr<PleCounter> counter_;
	std::vector<std::unique_ptr<Guest>> guests_;	// in the order of setup_.guests
};

} // namespace dyield
