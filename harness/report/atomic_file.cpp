// SPDX-License-Identifier: GPL-2.0
#include "report/atomic_file.hpp"
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace dyield {

namespace {

[[noreturn]] void fail(const std::filesystem::path &path)
{
	throw std::system_error(errno, std::generic_category(), fmt::format("cannot write {}", path.string()));
}

/// The temporary file: gone again unless it was renamed.
class Temporary {
public:
	explicit Temporary(std::filesystem::path target)
		: target_(std::move(target)), name_(fmt::format("{}.{}.tmp", target_.string(), getpid())),
		  fd_(open(name_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644))
	{
		if (fd_ < 0)
			fail(target_);
	}

	~Temporary()
	{
		if (fd_ >= 0)
			close(fd_);
		if (!renamed_)
			unlink(name_.c_str());
	}

	Temporary(const Temporary &) = delete;
	Temporary &operator=(const Temporary &) = delete;

	void write_all(std::string_view text)
	{
		while (!text.empty()) {
			auto n = write(fd_, text.data(), text.size());
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				fail(target_);
			text.remove_prefix(std::size_t(n));
		}
	}

	void commit()
	{
		// Some file systems tell of a full disk only now.
		if (fsync(fd_) < 0 || close(std::exchange(fd_, -1)) < 0)
			fail(target_);
		if (rename(name_.c_str(), target_.c_str()) < 0)
			fail(target_);
		renamed_ = true;
	}

private:
	std::filesystem::path target_;
	std::string name_;
	int fd_;
	bool renamed_ = false;
};

} // namespace

void write_atomically(const std::filesystem::path &path, std::string_view text)
{
	Temporary file(path);
	file.write_all(text);
	file.commit();
}

} // namespace dyield
