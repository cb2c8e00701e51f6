// SPDX-License-Identifier: GPL-2.0
#include "bench/plan.hpp"
#include "bench/progress.hpp"
#include "bench/workers.hpp"
#include "cli/options.hpp"
#include "lab/exit_cost.hpp"
#include "lab/selftest.hpp"
#include "report/summary.hpp"
#include "util/error.hpp"

namespace dyield::cli {
namespace {

struct Options {
	std::string image;
	LabConfig lab;
	bool json = false;
	std::string what;
	std::vector<std::string> settings;
	int limit_s = 1800, stop_s = 0;
};

int selftest(const Options &o)
{
	EmulatedHost host(open_image(o.image), o.lab);
	Progress progress("self-test", 1, 0, 1);
	auto figures = lab_figures(host, true, [&](const std::string &s) { progress.step(0, s); });
	std::string wrong = judge(figures, o.lab);
	if (o.json)
		fmt::print("{}\n", figures.dump(1));
	if (!wrong.empty())
		fail("the emulated host's self-test failed: {}", wrong);
	fmt::print(stderr, "dyield: self-test passed: {} PAUSEs, {} exits at window {}; {} interrupts taken, {} injected\n", figures.at("pauses").get<long>(),
		   figures.at("pause_exits").get<long>(), o.lab.window, figures.at("irqs_taken").get<long>(), figures.at("irqs_injected").get<long>());
	return exit_ok;
}

int calibrate(Options &o)
{
	o.lab.fixed_window = true;	// so many exits that their cost stands out
	EmulatedHost host(open_image(o.image), o.lab);
	Progress progress("calibration", 3, 0, 2);
	nlohmann::json with, without;
	double rate = 0;
	share_out(2, 3, [&](std::size_t worker, std::size_t piece) {
		auto step = [&](const std::string &s) { progress.step(worker, s); };
		if (piece < 2) {
			(piece ? without : with) = lab_figures(host, piece == 0, step);
		} else {
			Cell c = rik_cell("ipc", 8, 0, Layout::flat, Setting::no_ple);
			Run run = host.measure(c, 0, Measure{}, step);
			rate = summarize(std::span(&run, 1)).cells.at(0).msgs_per_s.value_or(0);
			if (!rate)
				fail("ipc alone could not be measured: {}", boot_error(run));
		}
		progress.done(worker, piece == 0 ? "figures with PAUSE exits" : piece == 1 ? "figures without" : "ipc alone");
	});
	fmt::print("{}", calibration(with, without, rate, o.lab));
	return exit_ok;
}

int exit_cost(Options &o)
{
	o.lab.fixed_window = true;
	LabImage image = open_image(o.image);
	Progress progress("exit cost", o.settings.size(), 0, 2);
	EmulatedHost host(image, o.lab);
	std::vector<Burst> bursts(o.settings.size());
	for (bool ple : {false, true})
		host.prepare(rik_boot(ple), [&](const std::string &s) { progress.step(0, s); });
	share_out(2, bursts.size(), [&](std::size_t worker, std::size_t piece) {
		bursts[piece] = measure_burst(host, o.settings[piece], [&](const std::string &s) { progress.step(worker, s); });
		progress.done(worker, o.settings[piece]);
	});
	auto costs = exit_costs(bursts, o.lab);
	fmt::print("{}", o.json ? nlohmann::json(costs).dump(1) + "\n" : exit_cost_table(costs, image));
	return exit_ok;
}

/// What exit-cost measures: no exits to compare with, KVM's own answer and kvm_dyield's.
std::vector<std::string> exit_settings()
{
	std::vector<std::string> all{"no-ple", "stock"};
	std::ranges::remove_copy(all_policies(), std::back_inserter(all), "stock");
	return all;
}

int run_inside(Options &o)
{
	o.lab.run = o.what;
	Lab lab(open_image(o.image), o.lab);
	return lab.run_to_end(std::chrono::seconds(o.limit_s), std::chrono::seconds(o.stop_s)) ? exit_ok : exit_failed;
}

} // namespace

void add_lab(CLI::App &app, Action &action)
{
	auto o = std::make_shared<Options>();
	auto *c = app.add_subcommand("lab", "the emulated host itself");
	c->require_subcommand(1);
	c->footer("Examples:\n  dyield lab selftest --image \"$(cat build/image)\"\n  dyield lab calibrate --image \"$(cat build/image)\"");
	auto *s = c->add_subcommand("selftest", "does it behave as the one it was proven with? half a minute");
	lab_options(*s, o->image, o->lab);
	s->add_flag("--json", o->json, "print the figures");
	s->footer("Examples:\n  dyield lab selftest --image \"$(cat build/image)\" --json");
	s->callback([o, &action] { action = [o] { return selftest(*o); }; });
	auto *k = c->add_subcommand("calibrate", "its slices, exits, window and work a message beside a real machine's");
	lab_options(*k, o->image, o->lab);
	k->footer("Examples:\n  dyield lab calibrate --image \"$(cat build/image)\" --lab-dilation 8");
	k->callback([o, &action] { action = [o] { return calibrate(*o); }; });
	auto *e = c->add_subcommand("exit-cost", "instructions that a PAUSE exit costs where nobody waits for a CPU: KVM's own answer against each policy");
	lab_options(*e, o->image, o->lab);
	o->settings = exit_settings();
	e->add_flag("--json", o->json, "print the figures for scripts");
	e->footer("Examples:\n  dyield lab exit-cost --image \"$(cat build/image)\"");
	e->callback([o, &action] { action = [o] { return exit_cost(*o); }; });
	auto *r = c->add_subcommand("run", "boot it to run one thing and end; its console goes to stdout");
	lab_options(*r, o->image, o->lab);
	r->add_option("what", o->what, "kmod-test or kmod-soak (KTAP), kmod-test-alone without guests, host-test, libvirt-test in an image with libvirt, kselftest on a patched kernel")->required()->check(CLI::IsMember({"kmod-test", "kmod-test-alone", "kmod-soak", "host-test", "libvirt-test", "kselftest"}));
	r->add_option("--rounds", o->lab.rounds, "of loading and unloading: all of kmod-soak (0: until --stop), the end of kmod-test")->check(CLI::NonNegativeNumber)->capture_default_str();
	r->add_option("--seed", o->lab.seed, "of what kmod-soak does when")->capture_default_str();
	r->add_option("--stop", o->stop_s, "have kmod-soak end its last round then, s of wall time; 0: it ends by itself")->capture_default_str();
	r->add_option("--limit", o->limit_s, "s of wall time after which it has failed")->capture_default_str();
	r->footer("Examples:\n  dyield lab run kmod-test --image \"$(cat build/image)\"");
	r->callback([o, &action] { action = [o] { return run_inside(*o); }; });
}

} // namespace dyield::cli
