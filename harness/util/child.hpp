// SPDX-License-Identifier: GPL-2.0
/// @file
/// A process of ours that never outlives us.
#pragma once
#include "util/interrupt.hpp"
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace dyield {

/// A child process; killed (SIGKILL) and reaped when this goes, and when we die however we die.
class Child {
public:
	Child() = default;
	/// Starts argv[0] (looked up in PATH) with stdin from /dev/null and stdout and stderr to `log`
	/// (appended), in a process group of its own so that Ctrl-C reaches only us. Throws Error.
	/// `line`: a descriptor to be its stdin and stdout in the place of those; negative: none.
	Child(const std::vector<std::string> &argv, const std::string &log, int line = -1);
	Child(Child &&o) noexcept : pid_(std::exchange(o.pid_, 0)), status_(o.status_) {}
	Child &operator=(Child &&o) noexcept { std::swap(pid_, o.pid_); std::swap(status_, o.status_); return *this; }
	~Child() { kill(); }

	pid_t pid() const { return pid_; }
	bool running();					///< reaps it when it has ended
	/// Waits for its end. @return it ended in time. Throws Interrupted.
	bool wait(milliseconds limit);
	void signal(int sig) const;
	void kill() noexcept;				///< SIGKILL and reap; nothing if it has ended
	/// "exit status 1", "killed by signal 9"; only after its end.
	std::string ended_how() const;

private:
	pid_t pid_ = 0;
	int status_ = 0;
};

/// Runs a command to its end. Throws Error with its last line of output if it fails.
void run_command(const std::vector<std::string> &argv, milliseconds limit = milliseconds(60000));

} // namespace dyield
