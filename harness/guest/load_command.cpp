// SPDX-License-Identifier: GPL-2.0
// Any command line of the guest's image, or of what the user has added to that.
#include "guest/jobs.hpp"

namespace dyield::guest {

namespace {

std::unique_ptr<Load> make_command(Options o)
{
	std::vector<Command> commands(o.get("jobs"), o.words("argv"));
	return std::make_unique<JobLoad>(JobPlan{.load = "command", .commands = [commands] { return commands; }}, std::move(o));
}

} // namespace

LoadKind command_kind()
{
	auto jobs = jobs_option();
	jobs.preset = 1;
	jobs.help = "how many of it run side by side";
	return {"command", "a command line over and over; it must end with exit status 0; progress: runs that have ended",
		{{"argv", Option::Kind::words, 1, 1, 64, "the command line, [\"sh\", \"-c\", ...] for one of the shell", false, {"true"}}, jobs},
		make_command};
}

} // namespace dyield::guest
