// SPDX-License-Identifier: GPL-2.0
#include "host/overlay.hpp"
#include "util/child.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

using namespace dyield;
namespace fs = std::filesystem;

namespace {

class GuestOverlay : public testing::Test {
protected:
	TempDir dir{"overlay-test"};
	std::string at(const std::string &name) const { return dir.path() + "/" + name; }
	void write(const std::string &name, const std::string &text) const
	{
		fs::create_directories(fs::path(at(name)).parent_path());
		std::ofstream(at(name), std::ios::binary) << text;
	}
	// Unpacks the joined file from the overlay's place on, as the kernel would.
	std::string unpacked(const std::string &joined, std::size_t from, const std::string &name) const
	{
		fs::create_directories(at("out"));
		run_command({"sh", "-c", "tail -c +$((1 + $2)) \"$1\" | (cd \"$3\" && cpio -idu --quiet)", "sh", joined, std::to_string(from), at("out")});
		return read_file(at("out/" + name));
	}
};

} // namespace

TEST_F(GuestOverlay, AFolderComesBehindTheInitramfs)
{
	for (std::size_t size : {1u, 4u, 4095u, 4097u, 9001u}) {
		std::string initrd(size, 'i');
		write("initrd", initrd);
		write("files/opt/hello world", "from " + std::to_string(size));
		auto joined = with_overlay(at("initrd"), at("files"), dir.path());
		auto bytes = read_file(joined);
		EXPECT_EQ(bytes.substr(0, size), initrd);
		EXPECT_EQ(bytes.size() % 4096, 1u);
		EXPECT_EQ(unpacked(joined, (size + 3) / 4 * 4, "opt/hello world"), "from " + std::to_string(size));
	}
}

TEST_F(GuestOverlay, AnArchiveGoesInAsItIs)
{
	write("initrd", std::string(4097, 'i'));
	for (auto archive : {std::string("070701 and more"), std::string("\x1f\x8b\x08\0gzip", 8), std::string("\x28\xb5\x2f\xfdzstd")}) {
		write("archive", archive);
		auto bytes = read_file(with_overlay(at("initrd"), at("archive"), dir.path()));
		EXPECT_EQ(bytes.substr(4100, archive.size()), archive);
		EXPECT_EQ(bytes.size(), 8193u);
	}
}

TEST_F(GuestOverlay, WhatTheKernelWouldNotTakeIsRefused)
{
	write("initrd", "i");
	for (auto text : {"", "PK zip", "070707 old cpio"}) {
		write("archive", text);
		EXPECT_THROW(with_overlay(at("initrd"), at("archive"), dir.path()), Error) << text;
	}
	EXPECT_THROW(with_overlay(at("initrd"), at("no such"), dir.path()), Error);
	EXPECT_THROW(with_overlay(at("no such"), at("archive"), dir.path()), Error);
}
