// SPDX-License-Identifier: GPL-2.0
/// @file
/// The load that programs make: command lines that are run over and over, side by side.
#pragma once
#include "guest/counter.hpp"
#include "guest/latency.hpp"
#include "guest/load.hpp"
#include <atomic>
#include <functional>
#include <mutex>
#include <ranges>
#include <string>
#include <thread>
#include <vector>

namespace dyield::guest {

class Output;	// jobs.cpp

using Command = std::vector<std::string>;	///< a command line: the program, by path or as PATH has it, and its arguments

/// What a JobLoad runs.
struct JobPlan {
	std::string load;			///< the load's name, for messages
	/// Makes what the jobs need and returns a command line a job, at least one.  Destroyed when no job runs any more.
	std::function<std::vector<Command>()> commands;
	std::uint64_t progress_each = 1;	///< how much progress one completed run is
	std::int64_t first_run_ns = 10'000'000'000;	///< how long start() waits for a run to end
};

/// Runs each command line again as soon as it has ended.  Progress comes with each run that has ended well; latency is
/// how long such a run took.  A run that fails ends its job and is a failure of the load, told with the last line it
/// wrote.  stop() kills the runs under way, with all in their process groups: they count as neither sent nor received.
class JobLoad final : public Load {
public:
	JobLoad(JobPlan p, Options o) : plan(std::move(p)), opts(std::move(o)) { }
	~JobLoad() override { stop(); }

	/// Returns when all jobs run and the first has completed a run, or when that takes longer than
	/// JobPlan::first_run_ns: runs may be long.
	void start() override;
	void stop() override;
	std::uint64_t progress() const override { return received(); }
	Mark mark() const override;
	std::uint64_t sent() const override { return received() + failed.load() * plan.progress_each; }
	std::uint64_t received() const override { return plan.progress_each * sum(jobs | std::views::transform(&Job::completed)); }
	void record_latency(bool on) override { on ? gate.open() : gate.close(); }
	Histogram latency() const override { return merged(jobs | std::views::transform(&Job::recorder), gate); }
	std::string failure() override;
	const Options &options() const override { return opts; }

private:
	struct Job {
		Command command;
		Counter completed;
		LatencyRecorder recorder;
		std::mutex lock;	// of running: a process that stop() kills must not have been reaped
		pid_t running = 0;
		std::thread thread;
	};

	void work(Job &job);
	bool run_once(Job &job, Output &output);
	bool begin(Job &job, const Output &output);
	int reap(Job &job);
	void complete(Job &job, std::int64_t began);
	void fail(const std::string &why);

	JobPlan plan;
	Options opts;
	std::atomic<bool> stopping{false};
	std::atomic<std::size_t> begun{0};	// jobs that have
	std::atomic<std::uint64_t> failed{0};
	LatencyGate gate;
	std::vector<Job> jobs;
	mutable std::mutex mark_lock;
	Mark last_run;	// when the last run ended, and the progress with it
	std::mutex failure_lock;
	std::string failure_text;
};

/// The option `jobs`: how many run side by side, by default one a vCPU.
Option jobs_option();

} // namespace dyield::guest
