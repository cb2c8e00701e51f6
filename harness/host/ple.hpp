// SPDX-License-Identifier: GPL-2.0
/// @file
/// PAUSE exits: has the CPU them, at which window, on or off, and how many there were.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace dyield {

/// KVM's vendor module and its parameters for PAUSE exits.
struct PleVendor {
	std::string module;	///< "kvm_intel" or "kvm_amd"
	std::string off;	///< the parameter that is 0 for no PAUSE exits: ple_gap, pause_filter_count
	std::string window;	///< the parameter with the window: ple_window, pause_filter_count (PAUSEs or cycles)
	std::string grow, max;	///< by what KVM multiplies it at each exit, until the vCPU loses its CPU, and how far
};

/// The vendor module that fits this CPU. Throws Error (exit_unfit) when it is neither Intel nor AMD.
/// `root` stands before /proc (a test's).
PleVendor ple_vendor(const std::string &root = "");
/// Value of a parameter of the loaded vendor module; nothing if the module is not loaded.
std::optional<long> ple_parameter(const std::string &module, const std::string &name, const std::string &root = "");

/// Puts PAUSE exits on (KVM's default window) or off by loading the vendor module anew, which only works
/// while no VM runs; puts back what it found when it goes.
class PleControl {
public:
	PleControl();
	~PleControl();
	PleControl(const PleControl &) = delete;
	/// Throws Error (VMs are running, no rights, PAUSE exits do not come on).
	void set(bool on);
	/// The window in force (0: off).
	long window() const;
	/// As far as KVM lets it grow from exit to exit.
	long window_max() const;

private:
	void reload(std::optional<long> off_value);
	PleVendor vendor_;
	std::optional<long> found_;	// what the "off" parameter was; nothing: the module was not loaded
	bool changed_ = false;
};

/// Counts calls of kvm_vcpu_on_spin(), where the PAUSE exits of both vendors end, by a kprobe in tracefs:
/// costs nothing on other exits. Needs root and kvm loaded.
class PleCounter {
public:
	PleCounter();	///< throws Error
	~PleCounter();
	PleCounter(const PleCounter &) = delete;
	std::int64_t count() const;	///< since this was made; throws Error

private:
	std::string name_;
};

} // namespace dyield
