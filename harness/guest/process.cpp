// SPDX-License-Identifier: GPL-2.0
#include "guest/process.hpp"
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace dyield::guest {

namespace {

// In the child, in its parent's memory: system calls only, and nothing that the parent would miss.
[[noreturn]] void become(const char *file, char *const *argv, int out, int err, pid_t parent, volatile int *error)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)	// it went before that took effect
		_exit(127);
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	int null = open("/dev/null", O_RDONLY);
	dup2(null, STDIN_FILENO);	// the protocol may be on stdin
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	execvp(file, argv);
	*error = errno;
	_exit(127);
}

} // namespace

pid_t spawn(const std::string &file, const std::vector<std::string> &argv, int out, int err)
{
	std::vector<char *> words;
	for (const auto &w : argv)
		words.push_back(const_cast<char *>(w.c_str()));
	words.push_back(nullptr);
	volatile int error = 0;
	pid_t parent = getpid();
	// As make and the shells do it: a fork() would copy this program's page tables under a lock that all its threads
	// share, and a load of jobs would measure that.
	pid_t pid = vfork();
	if (pid == 0)
		become(file.c_str(), words.data(), out, err, parent, &error);
	if (pid < 0)
		throw std::system_error(errno, std::generic_category(), "cannot start " + file);
	if (error) {
		waitpid(pid, nullptr, 0);
		throw std::system_error(error, std::generic_category(), "cannot run " + file);
	}
	return pid;
}

std::string how_it_ended(int status)
{
	if (WIFSIGNALED(status))
		return fmt::format("signal {}", WTERMSIG(status));
	return fmt::format("exit status {}", WEXITSTATUS(status));
}

} // namespace dyield::guest
