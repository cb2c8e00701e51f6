// SPDX-License-Identifier: GPL-2.0
/// @file
/// The emulated host as a Host: each cell continues a snapshot in which both guests are booted and idle.
#pragma once
#include "lab/lab.hpp"

namespace dyield {

class EmulatedHost : public Host {
public:
	EmulatedHost(LabImage image, LabConfig config) : image_(std::move(image)), config_(config) {}

	/// Boots the host and its guests with PAUSE exits on or off and keeps the snapshot, unless it is there.
	/// One snapshot for each `boot`: cells with the same boot and `ple` share it. Throws Error.
	void prepare(bool ple, int boot, const Progress &progress);
	bool prepared(bool ple, int boot) const;

	Run measure(const Cell &cell, int boot, const Measure &how, const Progress &progress) override;
	/// A running lab continued from a snapshot (for the self-test and tests); prepares it if need be.
	Lab continue_from(bool ple, int boot, const Progress &progress);

private:
	std::string snapshot_path(bool ple, int boot) const;
	LabImage image_;
	LabConfig config_;
};

} // namespace dyield
