// SPDX-License-Identifier: GPL-2.0
/// @file
/// Chromium without a window, steered over a pipe (Chrome DevTools Protocol).
#pragma once
#include "util/child.hpp"
#include "util/file.hpp"
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace dyield::test {

class Browser {
public:
	Browser();	///< throws Error, e.g. if there is no chromium
	~Browser();
	Browser(const Browser &) = delete;
	Browser &operator=(const Browser &) = delete;

	/// Opens a file in a window so wide, in the dark or the light scheme, and waits until it is loaded. Throws Error.
	void open(const std::string &file, int width_px, bool dark);
	/// What an expression of JavaScript gives in the open page. Throws Error.
	nlohmann::json evaluate(const std::string &expression);
	/// What the console said of errors since open(), and exceptions that nobody caught; a line each.
	const std::vector<std::string> &errors() const { return errors_; }

private:
	nlohmann::json call(const std::string &method, nlohmann::json params);
	nlohmann::json receive();
	void note(const nlohmann::json &event);

	TempDir folder_{"dyield-page"};
	int to_ = -1, from_ = -1;
	Child chromium_;
	std::string session_, buffer_;
	int last_call_ = 0, loads_ = 0;
	std::vector<std::string> errors_;
};

} // namespace dyield::test
