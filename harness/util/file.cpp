// SPDX-License-Identifier: GPL-2.0
#include "util/file.hpp"
#include "util/error.hpp"
#include <algorithm>
#include <boost/algorithm/string/trim.hpp>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <unistd.h>

namespace dyield {
namespace {

/// Nothing, with errno set, also where a file of sysfs goes away between the opening and the reading of it.
std::optional<std::string> contents(const std::string &path)
{
	int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return {};
	std::string text;
	char buf[65536];
	ssize_t n;
	while ((n = read(fd, buf, sizeof buf)) > 0)
		text.append(buf, n);
	int e = errno;
	close(fd);
	errno = e;
	if (n < 0)
		return {};
	return text;
}

} // namespace

std::string read_file(const std::string &path)
{
	auto text = contents(path);
	if (!text)
		fail_errno("cannot read {}", path);
	return *text;
}

std::string read_or(const std::string &path, const std::string &otherwise)
{
	auto text = contents(path);
	return text ? boost::algorithm::trim_right_copy(*text) : otherwise;
}

void write_file(const std::string &path, const std::string &text)
{
	int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		fail_errno("cannot open {}", path);
	ssize_t n = write(fd, text.data(), text.size());
	int e = errno;
	close(fd);
	errno = e;
	if (n != ssize_t(text.size()))
		fail_errno("cannot write '{}' to {}", text, path);
}

std::string last_line(const std::string &path)
{
	std::ifstream f(path);
	std::string line, last;
	while (std::getline(f, line)) {
		boost::algorithm::trim(line);
		if (!line.empty())
			last = line;
	}
	return last;
}

bool write_all(int fd, std::string_view text)
{
	while (!text.empty()) {
		auto n = write(fd, text.data(), text.size());
		if (n < 0 && errno != EINTR)
			return false;
		text.remove_prefix(std::size_t(std::max<ssize_t>(n, 0)));
	}
	return true;
}

FileDescriptor::~FileDescriptor()
{
	if (fd_ >= 0)
		close(fd_);
}

TempDir::TempDir(const std::string &prefix)
{
	path_ = (std::filesystem::temp_directory_path() / (prefix + ".XXXXXX")).string();
	if (!mkdtemp(path_.data()))
		fail_errno("cannot make a folder {}", path_);
}

TempDir::~TempDir()
{
	std::error_code ec;
	std::filesystem::remove_all(path_, ec);
}

} // namespace dyield
