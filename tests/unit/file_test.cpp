// SPDX-License-Identifier: GPL-2.0
#include "util/error.hpp"
#include "util/file.hpp"
#include <gtest/gtest.h>

using namespace dyield;

namespace {

TEST(ReadFile, TellsWhyNot)
{
	// A folder can be opened, and not read: as a file of sysfs whose module is just going.
	for (auto path : {"/nonexistent", "/"})
		try {
			read_file(path);
			FAIL() << path;
		} catch (const Error &e) {
			EXPECT_NE(std::string(e.what()).find(std::string("cannot read ") + path), std::string::npos) << e.what();
		}
}

TEST(ReadOr, FallsBackWhateverTheReason)
{
	EXPECT_EQ(read_or("/nonexistent", "x"), "x");
	EXPECT_EQ(read_or("/", "x"), "x");
	EXPECT_EQ(read_or("/proc/sys/kernel/ostype", "x"), "Linux");
}

} // namespace
