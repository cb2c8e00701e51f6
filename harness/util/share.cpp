// SPDX-License-Identifier: GPL-2.0
#include "util/share.hpp"
#include <charconv>

namespace dyield {

std::optional<double> parse_share(std::string_view text)
{
	bool percent = text.ends_with('%');
	text.remove_suffix(percent);
	double value = 0;
	auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
	if (error != std::errc() || end != text.data() + text.size())
		return std::nullopt;
	value /= percent ? 100 : 1;
	return value >= 0 && value <= 1 ? std::optional(value) : std::nullopt;
}

} // namespace dyield
