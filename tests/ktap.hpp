// SPDX-License-Identifier: GPL-2.0
/// @file
/// KTAP, the kernel's test format (Documentation/dev-tools/ktap.rst), on stdout.
#pragma once
#include "util/error.hpp"
#include "util/interrupt.hpp"
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unistd.h>

namespace dyield::ktap {

/// Ends the process (status 1) after a test that takes longer than `limit`, having said what `show` finds.
class Watchdog {
public:
	Watchdog(milliseconds limit, std::function<void()> show) : limit_(limit), show_(std::move(show)), thread_([this] { watch(); }) {}
	~Watchdog()
	{
		begin("");
		{
			std::lock_guard lock(mutex_);
			ended_ = true;
		}
		changed_.notify_one();
		thread_.join();
	}
	/// A test begins, and its time; "": none does.
	void begin(const std::string &test)
	{
		std::lock_guard lock(mutex_);
		test_ = test;
		until_ = Clock::now() + limit_;
		changed_.notify_one();
	}

private:
	void watch()
	{
		std::unique_lock lock(mutex_);
		while (!ended_) {
			if (test_.empty())
				changed_.wait(lock);
			else if (changed_.wait_until(lock, until_) == std::cv_status::timeout && !test_.empty() && Clock::now() >= until_)
				give_up();
		}
	}
	[[noreturn]] void give_up() const
	{
		fmt::print("# '{}' is not done in {} s\n", test_, limit_.count() / 1000);
		std::fflush(stdout);
		try {
			show_();
		} catch (const std::exception &e) {
			fmt::print("# no more can be shown: {}\n", e.what());
		}
		fmt::print("Bail out! '{}' hangs\n", test_);
		std::fflush(stdout);
		_exit(1);
	}

	const milliseconds limit_;
	const std::function<void()> show_;
	std::mutex mutex_;
	std::condition_variable changed_;
	std::string test_;
	Clock::time_point until_;
	bool ended_ = false;
	std::thread thread_;
};

class Plan {
public:
	/// `watchdog`: nullptr where a test may take as long as it likes.
	explicit Plan(int tests, Watchdog *watchdog = nullptr) : watchdog_(watchdog), planned_(tests)
	{
		fmt::print("KTAP version 1\n1..{}\n", tests);
		std::fflush(stdout);
	}
	/// Runs one test; it fails by throwing. @return it passed.
	bool test(const std::string &name, const std::function<void()> &body)
	{
		std::string why;
		auto start = Clock::now();
		if (watchdog_)
			watchdog_->begin(name);
		try {
			body();
		} catch (const std::exception &e) {
			why = e.what();
			failed_++;
		}
		if (watchdog_)
			watchdog_->begin("");
		if (!why.empty())
			fmt::print("# {}\n", why);
		fmt::print("# {:.1f} s\n", std::chrono::duration<double>(Clock::now() - start).count());
		fmt::print("{} {} {}\n", why.empty() ? "ok" : "not ok", ++number_, name);
		std::fflush(stdout);
		return why.empty();
	}
	/// A test that this kernel has no use for.
	void skip(const std::string &name, const std::string &why)
	{
		fmt::print("ok {} {} # SKIP {}\n", ++number_, name, why);
		std::fflush(stdout);
	}
	/// @return how many failed, and 1 more if not all that were planned ran, or more.
	int failed() const { return failed_ + (number_ != planned_); }

private:
	Watchdog *watchdog_;
	int planned_;
	int number_ = 0, failed_ = 0;
};

/// Fails the test with a line unless `condition`.
template <typename... A>
void expect(bool condition, fmt::format_string<A...> f, A &&...a)
{
	if (!condition)
		throw Error(fmt::format(f, std::forward<A>(a)...));
}

} // namespace dyield::ktap
