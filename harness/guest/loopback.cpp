// SPDX-License-Identifier: GPL-2.0
#include "guest/loopback.hpp"
#include <cerrno>
#include <cstring>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace dyield::guest {

void bring_up_loopback()
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ifreq lo{};
	std::strcpy(lo.ifr_name, "lo");
	bool up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &lo) == 0;
	if (up && !(lo.ifr_flags & IFF_UP)) {
		lo.ifr_flags |= IFF_UP;
		up = ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
	}
	int error = errno;
	if (fd >= 0)
		close(fd);
	if (!up)
		throw std::system_error(error, std::generic_category(), "cannot bring up the loopback interface");
}

} // namespace dyield::guest
