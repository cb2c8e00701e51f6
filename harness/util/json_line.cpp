// SPDX-License-Identifier: GPL-2.0
#include "util/json_line.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

namespace dyield {

JsonLine::~JsonLine()
{
	if (out_ >= 0 && out_ != in_)
		close(out_);
	if (in_ >= 0)
		close(in_);
}

JsonLine JsonLine::connect(const std::string &path, milliseconds limit)
{
	sockaddr_un a{};
	a.sun_family = AF_UNIX;
	if (path.size() >= sizeof a.sun_path)
		fail("socket path too long: {}", path);
	path.copy(a.sun_path, path.size());
	for (auto until = Clock::now() + limit;; pause_for(milliseconds(20))) {
		JsonLine j(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
		if (j.in_ < 0)
			fail_errno("socket");
		if (!::connect(j.in_, reinterpret_cast<sockaddr *>(&a), sizeof a))
			return j;
		if (Clock::now() >= until)
			fail_errno("cannot connect to {}", path);
	}
}

JsonLine JsonLine::open_tty(const std::string &path)
{
	JsonLine j(open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
	termios t;
	if (j.in_ < 0 || tcgetattr(j.in_, &t))
		fail_errno("cannot open {}", path);
	cfmakeraw(&t);
	if (tcsetattr(j.in_, TCSANOW, &t))
		fail_errno("cannot make {} raw", path);
	return j;
}

JsonLine JsonLine::standard()
{
	JsonLine j;
	j.in_ = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	j.out_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (j.in_ < 0 || j.out_ < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		fail_errno("stdin and stdout");
	return j;
}

void JsonLine::send(const nlohmann::json &object)
{
	if (!write_all(out_, object.dump() + "\n"))
		fail_errno("cannot send {}", object.dump());
}

std::optional<nlohmann::json> JsonLine::receive(milliseconds limit)
{
	for (auto until = Clock::now() + limit;;) {
		for (std::size_t nl; (nl = buffer_.find('\n')) != std::string::npos;) {
			std::string line = buffer_.substr(0, nl);
			buffer_.erase(0, nl + 1);
			auto j = nlohmann::json::parse(line, nullptr, false);
			if (j.is_object())
				return j;
		}
		if (!wait_readable(in_, until))
			return {};
		char data[65536];
		ssize_t n = read(in_, data, sizeof data);
		if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
			fail("the other side closed the line");
		if (n > 0)
			buffer_.append(data, n);
	}
}

nlohmann::json JsonLine::expect(const std::string &event, milliseconds limit, const std::string &who)
{
	auto until = Clock::now() + limit;
	for (;;) {
		auto j = receive(std::chrono::ceil<milliseconds>(until - Clock::now()));
		if (!j)
			fail("{} did not answer '{}' within {} s", who, event, limit.count() / 1000);
		std::string got = j->value("event", "");
		if (got == event)
			return *j;
		if (got == "error")
			fail("{}: {}", who, j->value("message", "an error without a message"));
	}
}

} // namespace dyield
