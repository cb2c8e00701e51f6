// SPDX-License-Identifier: GPL-2.0
// hackbench as Debian's rt-tests has it, run over and over: groups of senders and receivers, each sender with a socket
// to each receiver of its group.
#include "guest/jobs.hpp"
#include <fmt/format.h>
#include <stdexcept>

namespace dyield::guest {

namespace {

constexpr std::int64_t most_tasks = 1000;	// of a guest with 256 MB

std::unique_ptr<Load> make_hackbench(Options o)
{
	auto groups = o.get("groups"), fds = o.get("fds"), loops = o.get("loops");
	if (groups * fds * 2 > most_tasks)
		throw std::invalid_argument(fmt::format("load hackbench: groups * fds * 2 is {} tasks: valid is at most {}",
							groups * fds * 2, most_tasks));
	Command words{"hackbench", "--groups", std::to_string(groups), "--fds", std::to_string(fds), "--loops", std::to_string(loops),
		      "--datasize", std::to_string(o.get("size")), o.is_set("threads") ? "--threads" : "--process"};
	if (o.is_set("pipe"))
		words.push_back("--pipe");
	// Each sender sends `loops` times to every receiver of its group.
	JobPlan plan{.load = "hackbench", .commands = [words] { return std::vector<Command>{words}; },
		     .progress_each = std::uint64_t(groups * fds * fds * loops)};
	return std::make_unique<JobLoad>(std::move(plan), std::move(o));
}

} // namespace

LoadKind hackbench_kind()
{
	using enum Option::Kind;
	return {"hackbench", "rt-tests' hackbench over and over; progress: the messages of completed runs, latency: of a run",
		{{"groups", integer, 1, 1, 100, "groups of senders and receivers"},
		 {"fds", integer, 10, 1, 100, "senders in a group, and receivers: groups * fds * 2 tasks, at most 1000"},
		 {"loops", integer, 20, 1, 1000000, "messages from each sender to each receiver in a run"},
		 {"size", integer, 100, 1, 65536, "message size in bytes"},
		 {"pipe", boolean, 0, 0, 1, "pipes instead of sockets"},
		 {"threads", boolean, 0, 0, 1, "threads instead of processes"}},
		make_hackbench};
}

} // namespace dyield::guest
