// SPDX-License-Identifier: GPL-2.0
#include "bench/bench.hpp"
#include "bench/estimate.hpp"
#include "bench/progress.hpp"
#include "bench/stopping.hpp"
#include "bench/until.hpp"
#include "bench/workers.hpp"
#include "cli/options.hpp"
#include "cli/outputs.hpp"
#include "host/check.hpp"
#include "host/guests.hpp"
#include "host/remote_host.hpp"
#include "lab/selftest.hpp"
#include "util/error.hpp"
#include <algorithm>
#include <filesystem>
#include <thread>

namespace dyield::cli {
namespace {

struct Options {
	PlanOptions plan;
	Measure how;
	StopRules stop;
	std::string until;
	std::int64_t budget_s = 0;
	std::string host = "auto", image, patched_image, out = "results", load_options;
	LocalHostConfig local;
	LabConfig lab;
	int labs = int(std::max(1u, std::thread::hardware_concurrency()));
	bool full = false, papers = false, flat_everywhere = false, resume = false, dry_run = false;
};

/// The other machine that --connect leads to, unless the emulated host is asked for.
std::optional<SshAddress> remote_machine(const Options &o)
{
	return o.host == "emulated" ? std::nullopt : ssh_address(o.local.guest.connect);
}

/// Would it be this machine, or another one over ssh? Says nothing, and does not mind if it could not.
bool would_be_local(const Options &o)
{
	if (remote_machine(o))
		return true;
	if (o.host != "auto")
		return o.host == "local";
	auto findings = check_host(o.local.module);
	return !first_obstacle(findings);
}

/// Which host it is, and why, on stderr. Throws Error (exit_unfit) if it must be this machine and cannot.
void explain_host(const Options &o)
{
	if (o.host == "emulated") {
		fmt::print(stderr, "dyield: measuring in the emulated host, as asked\n");
		return;
	}
	if (auto remote = remote_machine(o)) {
		fmt::print(stderr, "dyield: measuring on {} over ssh, with its own dyield\n", remote->machine);
		return;
	}
	auto findings = check_host(o.local.module);
	auto *obstacle = first_obstacle(findings);
	if (!obstacle) {
		fmt::print(stderr, "dyield: measuring on this host: {}: {}\n", findings[0].what, findings[0].found);
		return;
	}
	if (o.host == "local")
		require_fit(findings);
	fmt::print(stderr, "dyield: measuring in the emulated host, in virtual time, because on this one: {}: {}\n", obstacle->what, obstacle->found);
}

/// Makes the snapshots that the plan needs, several labs side by side.
void prepare(const Options &o, const std::vector<Job> &plan, EmulatedHost &host)
{
	std::vector<Boot> wanted = boots_of(plan);
	std::erase_if(wanted, [&](const Boot &b) { return host.prepared(b); });
	if (!wanted.empty()) {
		Progress progress("boot", wanted.size(), 0, o.labs);
		share_out(o.labs, wanted.size(), [&](std::size_t worker, std::size_t piece) {
			const Boot &b = wanted[piece];
			host.prepare(b, [&](const std::string &s) { progress.step(worker, s); });
			progress.done(worker, fmt::format("{} guests ready, {} PAUSE exits, {} locks{} (boot {})", b.setup.guests.size(),
							  b.setup.ple ? "with" : "without", nlohmann::json(b.setup.locks).get<std::string>(), b.patched ? ", patched kernel" : "", b.number));
		});
	}
}

void prove(const Options &o, EmulatedHost &host)
{
	fmt::print(stderr, "dyield: the emulated host's self-test\n");
	std::string wrong = judge(lab_figures(host, true, [](auto &) {}), o.lab);
	if (!wrong.empty())
		fail("the emulated host's self-test failed: {}", wrong);
}

/// `first_time`: nothing was measured before, so that the emulated host has to prove itself.
void measure(Options &o, const std::vector<Job> &plan, RunStore &store, bool local, bool first_time = true)
{
	if (auto remote = remote_machine(o)) {
		RemoteHost host(*remote, o.local);
		return run_bench(plan, {&host}, o.how, store);
	}
	if (local) {
		TempDir folder("dyield-host");
		if (o.local.folder.empty())
			o.local.folder = folder.path();
		LocalHost host(o.local);
		return run_bench(plan, {&host}, o.how, store);
	}
	std::vector<std::unique_ptr<Host>> hosts;
	LabImage image = open_image(o.image);
	std::optional<LabImage> patched;
	if (!o.patched_image.empty())
		patched = open_image(o.patched_image);
	EmulatedHost first(image, o.lab, patched);
	prepare(o, plan, first);
	if (first_time)
		prove(o, first);
	std::vector<Host *> pointers;
	for (int i = 0; i < o.labs; i++)
		pointers.push_back(hosts.emplace_back(std::make_unique<EmulatedHost>(image, o.lab, patched)).get());
	run_bench(plan, pointers, o.how, store);
}

/// What makes runs comparable: kept at the head of their file.
nlohmann::json identity(const Options &o, bool local)
{
	nlohmann::json j{{"measure", o.how}, {"local", local}};
	if (local)
		j["host"] = o.local.guest;
	else
		j.update({{"lab", o.lab}, {"image", std::filesystem::path(o.image).filename().string()}});
	if (!local && !o.patched_image.empty())
		j["patched_image"] = std::filesystem::path(o.patched_image).filename().string();
	return j;
}

/// A scenario's own, so that a later run of another one does not have its runs in the way of --resume.
std::string runs_file(const Options &o, const std::string &scenario)
{
	return fmt::format("{}/{}{}runs.jsonl", o.out, scenario == "rik" ? "" : scenario + "-", o.full ? "full-" : o.papers ? "papers-" : "");
}

void use_image_for_guests(Options &o)
{
	if (o.image.empty())
		return;
	LabImage image = open_image(o.image);
	if (o.local.guest.kernel.empty())
		o.local.guest.kernel = image.folder + "/vmlinux";
	if (o.local.guest.initrd.empty())
		o.local.guest.initrd = image.folder + "/initramfs";
	o.local.guest.qemu = image.qemu;
}

/// Files are that machine's, where we cannot look; guests are libvirt's, by whose URI we go there, unless QEMU's own are asked for.
void prepare_remote(Options &o, bool libvirts_layout)
{
	if (o.local.guest.kernel.empty() || o.local.guest.initrd.empty())
		throw Error(fmt::format("--guest-kernel and --guest-initrd must name files on the host of {} (copy vmlinux and initramfs of the folder that 'make lab' prints there)",
					o.local.guest.connect), exit_usage);
	if (o.local.guest.guests == Guests::direct)
		return;
	require_libvirts_layout(libvirts_layout);
	o.local.guest.guests = Guests::libvirt;
}

void widen(PlanOptions &p, const Options &o)
{
	if (o.full) {
		p.quick = false;
		p.boots = std::max(p.boots, 5);
	}
	if (o.papers) {
		p.locks = {"native", "pv"};
		p.settings = {"no-ple", "stock"};
		std::ranges::remove_copy(all_policies(), std::back_inserter(p.settings), "stock");
	}
	p.quick_flat = !o.papers && !o.flat_everywhere;
	if (o.local.guest.one_to_one && p.pins.empty())
		p.pins = {"one-to-one"};
}

/// With stop rules: how long with as few boots of each cell as they allow, and with as many.
std::string describe_rules(const Options &o, const std::vector<Job> &plan, bool local)
{
	auto time_of = [&](int boots) {
		std::vector<Job> jobs;
		for (int boot = 0; boot < boots; boot++)
			for (auto &cell : cells_of(plan))
				jobs.push_back({cell, boot});
		return time_text(estimate(jobs, boots_of(jobs), o.how, local ? 0 : o.labs));
	};
	return fmt::format("dyield: {} to {} boots of each cell, until {}{}{}: about {} to {}\n", o.stop.least_boots, o.stop.most_boots,
			   o.stop.ci ? fmt::format("half of its interval is {:g} % of its median", *o.stop.ci * 100) : "", o.stop.ci && o.stop.budget ? ", or " : "",
			   o.stop.budget ? fmt::format("the next block would end after {}", time_text(*o.stop.budget)) : "", time_of(o.stop.least_boots), time_of(o.stop.most_boots));
}

/// The jobs on stdout; what runs where and how long it will take on stderr.
int dry_run(const Options &o, const std::vector<Job> &plan, bool local)
{
	for (auto &j : plan)
		fmt::print("{} boot {}\n", j.cell.name(), j.boot);
	std::fflush(stdout);
	auto boots = boots_of(plan);
	fmt::print(stderr, "{}dyield: {} cells, {} measurements{}: about {} {}\n", describe_plan(plan), cells_of(plan).size(), plan.size(),
		   local ? ", a boot of the guests for each" : fmt::format(" in {} boots", boots.size()), time_text(estimate(plan, boots, o.how, local ? 0 : o.labs)),
		   local ? "on this host" : fmt::format("in the emulated host, {} side by side", o.labs));
	if (o.stop.ci || o.stop.budget)
		fmt::print(stderr, "{}", describe_rules(o, plan, local));
	return exit_ok;
}

void read_stop_rules(Options &o)
{
	if (!o.until.empty())
		o.stop.ci = parse_until(o.until);
	if (o.budget_s)
		o.stop.budget = std::chrono::seconds(o.budget_s);
	o.stop.least_boots = std::max(o.stop.least_boots, o.plan.boots);
	o.stop.most_boots = std::max(o.stop.least_boots, o.stop.most_boots);
}

/// The module's limit of boost_ns (kmod/params.c) over its default. Beyond it no policy could be set, cell after cell.
constexpr int most_dilation = 20;

void check_dilation(int dilation, const std::vector<Job> &plan)
{
	if (dilation > most_dilation && std::ranges::any_of(plan, [](const Job &j) { return j.cell.setting == Setting::policy; }))
		throw Error(fmt::format("a dilation of {} is too much for the module's policies: at most {}, or --settings no-ple,stock", dilation, most_dilation), exit_usage);
}

int bench(Options &o)
{
	widen(o.plan, o);
	if (!o.load_options.empty() && !(o.how.load_options = nlohmann::json::parse(o.load_options, nullptr, false)).is_object())
		throw Error(fmt::format("--load-options takes a JSON object, not '{}'", o.load_options), exit_usage);
	read_stop_rules(o);
	bool local = would_be_local(o);
	o.plan.pcpus = local ? int(o.local.guest.pcpus.size()) : o.lab.pcpus;
	auto plan = make_plan(o.plan);
	check_dilation(local ? o.local.dilation : o.lab.dilation, plan);
	if (o.dry_run)
		return dry_run(o, plan, local);
	explain_host(o);
	bool libvirts = std::ranges::all_of(plan, [](const Job &j) { return j.cell.layout == Layout::vcpu_cgroups; });
	if (remote_machine(o)) {
		prepare_remote(o, libvirts);
	} else if (local) {
		use_image_for_guests(o);
		fmt::print(stderr, "dyield: {}\n", choose_guests(o.local.guest, libvirts));
	}
	RunStore store(runs_file(o, plan.front().cell.scenario), identity(o, local), o.resume);
	auto finish = [&] {
		if (!store.runs().empty())
			write_outputs(o.out, summarize(store.runs(), cells_of(plan)));
	};
	try {
		if (o.stop.ci || o.stop.budget)
			measure_until(cells_of(plan), o.stop, o.plan.seed, store, [&](const std::vector<Job> &block, bool first) { measure(o, block, store, local, first); });
		else
			measure(o, plan, store, local);
	} catch (...) {
		try {
			finish();
		} catch (const std::exception &e) {	// a full disk ends the bench, and is full for this, too
			fmt::print(stderr, "dyield: no report: {}\n", e.what());
		}
		fmt::print(stderr, "dyield: {} runs are kept in {}/; --resume goes on from there\n", store.runs().size(), o.out);
		throw;
	}
	finish();
	print_table(o.out + "/latest.json");
	std::fflush(stdout);
	fmt::print(stderr, "dyield: {0}/latest.json, {0}/latest.html, {0}/latest.svg, {0}/latest.md\n", o.out);
	return exit_ok;
}

void plan_options(CLI::App &c, PlanOptions &p)
{
	auto list = [&](const char *option, auto &into, const char *help) { c.add_option(option, into, help)->delimiter(',')->group("What"); };
	c.add_option("--scenario", p.scenario, "rik, srivatsa-a, -b, -c, pv, coboost, mixed, big, or a file of yours (docs/scenarios.md)")->capture_default_str()->group("What");
	list("--loads", p.loads, "what the measured guest runs, in the place of the scenario's list: amqp, ipc, ...");
	list("--clients", p.clients, "publishers and consumers together, half each, in the place of the scenario's list");
	list("--overcommit", p.overcommit, "of the scenario's these: 1x, 1.5x, 2x, ...");
	list("--layouts", p.layouts, "vcpu-cgroups (libvirt's), vm-cgroup, flat; default: the scenario's");
	list("--settings", p.settings, "no-ple, stock, a policy of kvm_dyield, patched or patched-POLICY (a kernel with patches/), POLICY-ignoring-WORD (docs/scenarios.md); default: the scenario's");
	list("--locks", p.locks, "native, pv: the guests' spinlocks; default: the scenario's");
	list("--pins", p.pins, "set, one-to-one: where a vCPU may run; default: the scenario's");
	c.add_option("--boots", p.boots, "repetitions of each cell")->capture_default_str()->group("What");
	c.add_option("--seed", p.seed, "of the random order")->capture_default_str()->group("What");
}

} // namespace

void add_bench(CLI::App &app, Action &action)
{
	auto o = std::make_shared<Options>();
	auto *c = app.add_subcommand("bench", "a scenario measured under each setting; rik, Rik van Riel's overcommit table, unless another is named");
	plan_options(*c, o->plan);
	c->add_flag("--flat-everywhere", o->flat_everywhere, "measure flat at every overcommit, not only where the scenario's short run has it")->group("What");
	c->add_flag("--full", o->full, "all that the scenario has (rik: 8 and 16 clients, both layouts at every overcommit), at least 5 boots");
	c->add_flag("--papers", o->papers, "every policy with native and paravirtual locks, both layouts at every overcommit")->excludes("--full");
	c->add_option("--warmup", o->how.warmup_ms, "load on, not counted, ms")->check(CLI::Range(0, 600000))->capture_default_str()->group("How long");
	c->add_option("--window", o->how.window_ms, "a window, ms")->check(CLI::Range(10, 600000))->capture_default_str()->group("How long");
	c->add_option("--windows", o->how.windows, "windows a boot")->check(CLI::Range(1, 10000))->capture_default_str()->group("How long");
	c->add_option("--timeline", o->how.timeline_ms, "in each cell's first boot, record for so many ms who runs on which pCPU: a picture in the report")
		->check(CLI::Range(0, 5000))->capture_default_str()->group("How long");
	c->add_option("--perf", o->how.perf_ms, "in each cell's first boot, have perf(1) count for so many ms: cycles, instructions, VM exits by reason, in the report")
		->check(CLI::Range(0, 60000))->capture_default_str()->group("How long");
	c->add_option("--until", o->until, "ci=3%: boot after boot, until half of each cell's interval is at most this share of its median")->group("How long");
	c->add_option("--budget", o->budget_s, "30m, 2h: begin no block of boots that would end later")->group("How long")
		->transform(CLI::AsNumberWithUnit(std::map<std::string, std::int64_t>{{"s", 1}, {"m", 60}, {"h", 3600}}, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME"))
		->check(CLI::Range(std::int64_t(1), std::int64_t(366 * 86400)));
	c->add_option("--most-boots", o->stop.most_boots, "of each cell, with --until or --budget")->check(CLI::Range(3, 100))->capture_default_str()->group("How long");
	c->add_option("--load-options", o->load_options, "a JSON object for the load (see 'dyield-guest list')")->group("What");
	c->add_option("--host", o->host, "auto: this one if it has PAUSE exits, else the emulated one")->check(CLI::IsMember({"auto", "emulated", "local"}))->capture_default_str();
	c->add_option("--out", o->out, "folder for the results")->capture_default_str();
	c->add_flag("--resume", o->resume, "keep what an earlier, broken-off run of the same bench measured");
	c->add_flag("--dry-run", o->dry_run, "print the plan and about how long it will take, and end");
	c->add_option("--labs", o->labs, "emulated hosts side by side")->check(CLI::Range(1, 256))->capture_default_str()->group("Emulated host");
	local_options(*c, o->local);
	lab_options(*c, o->image, o->lab);
	c->add_option("--patched-image", o->patched_image, "the same on a patched kernel, for the setting patched (scripts/lab/with-kernel)")->group("Emulated host");
	c->footer("Examples:\n  dyield bench --host emulated --image \"$(cat build/image)\"\n  dyield bench --loads ipc --overcommit 2x --layouts flat --settings stock,sleep --boots 5\n  dyield bench --scenario pv --dry-run");
	c->callback([o, &action] { action = [o] { return bench(*o); }; });
}

} // namespace dyield::cli
