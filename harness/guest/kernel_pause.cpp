// SPDX-License-Identifier: GPL-2.0
#include "guest/kernel_pause.hpp"
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace dyield::guest {

namespace {

[[noreturn]] void fail(const std::string &what)
{
	throw std::system_error(errno ? errno : EIO, std::generic_category(), "PAUSE in kernel mode: " + what);
}

std::string path_of(const std::string &name) { return "/proc/sys/kernel/" + name; }

} // namespace

KernelPause::KernelPause()
{
	try {
		set("printk_devkmsg", "on");	// as many messages as come
		set("printk", "1");		// none of them to the console, which is slow
		set("printk_delay", std::to_string(burst_ms));
		log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
		if (log < 0)
			fail("/dev/kmsg");
	} catch (...) {
		restore();
		throw;
	}
}

KernelPause::~KernelPause()
{
	restore();
	close(log);
}

void KernelPause::set(const std::string &name, const std::string &value)
{
	errno = 0;
	std::string old;
	if (!std::getline(std::ifstream(path_of(name)), old))
		fail(path_of(name));
	saved.emplace(name, old);
	errno = 0;	// as a line: printk_devkmsg takes nothing else
	if (!(std::ofstream(path_of(name)) << value << std::endl))
		fail(path_of(name));
}

void KernelPause::restore() noexcept
{
	for (auto &[name, value] : saved)
		std::ofstream(path_of(name)) << value << std::endl;
}

void KernelPause::burst()
{
	static constexpr std::string_view message = "<7>dyield: PAUSE";
	if (write(log, message.data(), message.size()) < 0)
		fail("/dev/kmsg");
}

} // namespace dyield::guest
