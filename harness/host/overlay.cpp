// SPDX-License-Identifier: GPL-2.0
#include "host/overlay.hpp"
#include "util/child.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace dyield {

namespace fs = std::filesystem;

namespace {

// The program that Debian's package cpio is, in the order that makes the same archive of the same folder.
std::string pack(const std::string &of, const std::string &to)
{
	run_command({"sh", "-c", "cd \"$1\" && find . | LC_ALL=C sort | cpio -oH newc --quiet --reproducible > \"$2\"", "sh", of,
		     fs::absolute(to)},
		    milliseconds(600'000));
	return to;
}

// The kernel would say no more than "invalid magic" on the guest's console and boot without it.
bool is_archive(const std::string &bytes)
{
	using namespace std::string_view_literals;
	constexpr std::array magics{"070701"sv, "070702"sv, "\x1f\x8b"sv, "\xfd""7zXZ"sv, "\x28\xb5\x2f\xfd"sv};
	for (auto m : magics)
		if (bytes.starts_with(m))
			return true;
	return false;
}

void pad(std::string &bytes, std::size_t to, std::size_t beyond)
{
	bytes.resize((bytes.size() + to - 1) / to * to + beyond);
}

} // namespace

std::string with_overlay(const std::string &initrd, const std::string &overlay, const std::string &folder)
{
	std::error_code ignored;
	bool packed = fs::is_directory(overlay, ignored);
	auto added = read_file(packed ? pack(overlay, folder + "/overlay.cpio") : overlay);
	if (!is_archive(added))
		fail("the guest overlay {} is neither a folder nor a newc cpio archive, plain or with gzip, xz or zstd: make one with "
		     "'find . | cpio -oH newc > FILE' in the folder of your files", overlay);
	auto joined = read_file(initrd);
	pad(joined, 4, 0);	// where the kernel looks for a plain archive
	joined += added;
	pad(joined, 4096, 1);	// room for microvm's ACPI tables: see scripts/lab/build
	std::string path = folder + "/initramfs-with-overlay";
	std::ofstream file(path, std::ios::binary);
	if (!(file << joined).flush())
		fail_errno("cannot write {}", path);
	return path;
}

} // namespace dyield
