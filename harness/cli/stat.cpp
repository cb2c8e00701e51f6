// SPDX-License-Identifier: GPL-2.0
// dyield stat: what kvm_dyield does, live, a line a VM and interval.
#include "cli/options.hpp"
#include "host/kmod.hpp"
#include "util/error.hpp"
#include "util/interrupt.hpp"
#include <map>

namespace dyield::cli {
namespace {

struct Options {
	std::string vm;
	int interval_ms = 1000, count = 0;
	bool json = false;
};

/// What is counted of a VM at one moment.
struct Sample {
	nlohmann::json counters;
	kmod::Histograms hist;
};

std::map<std::string, Sample> sample(const std::string &only)
{
	std::map<std::string, Sample> all;
	for (auto &vm : kmod::vms())
		if (vm.known && (only.empty() || only == vm.name))
			try {
				all[vm.name] = {kmod::counters(vm.name), kmod::histograms(vm.name)};
			} catch (const Error &) {
				// It ended between the two: the next sample is without it.
			}
	return all;
}

double percent(const nlohmann::json &d, const char *part, std::int64_t of)
{
	return of ? 100.0 * d.value(part, std::int64_t(0)) / of : 0;
}

void print_head()
{
	fmt::print("{:>9} {:<14} {:<10} {:>9} {:>8} {:>8} {:>8} {:>9} {:>9} {:>9} {:>10} {:>10}\n", "time s", "VM", "policy", "exits/s", "yield %",
		   "boost %", "none %", "refused %", "in 1ms %", "away %", "decide ns", "to run ns");
}

/// An upper bound of the median of what came into a histogram, in ns; "-" if nothing did.
std::string median_below(const kmod::Histograms &after, const kmod::Histograms &before, const std::string &name)
{
	auto d = kmod::difference(after, before, name);
	std::int64_t all = 0, seen = 0;
	for (auto &[least, n] : d)
		all += n;
	for (auto &[least, n] : d)
		if ((seen += n) * 2 >= all && all)
			return fmt::format("<{}", std::max<std::int64_t>(1, 2 * least));
	return "-";
}

void print_line(double time_s, const std::string &vm, const std::string &policy, double seconds, const Sample &a, const Sample &b)
{
	auto d = kmod::difference(b.counters, a.counters);
	std::int64_t spins = d.value("spins", std::int64_t(0)), tried = d.value("candidates", std::int64_t(0)),
		     targets = d.value("yielded", std::int64_t(0)) + d.value("boosted", std::int64_t(0));
	fmt::print("{:>9.3f} {:<14} {:<10} {:>9.0f} {:>8.1f} {:>8.1f} {:>8.1f} {:>9.1f} {:>9.1f} {:>9.1f} {:>10} {:>10}\n", time_s, vm, policy,
		   spins / seconds, percent(d, "yield_to", spins), percent(d, "boost", spins), percent(d, "no_target", spins),
		   percent(d, "refused", tried), percent(d, "ran_in_1ms", targets), d.value("away_ns", std::int64_t(0)) / (seconds * 1e7),
		   median_below(b.hist, a.hist, "decide_ns"), median_below(b.hist, a.hist, "boost_to_run_ns"));
}

void print_json(double time_s, const std::string &vm, const std::string &policy, double seconds, const Sample &a, const Sample &b)
{
	nlohmann::json j{{"time_s", time_s}, {"vm", vm}, {"policy", policy}, {"interval_ns", std::int64_t(seconds * 1e9)},
			 {"counters", kmod::difference(b.counters, a.counters)}};
	for (auto name : {"decide_ns", "boost_to_run_ns"})
		j[name] = kmod::difference(b.hist, a.hist, name);
	fmt::print("{}\n", j.dump());
}

int run(const Options &o)
{
	kmod::require_loaded();
	kmod::Timing timing;	// on as long as somebody looks
	auto start = Clock::now(), then = start;
	auto before = sample(o.vm);
	for (int i = 0; !o.count || i < o.count; i++) {
		pause_for(milliseconds(o.interval_ms));
		auto after = sample(o.vm);
		auto now = Clock::now();
		double time_s = std::chrono::duration<double>(now - start).count(), seconds = std::chrono::duration<double>(now - then).count();
		if (!o.json && i % 20 == 0)
			print_head();
		for (auto &[vm, s] : after) {
			auto policy = kmod::policy_of(vm);
			(o.json ? print_json : print_line)(time_s, vm, policy, seconds, before[vm], s);
		}
		std::fflush(stdout);
		before = std::move(after);
		then = now;
	}
	return exit_ok;
}

} // namespace

void add_stat(CLI::App &app, Action &action)
{
	auto o = std::make_shared<Options>();
	auto *c = app.add_subcommand("stat", "what kvm_dyield does, live: a line a VM and interval");
	c->add_option("--vm", o->vm, "this VM only (pid-fd)");
	c->add_option("-I,--interval", o->interval_ms, "ms")->check(CLI::Range(10, 3600000))->capture_default_str();
	c->add_option("-n,--count", o->count, "intervals; 0: until Ctrl-C")->check(CLI::NonNegativeNumber)->capture_default_str();
	c->add_flag("--json", o->json, "a JSON object a line, with all counters and histograms of the interval");
	c->footer("Examples:\n  dyield stat\n  dyield stat --vm 4711-12 --interval 200 --count 50 --json\n"
		  "Columns: of the exits, the parts that yielded, boosted, found nobody; of the vCPUs tried, the part refused;\n"
		  "of those taken, the part that ran within 1 ms; CPU time that spinners gave away, in % of one CPU; medians, as\n"
		  "upper bounds from log2 histograms. A VM is shown from its first PAUSE exit or setting on.");
	c->callback([o, &action] { action = [o] { return run(*o); }; });
}

} // namespace dyield::cli
