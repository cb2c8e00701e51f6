// SPDX-License-Identifier: GPL-2.0
#include "guest/options.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>

namespace dyield::guest {

namespace {

std::string text_of(const nlohmann::json &value)
{
	return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

[[noreturn]] void reject(const std::string &load, const Option &option, const nlohmann::json &value)
{
	throw std::invalid_argument(fmt::format("load {}: {} cannot be {}: valid is {}", load, option.name,
						text_of(value), range_of(option)));
}

// As execve() takes them: no NUL inside.
std::vector<std::string> checked_words(const std::string &load, const Option &option, const nlohmann::json &value)
{
	auto is_word = [](const nlohmann::json &w) {
		return w.is_string() && w.get_ref<const std::string &>().find('\0') == std::string::npos;
	};
	if (!value.is_array() || std::int64_t(value.size()) < option.min || std::int64_t(value.size()) > option.max ||
	    !std::all_of(value.begin(), value.end(), is_word))
		reject(load, option, value);
	return value;
}

std::int64_t checked(const std::string &load, const Option &option, const nlohmann::json &value)
{
	if (option.kind == Option::Kind::boolean) {
		if (!value.is_boolean())
			reject(load, option, value);
		return value.get<bool>();
	}
	// A number beyond int64_t arrives as unsigned: it is never in range, but must not wrap into it.
	bool fits = value.is_number_integer() &&
		    !(value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t(INT64_MAX));
	if (!fits)
		reject(load, option, value);
	auto n = value.get<std::int64_t>();
	if (n < option.min || n > option.max || (option.even && n % 2))
		reject(load, option, value);
	return n;
}

std::string names(const std::vector<Option> &table)
{
	std::string all;
	for (const auto &o : table)
		all += (all.empty() ? "" : ", ") + o.name;
	return all;
}

} // namespace

std::string range_of(const Option &option)
{
	if (option.kind == Option::Kind::boolean)
		return fmt::format("true or false, default {}", option.preset != 0);
	if (option.kind == Option::Kind::words)
		return fmt::format("an array of {}..{} strings, default {}", option.min, option.max, text_of(option.words));
	return fmt::format("{}..{}{}, default {}", option.min, option.max, option.even ? ", even" : "", option.preset);
}

Options::Options(const std::string &load, const std::vector<Option> &table, const nlohmann::json &given)
{
	for (const auto &[key, value] : given.items()) {
		bool known = std::any_of(table.begin(), table.end(), [&](const Option &o) { return o.name == key; });
		if (!known)
			throw std::invalid_argument(fmt::format("load {}: unknown option {}: valid are {}", load,
								text_of(key), names(table)));
	}
	for (const auto &option : table) {
		auto value = given.find(option.name);
		values.push_back({option, option.preset});
		if (option.kind == Option::Kind::words) {
			if (value != given.end())
				values.back().option.words = checked_words(load, option, *value);
			values.back().value = std::int64_t(values.back().option.words.size());
		} else if (value != given.end())
			values.back().value = checked(load, option, *value);
	}
}

const Options::Value &Options::find(const std::string &name) const
{
	for (const auto &v : values)
		if (v.option.name == name)
			return v;
	throw std::out_of_range("no such option: " + name);
}

void Options::set(const std::string &name, std::int64_t value)
{
	for (auto &v : values)
		if (v.option.name == name) {
			v.value = value;
			return;
		}
	throw std::out_of_range("no such option: " + name);
}

nlohmann::ordered_json Options::json() const
{
	nlohmann::ordered_json all = nlohmann::ordered_json::object();
	for (const auto &v : values) {
		if (v.option.kind == Option::Kind::boolean)
			all[v.option.name] = v.value != 0;
		else if (v.option.kind == Option::Kind::words)
			all[v.option.name] = v.option.words;
		else
			all[v.option.name] = v.value;
	}
	return all;
}

} // namespace dyield::guest
