// SPDX-License-Identifier: GPL-2.0
/// @file
/// KTAP, the kernel's test format (Documentation/dev-tools/ktap.rst), on stdout.
#pragma once
#include "util/error.hpp"
#include <cstdio>
#include <functional>
#include <string>

namespace dyield::ktap {

class Plan {
public:
	explicit Plan(int tests) { fmt::print("KTAP version 1\n1..{}\n", tests); std::fflush(stdout); }
	/// Runs one test; it fails by throwing. @return it passed.
	bool test(const std::string &name, const std::function<void()> &body)
	{
		std::string why;
		try {
			body();
		} catch (const std::exception &e) {
			why = e.what();
			failed_++;
		}
		if (!why.empty())
			fmt::print("# {}\n", why);
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
	int failed() const { return failed_; }

private:
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
