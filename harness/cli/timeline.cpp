// SPDX-License-Identifier: GPL-2.0
#include "cli/options.hpp"
#include "cli/outputs.hpp"
#include "host/timeline.hpp"
#include "report/atomic_file.hpp"
#include "report/timeline.hpp"
#include "util/error.hpp"
#include <filesystem>

namespace dyield::cli {
namespace {

struct Options {
	int length_ms = 300;
	std::string out = "timeline.html";
	std::vector<int> threads;
};

std::vector<VcpuThread> chosen(const std::vector<int> &threads)
{
	std::vector<VcpuThread> all;
	for (int t : threads) {
		if (!std::filesystem::exists(fmt::format("/proc/{}", t)))
			throw Error(fmt::format("there is no thread {}", t), exit_usage);
		all.push_back({"thread", t, t, ""});
	}
	if (all.empty())
		all = find_vcpu_threads();
	if (all.empty())
		throw Error("no VM runs on this host (looked in KVM's debugfs, and for threads named CPU <N>/KVM); --threads takes any thread", exit_unfit);
	return all;
}

int run(const Options &o)
{
	auto kind = std::filesystem::path(o.out).extension();
	if (kind != ".html" && kind != ".json")
		throw Error(fmt::format("--out takes a file .html or .json, not '{}'", o.out), exit_usage);
	Timeline t = record_timeline(chosen(o.threads), milliseconds(o.length_ms));
	write_atomically(o.out, kind == ".json" ? nlohmann::json(t).dump(1) + "\n" : timeline_page(t, now_text()));
	fmt::print(stderr, "dyield: {}: {} vCPUs, {} stints, {} PAUSE exits, {} boosts{}\n", o.out, t.vcpus.size(), t.stints.size(), t.pauses.size(), t.boosts.size(),
		   t.lost_events ? fmt::format("; {} events lost: record for less time", t.lost_events) : "");
	return exit_ok;
}

} // namespace

void add_timeline(CLI::App &app, Action &action)
{
	auto o = std::make_shared<Options>();
	auto *c = app.add_subcommand("timeline", "record which vCPU runs on which pCPU, PAUSE exits and boosts, and draw it");
	c->add_option("--ms", o->length_ms, "how long")->check(CLI::Range(1, 10000))->capture_default_str();
	c->add_option("--out", o->out, "the file: .html to look at, .json for scripts")->capture_default_str();
	c->add_option("--threads", o->threads, "these threads instead of the vCPUs of all VMs")->delimiter(',');
	c->footer("Examples:\n  dyield timeline --ms 300 --out timeline.html\n  dyield timeline --out timeline.json");
	c->callback([o, &action] { action = [o] { return run(*o); }; });
}

} // namespace dyield::cli
