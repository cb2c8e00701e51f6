// SPDX-License-Identifier: GPL-2.0
/// @file
/// Small files: those of /proc and /sys, logs, temporary folders.
#pragma once
#include <string>
#include <string_view>
#include <utility>

namespace dyield {

/// The whole file. Throws Error.
std::string read_file(const std::string &path);
/// The whole file without white space at its end, or `otherwise` if it cannot be read.
std::string read_or(const std::string &path, const std::string &otherwise);
/// Writes to an existing file of /proc, /sys or debugfs in one write(2). Throws Error.
void write_file(const std::string &path, const std::string &text);
/// Writes all of `text`, however often write(2) must be called. @return it did; else errno says why not.
bool write_all(int fd, std::string_view text);
/// The last line that is not empty, "" if there is none or no file.
std::string last_line(const std::string &path);

/// An open file, closed at its end.
class FileDescriptor {
public:
	FileDescriptor() = default;
	explicit FileDescriptor(int fd) : fd_(fd) {}	///< takes it over; negative: none
	FileDescriptor(FileDescriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
	FileDescriptor &operator=(FileDescriptor other) noexcept
	{
		std::swap(fd_, other.fd_);
		return *this;
	}
	~FileDescriptor();
	int get() const { return fd_; }

private:
	int fd_ = -1;
};

/// A folder under TMPDIR (/tmp), removed with all that is in it.
class TempDir {
public:
	explicit TempDir(const std::string &prefix);
	~TempDir();
	TempDir(const TempDir &) = delete;
	TempDir &operator=(const TempDir &) = delete;
	const std::string &path() const { return path_; }

private:
	std::string path_;
};

} // namespace dyield
