// SPDX-License-Identifier: GPL-2.0
#include "util/file.hpp"
#include "util/error.hpp"
#include <boost/algorithm/string/trim.hpp>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace dyield {
std::string read_file(const std::string &path)
{
	std::ifstream f(path);
	if (!f)
		fail_errno("cannot read {}", path);
	return {std::istreambuf_iterator<char>(f), {}};
}

std::string read_or(const std::string &path, const std::string &otherwise)
{
	std::ifstream f(path);
	if (!f)
		return otherwise;
	return boost::algorithm::trim_right_copy(std::string{std::istreambuf_iterator<char>(f), {}});
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
