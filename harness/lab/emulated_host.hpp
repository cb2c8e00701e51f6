// SPDX-License-Identifier: GPL-2.0
/// @file
/// The emulated host as a Host: each cell continues a snapshot in which its guests are booted and idle.
#pragma once
#include "lab/lab.hpp"
#include <optional>

namespace dyield {

/// LabConfig::round_ns while something is measured. Shorter rounds do not change the figures (ipc at 1x: 8, 16 and 32 us give the
/// same messages and PAUSE exits within their spread) and cost more: 32 us take half again the time that QEMU's own turns do.
constexpr int measured_round_ns = 32000;

/// What a snapshot holds: cells that agree on it share one.
struct Boot {
	Setup setup;
	int number = 0;			///< 0..: which repetition
	bool patched = false;		///< on the kernel for Setting::patched
	bool operator==(const Boot &) const = default;
};

/// The boot that a cell is measured in, in its repetition `number`.
Boot boot_of(const Cell &cell, int number);
/// The first boot of Rik's two guests, with PAUSE exits or without: where the lab measures itself.
Boot rik_boot(bool ple);

class EmulatedHost : public Host {
public:
	/// `patched`: the image for cells with Setting::patched.
	EmulatedHost(LabImage image, LabConfig config, std::optional<LabImage> patched = {})
		: image_(std::move(image)), patched_(std::move(patched)), config_(config) {}

	/// Boots the host and its guests and keeps the snapshot, unless it is there. Throws Error.
	void prepare(const Boot &boot, const Progress &progress);
	bool prepared(const Boot &boot) const;

	Run measure(const Cell &cell, int boot, const Measure &how, const Progress &progress) override;
	/// A running lab continued from a snapshot (for the self-test and tests); prepares it if need be.
	Lab continue_from(const Boot &boot, const Progress &progress);

private:
	const LabImage &image_for(const Boot &boot) const;
	std::string snapshot_path(const Boot &boot) const;
	LabConfig config_for(const Boot &boot) const;
	void write_snapshot(const Boot &boot, const std::string &path, int tries, const Progress &progress);
	std::string why_unfit(const Boot &boot, const std::string &path);
	LabImage image_;
	std::optional<LabImage> patched_;
	LabConfig config_;
};

} // namespace dyield
