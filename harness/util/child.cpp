// SPDX-License-Identifier: GPL-2.0
#include "util/child.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <csignal>
#include <fcntl.h>
#include <fmt/ranges.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dyield {

Child::Child(const std::vector<std::string> &argv, const std::string &log, int line)
{
	std::vector<char *> args;
	for (auto &a : argv)
		args.push_back(const_cast<char *>(a.c_str()));
	args.push_back(nullptr);

	pid_t parent = getpid();
	pid_ = fork();
	if (pid_ < 0)
		fail_errno("cannot start {}", argv[0]);
	if (pid_ > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	setpgid(0, 0);
	::signal(SIGPIPE, SIG_DFL);
	int in = open("/dev/null", O_RDONLY), out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (in < 0 || out < 0 || dup2(line < 0 ? in : line, 0) < 0 || dup2(line < 0 ? out : line, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	close_range(3, ~0u, 0);
	execvp(args[0], args.data());
	dprintf(2, "%s: %s\n", args[0], strerror(errno));
	_exit(127);
}

bool Child::running()
{
	if (pid_ > 0 && waitpid(pid_, &status_, WNOHANG) != 0)
		pid_ = 0;
	return pid_ > 0;
}

bool Child::wait(milliseconds limit)
{
	auto until = Clock::now() + limit;
	while (running()) {
		if (Clock::now() >= until)
			return false;
		pause_for(milliseconds(20));
	}
	return true;
}

void Child::signal(int sig) const
{
	if (pid_ > 0)
		::kill(pid_, sig);
}

void Child::kill() noexcept
{
	if (pid_ <= 0)
		return;
	::kill(pid_, SIGKILL);
	::kill(pid_, SIGCONT);
	while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR)
		;
	pid_ = 0;
}

std::string Child::ended_how() const
{
	if (WIFSIGNALED(status_))
		return fmt::format("killed by signal {}", WTERMSIG(status_));
	return fmt::format("exit status {}", WEXITSTATUS(status_));
}

void run_command(const std::vector<std::string> &argv, milliseconds limit)
{
	TempDir dir("dyield-cmd");
	std::string log = dir.path() + "/log";
	Child c(argv, log);
	if (!c.wait(limit))
		fail("'{}' did not end within {} s", fmt::join(argv, " "), limit.count() / 1000);
	if (c.ended_how() != "exit status 0")
		fail("'{}' failed ({}): {}", fmt::join(argv, " "), c.ended_how(), last_line(log));
}

} // namespace dyield
