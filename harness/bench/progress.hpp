// SPDX-License-Identifier: GPL-2.0
/// @file
/// Progress of several workers on stderr: one status line on a terminal, whole lines otherwise.
#pragma once
#include "util/interrupt.hpp"
#include <mutex>
#include <string>
#include <vector>

namespace dyield {

class Progress {
public:
	/// `total` pieces of work, the first `done` of them done already.
	Progress(std::string what, std::size_t total, std::size_t done, std::size_t workers);
	~Progress();

	/// What a worker is about now; shown on a terminal only.
	void step(std::size_t worker, const std::string &text);
	/// A piece is done: a line that stays.
	void done(std::size_t worker, const std::string &line);

private:
	std::string time_left() const;
	void draw();
	void erase() const;

	std::string what_;
	std::size_t total_, done_, begun_with_;
	Clock::time_point start_ = Clock::now();
	std::vector<std::string> steps_;
	bool tty_;
	std::mutex mutex_;
};

} // namespace dyield
