// SPDX-License-Identifier: GPL-2.0
#include "bench/bench.hpp"
#include "bench/progress.hpp"
#include "bench/workers.hpp"
#include "report/summary.hpp"
#include "report/table.hpp"
#include "util/error.hpp"
#include <algorithm>
#include <mutex>

namespace dyield {
namespace {

std::string line_of(const Run &run)
{
	if (std::string e = boot_error(run); !e.empty())
		return fmt::format("{} boot {}: failed: {}", run.cell.name(), run.boot, e);
	Summary s = summarize(std::span(&run, 1));
	return fmt::format("boot {}: {}", run.boot, format_cell_line(s.cells.at(0)));
}

} // namespace

void run_bench(const std::vector<Job> &plan, const std::vector<Host *> &hosts, const Measure &how, RunStore &store)
{
	std::vector<Job> jobs;
	std::copy_if(plan.begin(), plan.end(), std::back_inserter(jobs), [&](const Job &j) { return !store.has(j); });
	Progress progress("cell", plan.size(), plan.size() - jobs.size(), hosts.size());
	std::mutex mutex;

	share_out(hosts.size(), jobs.size(), [&](std::size_t worker, std::size_t piece) {
		const Job &job = jobs[piece];
		auto step = [&](const std::string &s) { progress.step(worker, job.cell.name() + ": " + s); };
		Measure m = how;
		m.settle_ms += 17 * (job.boot + 1);
		if (job.boot)	// one picture a cell is enough
			m.timeline_ms = m.perf_ms = 0;
		Run run = hosts[worker]->measure(job.cell, job.boot, m, step);
		if (!boot_error(run).empty()) {
			step("failed, once more");
			run = hosts[worker]->measure(job.cell, job.boot, m, step);
		}
		std::lock_guard l(mutex);
		store.add(run);
		progress.done(worker, line_of(run));
	});
}

} // namespace dyield
