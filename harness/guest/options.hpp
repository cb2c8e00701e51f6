// SPDX-License-Identifier: GPL-2.0
/// @file
/// A load's options: what there is, what is allowed, and checking what the host sent against it.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace dyield::guest {

/// One option of a load.
struct Option {
	enum class Kind { integer, boolean, words };

	std::string name;
	Kind kind = Kind::integer;
	std::int64_t preset = 0;		///< the default (boolean: 0 or 1; words: how many)
	std::int64_t min = 0, max = 1;		///< both included; of words, how many there may be
	std::string help;			///< one line, with the unit
	bool even = false;
	std::vector<std::string> words{};	///< the default of words
};

/// The options of a load with a value each, in the table's order: defaults where the host said nothing.
class Options {
public:
	/// Takes the values from `given`, a JSON object that may hold these options and nothing else.
	/// @throws std::invalid_argument in one line that names the option and what would be valid
	Options(const std::string &load, const std::vector<Option> &table, const nlohmann::json &given);

	/// The value of an option of the table that is a number or a boolean; of words, how many there are.
	/// @throws std::out_of_range if there is no such option
	std::int64_t get(const std::string &name) const { return find(name).value; }
	bool is_set(const std::string &name) const { return get(name) != 0; }
	/// The words of an option that has such.  @throws std::out_of_range if there is no such option
	const std::vector<std::string> &words(const std::string &name) const { return find(name).option.words; }
	/// Replaces a value by what the kernel made of it.
	void set(const std::string &name, std::int64_t value);

	nlohmann::ordered_json json() const;

private:
	struct Value {
		Option option;		// its words are the given ones
		std::int64_t value;
	};
	const Value &find(const std::string &name) const;

	std::vector<Value> values;
};

/// "2..64, even, default 8": for help and error messages.
std::string range_of(const Option &option);

} // namespace dyield::guest
