// SPDX-License-Identifier: GPL-2.0
#include "bench/progress.hpp"
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace dyield {

Progress::Progress(std::string what, std::size_t total, std::size_t done, std::size_t workers)
	: what_(std::move(what)), total_(total), done_(done), begun_with_(done), steps_(workers), tty_(isatty(2))
{
}

Progress::~Progress() { erase(); }

std::string Progress::time_left() const
{
	if (done_ == begun_with_)
		return "";
	double s = std::chrono::duration<double>(Clock::now() - start_).count();
	double left = s / double(done_ - begun_with_) * double(total_ - done_);
	return left < 90 ? fmt::format(", {:.0f} s left", left) : fmt::format(", {:.0f} min left", left / 60);
}

void Progress::erase() const
{
	if (tty_)
		fmt::print(stderr, "\r\033[K");
}

void Progress::draw()
{
	if (!tty_)
		return;
	std::string line = fmt::format("{} {}/{}{}", what_, done_, total_, time_left());
	for (auto &s : steps_)
		if (!s.empty())
			line += " · " + s;
	winsize w{};
	if (!ioctl(2, TIOCGWINSZ, &w) && w.ws_col && line.size() >= w.ws_col)
		line.resize(w.ws_col - 1);
	erase();
	fmt::print(stderr, "{}", line);
}

void Progress::step(std::size_t worker, const std::string &text)
{
	std::lock_guard l(mutex_);
	steps_.at(worker) = text;
	draw();
}

void Progress::done(std::size_t worker, const std::string &line)
{
	std::lock_guard l(mutex_);
	done_++;
	steps_.at(worker).clear();
	erase();
	fmt::print(stderr, "{} {}/{}{}: {}\n", what_, done_, total_, time_left(), line);
	draw();
}

} // namespace dyield
