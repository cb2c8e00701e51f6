// SPDX-License-Identifier: GPL-2.0
#include "guest/server.hpp"
#include "guest/clock.hpp"
#include "guest/control.hpp"
#include "guest/facts.hpp"
#include "guest/log.hpp"
#include "guest/port.hpp"
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <sched.h>
#include <sys/reboot.h>
#include <unistd.h>

namespace dyield::guest {

namespace {

constexpr std::int64_t look_every_ns = ns_per_s;	// at a load that may have failed

// Windows are cut on time under load only if this thread does not queue behind the load's.  Its children do
// not inherit the priority: the load is what the scheduler is to be tried with.
void become_real_time()
{
	sched_param p{.sched_priority = 1};
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p))
		log("no real-time priority ({}): windows may be cut late", std::strerror(errno));
}

void power_off(Port &port)
{
	port.flush();
	sync();
	reboot(RB_POWER_OFF);
	log("cannot power off: {}", std::strerror(errno));
}

std::int64_t patience(const Control &control)
{
	if (!control.running())
		return 60 * ns_per_s;
	return std::clamp<std::int64_t>(control.deadline() - now_ns(), 0, look_every_ns);
}

// Returns when the host wants the machine off (true) or has gone (false).
bool serve_until_end(Port &port, Control &control)
{
	while (!port.at_end()) {
		auto lines = port.read(patience(control));
		for (const auto &line : lines) {
			control.tick();
			if (control.handle(line) == Control::Next::power_off)
				return true;
		}
		control.tick();
	}
	return false;
}

} // namespace

int serve(const std::string &path, bool allow_poweroff)
{
	std::signal(SIGPIPE, SIG_IGN);	// Proton's sockets break when the broker goes
	Port port(path);
	become_real_time();
	auto emit = [&](const Control::Event &event) {
		port.write(event.dump(-1, ' ', false, Control::Event::error_handler_t::replace));
	};
	emit(ready_event());
	Control control(emit);
	if (!serve_until_end(port, control)) {
		log("the port has ended");
		return 0;
	}
	if (allow_poweroff && getppid() == 1 && in_virtual_machine())
		power_off(port);
	else if (allow_poweroff)
		log("no power-off: this is no virtual machine, or init did not start this program");
	return 0;
}

} // namespace dyield::guest
