// SPDX-License-Identifier: GPL-2.0
#include "lab/image.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

using namespace dyield;

namespace {

void make_image(const std::string &folder)
{
	std::filesystem::create_directories(folder);
	std::ofstream(folder + "/lab.json") << R"({"qemu": ["qemu"], "qemu_version": "11.1", "kernel": "6.12"})";
}

/// As scripts/lab/build asks before it removes an image.
bool in_use(const std::string &folder)
{
	return std::system(("flock -n " + folder + "/lab.json true").c_str()) != 0;
}

} // namespace

TEST(LabImage, ThatIsOpenIsInUse)
{
	TempDir d("dyield-image");
	make_image(d.path() + "/lab-1");
	make_image(d.path() + "/lab-2/kernel-7.2");
	make_image(d.path() + "/lab-2");
	EXPECT_FALSE(in_use(d.path() + "/lab-1"));
	EXPECT_EQ(open_image(d.path() + "/lab-1").kernel, "6.12");
	EXPECT_TRUE(in_use(d.path() + "/lab-1"));
	EXPECT_FALSE(in_use(d.path() + "/lab-2"));
	open_image(d.path() + "/lab-2/kernel-7.2");
	EXPECT_TRUE(in_use(d.path() + "/lab-2")) << "what an image was made from is in use with it";
	EXPECT_THROW(open_image(d.path()), Error);
}
