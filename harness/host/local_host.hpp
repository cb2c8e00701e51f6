// SPDX-License-Identifier: GPL-2.0
/// @file
/// This machine as the host: real hardware, or the inside of the emulated host.
#pragma once
#include "host/guest.hpp"
#include "host/host.hpp"
#include "host/ple.hpp"
#include <memory>

namespace dyield {

struct LocalHostConfig {
	GuestConfig guest;
	std::string module;		///< kvm_dyield.ko; empty: cells with a policy cannot be measured
	int dilation = 1;		///< every time constant of the host's scheduler and KVM times this (emulated host)
	std::string folder;		///< sockets, consoles, logs
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LocalHostConfig, guest, module, dilation, folder)

/// Boots two guests for each cell and measures. Puts the host back as it was when it goes: KVM's parameters,
/// scheduler settings, module, cgroups.
class LocalHost : public Host {
public:
	/// Throws Error (exit_unfit) when this host cannot measure at all.
	explicit LocalHost(LocalHostConfig config);
	~LocalHost() override;

	Run measure(const Cell &cell, int boot, const Measure &how, const Progress &progress) override;

	/// Boots both guests, PAUSE exits on or off, locks of either kind. They take orders then, but their kernels may still
	/// be busy with themselves. Throws Error.
	void boot_guests(bool ple, Locks locks, const Progress &progress);
	/// The two halves of measure(): boots both guests and waits until they are idle...
	void bring_up(bool ple, Locks locks, const Progress &progress);
	/// ...and one cell in them. `Run::error` as measure().
	Run measure_in_place(const Cell &cell, const Measure &how, const Progress &progress);
	/// The module loaded with the cell's policy, or not at all. Throws Error.
	void apply(const Cell &cell);
	void tear_down();
	void freeze();			///< stops the guests' QEMU processes (SIGSTOP): no vCPU is in guest mode
	void thaw(const Progress &progress);	///< and waits until they are idle again
	/// Instruments of the emulated host's self-test and calibration. Throw Error if the guest is not up.
	Guest &load_guest() { return up(load_, "load's guest"); }
	Guest &neighbour() { return up(neighbour_, "neighbour"); }
	enum class Which { load, neighbour };
	/// SIGKILL to a guest's QEMU, whatever it does, and boots it anew. Throws Error.
	void kill_and_reboot(Which which, const Progress &progress);
	std::int64_t ple_exits() const { return counter_->count(); }

private:
	static Guest &up(const std::unique_ptr<Guest> &guest, const char *who);
	void dilate();
	std::unique_ptr<Guest> boot(const std::string &name) const;
	void settle(const Progress &progress);
	void measure_into(Run &run, const Measure &how, const Progress &progress);
	nlohmann::json context() const;

	LocalHostConfig config_;
	std::map<std::string, std::string> saved_;	// settings to put back, by path
	Locks locks_ = Locks::native;
	std::unique_ptr<PleControl> ple_;
	std::unique_ptr<PleCounter> counter_;
	std::unique_ptr<Guest> load_, neighbour_;
};

} // namespace dyield
