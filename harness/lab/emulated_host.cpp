// SPDX-License-Identifier: GPL-2.0
#include "lab/emulated_host.hpp"
#include "util/error.hpp"
#include <filesystem>

namespace dyield {
namespace {
constexpr milliseconds bring_up_limit(900000), measure_limit(900000);
}

Boot boot_of(const Cell &cell, int number)
{
	return {cell.setting != Setting::no_ple, cell.locks, number};
}

std::string EmulatedHost::snapshot_path(const Boot &b) const
{
	return fmt::format("{}/snapshot-{}-{}-w{}{}-d{}-{}", image_.folder, b.ple ? "ple" : "no-ple", nlohmann::json(b.locks).get<std::string>(), config_.window,
			   config_.fixed_window ? "fixed" : "", config_.dilation, b.number);
}

bool EmulatedHost::prepared(const Boot &boot) const
{
	return std::filesystem::exists(snapshot_path(boot));
}

void EmulatedHost::prepare(const Boot &boot, const Progress &progress)
{
	if (prepared(boot))
		return;
	progress("booting the emulated host");
	Lab lab(image_, config_);
	lab.wait_serving();
	lab.order({{"op", "bring-up"}, {"ple", boot.ple}, {"locks", boot.locks}, {"boot", boot.number}}, "frozen", bring_up_limit, progress);
	progress("writing the snapshot");
	lab.snapshot(snapshot_path(boot));
}

Lab EmulatedHost::continue_from(const Boot &boot, const Progress &progress)
{
	prepare(boot, progress);
	progress("continuing the snapshot");
	return Lab(image_, config_, snapshot_path(boot));
}

Run EmulatedHost::measure(const Cell &cell, int boot, const Measure &how, const Progress &progress)
{
	Run run;
	try {
		Lab lab = continue_from(boot_of(cell, boot), progress);
		auto answer = lab.order({{"op", "measure"}, {"cell", cell}, {"how", how}}, "run", measure_limit, progress);
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
			    {"ns_per_instruction", 1 << config_.shift}, {"pcpus", config_.pcpus},
			    {"boots_shared_by", "cells of one boot number continue one snapshot of the booted host, one with and one without PAUSE exits (and one of each lock kind)"}});
	return run;
}

} // namespace dyield
