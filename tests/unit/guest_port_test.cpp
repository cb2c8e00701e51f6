// SPDX-License-Identifier: GPL-2.0
#include "guest/clock.hpp"
#include "guest/port.hpp"
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <system_error>
#include <unistd.h>

using namespace dyield::guest;
using Lines = std::vector<std::string>;

namespace {

struct Pipe {
	int ends[2];
	Pipe() { EXPECT_EQ(pipe(ends), 0); }
	~Pipe()
	{
		close(ends[0]);
		close_writer();
	}
	void put(const std::string &s) { ASSERT_EQ(write(ends[1], s.data(), s.size()), ssize_t(s.size())); }
	void close_writer()
	{
		if (ends[1] >= 0)
			close(ends[1]);
		ends[1] = -1;
	}
};

std::string read_some(int fd)
{
	char buffer[4096];
	pollfd p{fd, POLLIN, 0};
	if (poll(&p, 1, 10000) != 1)
		return "nothing came";
	ssize_t n = read(fd, buffer, sizeof buffer);
	return n > 0 ? std::string(buffer, n) : std::string();
}

} // namespace

TEST(GuestPort, LinesComeWholeWithoutTheirEnds)
{
	Pipe in;
	Port port(in.ends[0], -1);
	in.put("one\r\ntw");
	EXPECT_EQ(port.read(ns_per_s), Lines{"one"});
	EXPECT_EQ(port.read(0), Lines{}) << "the rest is not whole";
	in.put("o\n\r\n\nthree\n");
	EXPECT_EQ(port.read(ns_per_s), (Lines{"two", "three"}));
	EXPECT_FALSE(port.at_end());
	in.close_writer();
	EXPECT_EQ(port.read(ns_per_s), Lines{});
	EXPECT_TRUE(port.at_end());
}

TEST(GuestPort, AnEndlessLineIsCut)
{
	Pipe in;
	Port port(in.ends[0], -1);
	Lines got;
	for (int i = 0; i < 40; i++) {
		in.put(std::string(4096, 'x'));
		EXPECT_TRUE(port.read(ns_per_s).empty());
	}
	in.put("\nnext\n");
	got = port.read(ns_per_s);
	ASSERT_EQ(got.size(), 2u);
	EXPECT_EQ(got[0].size(), Port::longest_line);
	EXPECT_EQ(got[1], "next");
}

TEST(GuestPort, ATtyBecomesRaw)
{
	int host = posix_openpt(O_RDWR | O_NOCTTY);
	ASSERT_GE(host, 0);
	ASSERT_EQ(grantpt(host), 0);
	ASSERT_EQ(unlockpt(host), 0);
	Port port(std::string(ptsname(host)));
	ASSERT_EQ(write(host, "{}\n", 3), 3);
	EXPECT_EQ(port.read(10 * ns_per_s), Lines{"{}"});
	port.write("answer");
	EXPECT_EQ(read_some(host), "answer\n") << "an echo, or \\r\\n, would show here";
	close(host);
}

TEST(GuestPort, WhatIsNoTtyIsRefused)
{
	EXPECT_THROW(Port("/dev/null"), std::system_error);
	EXPECT_THROW(Port("/nonexistent/tty"), std::system_error);
}
