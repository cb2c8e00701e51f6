// SPDX-License-Identifier: GPL-2.0
#include "lab/selftest.hpp"
#include "util/error.hpp"
#include <optional>

namespace dyield {
namespace {

constexpr milliseconds limit(600000);

/// One quantity of the calibration: what the lab has, and what a real machine has.
struct Row {
	const char *what;
	double lab, real_low, real_high;
	const char *source;
};

std::string verdict(const Row &r)
{
	if (r.lab >= r.real_low && r.lab <= r.real_high)
		return "within";
	return r.lab < r.real_low ? fmt::format("{:.2g} x too small", r.real_low / r.lab) : fmt::format("{:.2g} x too large", r.lab / r.real_high);
}

/// Are these as many PAUSE exits as so many PAUSEs in a row ought to give? One in a window's, or rarer the further KVM lets the
/// window grow: then there are fewer the less the vCPU is disturbed, as it is small again whenever it loses its CPU. But any
/// other exit, of a clock's tick say, has the CPU count anew: the largest window is as long as half a tick, so that half of
/// the exits or more may fall out by that; the first one does not notice. And the guests' kernels PAUSE now and then, too.
/// `crowded`: all vCPUs on one pCPU, where they disturb each other as often as they like.
bool plausible(double exits, double pauses, const LabConfig &config, bool crowded)
{
	double at_first = pauses / (config.window + 1), at_last = pauses / 65536;
	double least = config.fixed_window ? 0.7 * at_first : 0.2 * at_last, most = config.fixed_window || crowded ? 1.3 * at_first : 0.5 * at_first;
	return exits >= least && exits <= most;
}

/// What is wrong with a burst, with all vCPUs `on` a pCPU, or nullopt; empty: nothing.
std::string judge_burst(const nlohmann::json &burst, std::optional<std::size_t> on, const LabConfig &config)
{
	double pauses = burst.at("pauses"), exits = burst.at("pause_exits");
	if (plausible(exits, pauses, config, on.has_value()))
		return "";
	return fmt::format("{:.0f} PAUSEs in a row{} gave {:.0f} PAUSE exits with a window of {} {}: this QEMU or its plugin interface "
			   "is not the one that the emulated host was proven with (11.1)", pauses, on ? fmt::format(" on pCPU {}", *on) : "", exits, config.window,
			   config.fixed_window ? "that does not grow" : "that grows to 65535");
}

} // namespace

nlohmann::json lab_figures(EmulatedHost &host, bool ple, const Host::Progress &progress)
{
	Lab lab = host.continue_from(rik_boot(ple), progress);
	progress("taking figures");
	auto figures = lab.order({{"op", "selftest"}}, "selftest", limit, progress).at("figures");
	figures["plugin"] = lab.quit();
	return figures;
}

std::string judge(const nlohmann::json &f, const LabConfig &config)
{
	if (auto wrong = judge_burst(f, std::nullopt, config); !wrong.empty())
		return wrong;
	for (std::size_t pcpu = 0; pcpu < f.at("by_pcpu").size(); pcpu++)
		if (auto wrong = judge_burst(f["by_pcpu"][pcpu], pcpu, config); !wrong.empty())
			return wrong;
	if (!f.at("pauses_stay_in_place").get<bool>())
		return "after a PAUSE in a page that is mapped twice the CPU went on elsewhere: the plugin does not know where it is in this QEMU";
	if (double handover = f.at("handover_ns"); handover > measured_round_ns / 2)
		return fmt::format("pCPUs see each other's stores only after {:.0f} us, more than half a round of {} us: the plugin does not "
				   "shorten this QEMU's turns", handover / 1e3, measured_round_ns / 1000);
	double taken = f.at("irqs_taken"), injected = f.at("irqs_injected");
	if (taken < 100)
		return fmt::format("a busy guest took {:.0f} interrupts in a second: its clock does not tick", taken);
	if (taken > 1.02 * injected + 5)
		return fmt::format("a guest took {:.0f} interrupts and KVM injected {:.0f}: this QEMU delivers interrupts twice in spite of the plugin", taken, injected);
	return "";
}

std::string calibration(const nlohmann::json &with, const nlohmann::json &without, double msgs_per_s, const LabConfig &config)
{
	double ns_per_instruction = double(1 << config.shift) * config.pcpus;	// the pCPUs share one virtual clock
	double slice_ns = with.at("stint_ns");
	double exit_ns = (with.at("pause_burst_ns").get<double>() - without.at("pause_burst_ns").get<double>()) / with.at("pause_exits").get<double>();
	double window_ns = without.at("pause_burst_ns").get<double>() / without.at("pauses").get<double>() * config.window;
	Row rows[] = {
		{"instructions a slice", slice_ns / ns_per_instruction, 3e6, 3e7, "2.8-4 ms (6.12's base slice with 8+ CPUs, one 250 Hz tick) at 1-8 G instructions/s"},
		{"PAUSE exit cost / slice", exit_ns / slice_ns, 2.5e-4, 1.5e-3, "1-4 us a round trip with KVM's yield (kvm-unit-tests vmexit, 1200-2500 cycles bare) in 2.8-4 ms"},
		{"window / slice", window_ns / slice_ns, 2.5e-4, 6e-2, "Intel: 4096 cycles = 1.4 us; AMD: 3000 PAUSEs of 10-65 cycles = 10-65 us"},
		{"work a message (instructions)", config.pcpus * 1e9 / ns_per_instruction / msgs_per_s, 5e3, 5e4, "4 busy CPUs at 1-8 G instructions/s, 0.2-1 M msg/s through one socket (perf bench sched messaging, lmbench)"},
	};
	std::string t = fmt::format("calibration of the emulated host: dilation {}, window {} PAUSEs, {} ns an instruction and pCPU\n", config.dilation, config.window, ns_per_instruction);
	t += fmt::format("slice {:.2f} ms, PAUSE exit {:.2f} us, window {:.1f} us, ipc alone {:.0f} msg/s\n\n{:<30} {:>12} {:>24}  {}\n", slice_ns / 1e6, exit_ns / 1e3,
			 window_ns / 1e3, msgs_per_s, "", "emulated", "real machine", "");
	for (auto &r : rows)
		t += fmt::format("{:<30} {:>12.3g} {:>11.3g} - {:<10.3g}  {}\n", r.what, r.lab, r.real_low, r.real_high, verdict(r));
	t += "\nreal values:\n";
	for (auto &r : rows)
		t += fmt::format("  {}: {}\n", r.what, r.source);
	return t;
}

} // namespace dyield
