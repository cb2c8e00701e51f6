// SPDX-License-Identifier: GPL-2.0
#include "guest/port.hpp"
#include "guest/clock.hpp"
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <system_error>
#include <termios.h>
#include <unistd.h>

namespace dyield::guest {

namespace {

[[noreturn]] void fail(const std::string &what)
{
	throw std::system_error(errno, std::generic_category(), what);
}

// Raw: the tty must neither echo the host's lines back to it nor translate or edit anything.
void make_raw(int fd, const std::string &path)
{
	termios t;
	if (tcgetattr(fd, &t))
		fail(path + " is no tty");
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (tcsetattr(fd, TCSANOW, &t))
		fail("cannot make " + path + " raw");
}

} // namespace

Port::Port(const std::string &path) : in(STDIN_FILENO), out(STDOUT_FILENO)
{
	if (path == "stdio")
		return;
	int fd = open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		fail("cannot open " + path);
	in = out = fd;
	own = true;
	make_raw(fd, path);
}

Port::~Port()
{
	if (own)
		close(in);
}

void Port::take(char byte, std::vector<std::string> &lines)
{
	if (byte == '\n') {
		if (!partial.empty())
			lines.push_back(std::move(partial));
		partial.clear();
	} else if (byte != '\r' && partial.size() < longest_line)
		partial += byte;
}

std::vector<std::string> Port::read(std::int64_t timeout_ns)
{
	std::vector<std::string> lines;
	pollfd p{in, POLLIN, 0};
	timespec t{timeout_ns / ns_per_s, timeout_ns % ns_per_s};
	int ready = ppoll(&p, 1, &t, nullptr);
	if (ready == 0 || (ready < 0 && errno == EINTR))
		return lines;
	char buffer[4096];
	ssize_t n = ready < 0 ? -1 : ::read(in, buffer, sizeof buffer);
	if (n < 0 && errno != EINTR)
		fail("cannot read commands");
	ended = n == 0;
	for (ssize_t i = 0; i < n; i++)
		take(buffer[i], lines);
	return lines;
}

void Port::write(std::string_view line)
{
	std::string rest = std::string(line) + '\n';
	while (!rest.empty()) {
		ssize_t n = ::write(out, rest.data(), rest.size());
		if (n < 0 && errno != EINTR)
			fail("cannot write events");
		rest.erase(0, n > 0 ? n : 0);
	}
}

void Port::flush()
{
	if (own)
		tcdrain(out);
}

} // namespace dyield::guest
