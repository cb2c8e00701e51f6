// SPDX-License-Identifier: GPL-2.0
#include "lab/emulated_host.hpp"
#include "util/error.hpp"
#include <algorithm>
#include <filesystem>
#include <unistd.h>

namespace dyield {
namespace {
constexpr milliseconds boot_limit(450000);	// wall time of a guest's boot
constexpr int slowest = 120;			// wall time over virtual time: far more than a lab takes (bench/estimate.cpp), however shared its core is

/// Wall time of a cell. Guests of many vCPUs without PAUSE exits may take minutes of virtual time to answer once, which is hours.
milliseconds measure_limit(const Measure &how)
{
	return boot_limit + slowest * how.whole();
}
}

Boot boot_of(const Cell &cell, int number)
{
	return {setup_of(cell), number, cell.setting == Setting::patched};
}

Boot rik_boot(bool ple)
{
	return boot_of(rik_cell("ipc", 8, 0, Layout::flat, ple ? Setting::stock : Setting::no_ple), 0);
}

const LabImage &EmulatedHost::image_for(const Boot &b) const
{
	if (b.patched && !patched_)
		throw Error("the setting patched needs an image with a patched kernel: --patched-image (make patches)", exit_usage);
	return b.patched ? *patched_ : image_;
}

/// By what it holds: the guests in their order, names and all.
std::string EmulatedHost::snapshot_path(const Boot &b) const
{
	std::string guests;
	for (auto &g : b.setup.guests)
		guests += fmt::format("-{}.{}x{}", g.name, g.vcpus, g.memory_mib);
	return fmt::format("{}/snapshot-{}-{}-{}-w{}{}-d{}{}-{}", image_for(b).folder, b.setup.ple ? "ple" : "no-ple", nlohmann::json(b.setup.locks).get<std::string>(),
			   nlohmann::json(b.setup.pins).get<std::string>(), config_.window, config_.fixed_window ? "fixed" : "", config_.dilation,
			   guests, b.number);
}

/// The machine with room for these guests: LabConfig's memory is for two of Rik's.
LabConfig EmulatedHost::config_for(const Boot &b) const
{
	LabConfig c = config_;
	const int meant_for = 2 * GuestSpec{}.memory_mib;
	int wanted = 0;
	for (auto &g : b.setup.guests)
		wanted += g.memory_mib;
	c.memory_mib += std::max(0, wanted - meant_for);
	return c;
}

bool EmulatedHost::prepared(const Boot &boot) const
{
	return std::filesystem::exists(snapshot_path(boot));
}

void EmulatedHost::prepare(const Boot &boot, const Progress &progress)
{
	if (prepared(boot))
		return;
	const std::string path = snapshot_path(boot), unproven = fmt::format("{}.{}.unproven", path, getpid());
	std::string wrong = "never tried";
	try {
		for (int tries = 0; tries < 3 && !wrong.empty(); tries++) {
			write_snapshot(boot, unproven, tries, progress);
			wrong = why_unfit(boot, unproven);
		}
		if (!wrong.empty())
			fail("three snapshots of the emulated host do not load: {}", wrong);
		std::filesystem::rename(unproven, path);
	} catch (...) {
		std::error_code ec;
		std::filesystem::remove(unproven, ec);
		throw;
	}
}

void EmulatedHost::write_snapshot(const Boot &boot, const std::string &path, int tries, const Progress &progress)
{
	progress("booting the emulated host");
	Lab lab(image_for(boot), config_for(boot));
	lab.wait_serving();
	lab.order({{"op", "bring-up"}, {"setup", boot.setup}, {"boot", boot.number}, {"tries", tries}}, "frozen", boot_limit * boot.setup.guests.size(), progress);
	progress("writing the snapshot");
	lab.snapshot(path);
}

/// Once in some hundreds QEMU writes what it does not take back ("post load hook failed for: cpu"), and all cells of the boot
/// would fail.
std::string EmulatedHost::why_unfit(const Boot &boot, const std::string &path)
{
	try {
		Lab(image_for(boot), config_for(boot), path).quit();
	} catch (const Interrupted &) {
		throw;
	} catch (const Error &e) {
		return e.what();
	}
	return "";
}

Lab EmulatedHost::continue_from(const Boot &boot, const Progress &progress)
{
	prepare(boot, progress);
	progress("continuing the snapshot");
	LabConfig c = config_for(boot);
	c.round_ns = measured_round_ns;
	return Lab(image_for(boot), c, snapshot_path(boot));
}

Run EmulatedHost::measure(const Cell &cell, int boot, const Measure &how, const Progress &progress)
{
	Run run;
	try {
		Lab lab = continue_from(boot_of(cell, boot), progress);
		auto answer = lab.order({{"op", "measure"}, {"cell", cell}, {"how", how}}, "run", measure_limit(how), progress);
		run = answer.at("run").get<Run>();
		lab.quit();
	} catch (const Interrupted &) {
		throw;
	} catch (const Error &e) {
		run.error = e.what();
		run.context = nlohmann::json::object();
	}
	run.cell = cell;
	run.boot = boot;
	run.context.update({{"emulated", true}, {"qemu", image_.qemu_version},
			    {"ns_per_instruction", 1 << config_.shift}, {"pcpus", config_.pcpus}, {"turn_instructions", measured_round_ns / config_.pcpus >> config_.shift},
			    {"boots_shared_by", "cells of one boot number continue one snapshot of the booted host, one with and one without PAUSE exits (and one of each lock kind)"}});
	return run;
}

} // namespace dyield
