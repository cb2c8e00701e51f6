// SPDX-License-Identifier: GPL-2.0
#include "util/interrupt.hpp"
#include "util/error.hpp"
#include <algorithm>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace dyield {
namespace {
std::atomic<bool> flag{false};
int wake[2] = {-1, -1};	// its read end stays readable once interrupted: every poll() returns

void on_signal(int)
{
	int e = errno;
	raise_interrupt();
	errno = e;
}
} // namespace

void catch_interrupts()
{
	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK))
		fail_errno("pipe");
	struct sigaction sa {};
	sa.sa_handler = on_signal;
	for (int s : {SIGINT, SIGTERM, SIGHUP})
		sigaction(s, &sa, nullptr);
	signal(SIGPIPE, SIG_IGN);
}

void raise_interrupt() noexcept
{
	flag = true;
	if (wake[1] >= 0 && write(wake[1], "x", 1) < 0)
		return;	// full: it is readable already
}

bool interrupted() noexcept { return flag; }

void check_interrupted()
{
	if (flag)
		throw Interrupted();
}

void pause_for(milliseconds t) { wait_readable(-1, Clock::now() + t); }

bool wait_readable(int fd, Clock::time_point until)
{
	for (;;) {
		check_interrupted();
		auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
		pollfd p[2] = {{wake[0], POLLIN, 0}, {fd, POLLIN, 0}};
		int n = poll(p, 2, int(std::clamp<long>(left, 0, 60000)));
		if (n < 0 && errno != EINTR)
			fail_errno("poll");
		check_interrupted();
		if (n > 0 && p[1].revents)
			return true;
		if (left <= 0)
			return false;
	}
}

} // namespace dyield
