// SPDX-License-Identifier: GPL-2.0
// The file of a scenario, TOML: everything that is not known, not of the right type or out of range is refused with its line.
#include "bench/scenario.hpp"
#include "util/error.hpp"
#include <algorithm>
#include <cmath>
#include <fmt/ranges.h>
#include <regex>
#include <toml++/toml.h>

namespace dyield {
namespace {

using nlohmann::json;

constexpr std::size_t most_guests = 8;

class Reader {
public:
	Reader(std::string path, int pcpus) : path_(std::move(path)), pcpus_(pcpus) {}
	Scenario read();

private:
	using Names = std::vector<std::string>;

	/// `what` tells what is wrong, and what would be valid.
	[[noreturn]] void reject(const toml::node &at, const std::string &key, const std::string &what) const
	{
		throw Error(fmt::format("{}:{}: {}: {}", path_, at.source().begin.line, key, what), exit_usage);
	}
	/// Runs a check whose errors do not know where they are.
	template <typename F>
	auto here(const toml::node &at, const std::string &key, F check) const
	{
		try {
			return check();
		} catch (const Error &e) {
			reject(at, key, e.what());
		}
	}

	void only(const toml::table &table, const std::string &where, const Names &valid) const;
	const toml::table &table(const toml::node &node, const std::string &key) const;
	const toml::array &list(const toml::node &node, const std::string &key) const;
	std::string text(const toml::node &node, const std::string &key) const;
	Names texts(const toml::node &node, const std::string &key) const;
	int vcpus(const toml::node &node, const std::string &key) const;
	int memory(const toml::node &node, const std::string &key) const;
	json value(const toml::node &node, const std::string &key) const;
	json scaled(const std::string &text) const;

	template <typename T, typename F>
	void choose(const toml::table &top, const std::string &key, std::vector<T> &into, F one) const;
	std::vector<GuestSpec> guests(const toml::table &top) const;
	void change(GuestSpec &guest, const toml::table &table, const std::string &where) const;
	std::string guest_name(const toml::table &table, const std::vector<GuestSpec> &before) const;
	std::vector<Overcommit> columns(const toml::table &top, const std::vector<GuestSpec> &base) const;
	Overcommit column(const toml::table &table, const std::vector<GuestSpec> &base) const;
	std::vector<Each> each(const toml::node &node, const std::string &key, const Names &more = {}) const;
	void quick(const toml::node &node, Scenario &s) const;

	std::string path_;
	int pcpus_;
};

void Reader::only(const toml::table &table, const std::string &where, const Names &valid) const
{
	for (auto &&[key, node] : table)
		if (std::ranges::find(valid, std::string(key.str())) == valid.end())
			reject(node, where + std::string(key.str()), fmt::format("unknown key: valid are {}", fmt::join(valid, ", ")));
}

const toml::table &Reader::table(const toml::node &node, const std::string &key) const
{
	if (!node.is_table())
		reject(node, key, "must be a table");
	return *node.as_table();
}

const toml::array &Reader::list(const toml::node &node, const std::string &key) const
{
	if (!node.is_array() || node.as_array()->empty())
		reject(node, key, "must be a list with at least one value: [ ... ]");
	return *node.as_array();
}

std::string Reader::text(const toml::node &node, const std::string &key) const
{
	if (!node.is_string())
		reject(node, key, "must be a text in quotes");
	return **node.as_string();
}

Reader::Names Reader::texts(const toml::node &node, const std::string &key) const
{
	Names all;
	for (auto &n : list(node, key))
		all.push_back(text(n, key));
	return all;
}

/// "0.5x": so many times the pCPUs, at least one; other texts as they are.
json Reader::scaled(const std::string &text) const
{
	static const std::regex times("([0-9]+(\\.[0-9]+)?)x");
	std::smatch m;
	if (!std::regex_match(text, m, times))
		return text;
	return std::max(1, int(std::lround(std::stod(m[1]) * pcpus_)));
}

int Reader::vcpus(const toml::node &node, const std::string &key) const
{
	json n = value(node, key);
	if (!n.is_number_integer() || n < 1 || n > 64)
		reject(node, key, fmt::format("cannot be {}: valid is 1 to 64, or as \"1x\" so many times the pCPUs ({})", n.dump(), pcpus_));
	return n.get<int>();
}

int Reader::memory(const toml::node &node, const std::string &key) const
{
	auto n = node.value_exact<std::int64_t>();
	if (!n || *n < 64 || *n > 65536)
		reject(node, key, "must be a whole number of MiB from 64 to 65536");
	return int(*n);
}

/// An option of a load: dyield-guest knows what it may be.
json Reader::value(const toml::node &node, const std::string &key) const
{
	if (node.is_string())
		return scaled(**node.as_string());
	if (node.is_integer())
		return **node.as_integer();
	if (node.is_boolean())
		return **node.as_boolean();
	if (node.is_floating_point())
		return **node.as_floating_point();
	if (!node.is_array())
		reject(node, key, "must be a number, true or false, a text or a list of them");
	json all = json::array();
	for (auto &n : *node.as_array())
		all.push_back(n.is_string() ? json(**n.as_string()) : value(n, key));
	return all;
}

template <typename T, typename F>
void Reader::choose(const toml::table &top, const std::string &key, std::vector<T> &into, F one) const
{
	auto *node = top.get(key);
	if (!node)
		return;
	into.clear();
	for (auto &name : texts(*node, key))
		into.push_back(here(*node, key, [&] { return one(name); }));
}

void Reader::change(GuestSpec &guest, const toml::table &t, const std::string &where) const
{
	if (auto *n = t.get("vcpus"))
		guest.vcpus = vcpus(*n, where + "vcpus");
	if (auto *n = t.get("memory_mib"))
		guest.memory_mib = memory(*n, where + "memory_mib");
	if (auto *n = t.get("load")) {
		guest.load = text(*n, where + "load");
		guest.options = json::object();	// they were another load's
		here(*n, where + "load", [&] { check_load(guest.load); });
	}
	if (auto *n = t.get("options")) {
		if (guest.idle())
			reject(*n, where + "options", "nothing runs in this guest: give it a load");
		for (auto &&[key, option] : table(*n, where + "options"))
			guest.options[std::string(key.str())] = value(option, where + "options." + std::string(key.str()));
	}
	here(t, where.substr(0, where.size() - 1), [&] { check_guest(guest); });
}

std::string Reader::guest_name(const toml::table &t, const std::vector<GuestSpec> &before) const
{
	static const std::regex valid("[a-z0-9][a-z0-9-]{0,15}");
	auto *node = t.get("name");
	if (!node)
		reject(t, "guest", "has no name: add name = \"...\"");
	std::string name = text(*node, "guest.name");
	if (!std::regex_match(name, valid) || name == "name")
		reject(*node, "guest.name", fmt::format("cannot be '{}': valid are up to 16 of a-z, 0-9 and -, but not 'name'", name));
	if (std::ranges::find(before, name, &GuestSpec::name) != before.end())
		reject(*node, "guest.name", fmt::format("'{}' is another guest's: each needs its own", name));
	return name;
}

std::vector<GuestSpec> Reader::guests(const toml::table &top) const
{
	std::vector<GuestSpec> all;
	auto *node = top.get("guest");
	if (!node)
		reject(top, "guest", "there is none: add [[guest]]");
	for (auto &n : list(*node, "guest")) {
		auto &t = table(n, "guest");
		only(t, "guest.", {"name", "vcpus", "memory_mib", "load", "options"});
		GuestSpec g;
		g.name = guest_name(t, all);
		g.vcpus = pcpus_;
		change(g, t, "guest.");
		all.push_back(g);
	}
	if (all.size() > most_guests)
		reject(*node, "guest", fmt::format("{} guests: valid are 1 to {}", all.size(), most_guests));
	return all;
}

Overcommit Reader::column(const toml::table &t, const std::vector<GuestSpec> &base) const
{
	static const std::regex valid("[A-Za-z0-9.+_-]{1,16}");
	Overcommit c{"", base};
	Names names{"name"};
	std::ranges::transform(base, std::back_inserter(names), &GuestSpec::name);
	only(t, "overcommit.", names);
	if (auto *n = t.get("name")) {
		c.name = text(*n, "overcommit.name");
		if (!std::regex_match(c.name, valid))
			reject(*n, "overcommit.name", fmt::format("cannot be '{}': valid are up to 16 letters, digits and any of .+_-", c.name));
	}
	for (auto &g : c.guests)
		if (auto *n = t.get(g.name)) {
			std::string where = "overcommit." + g.name + ".";
			auto &changes = table(*n, "overcommit." + g.name);
			only(changes, where, {"vcpus", "memory_mib", "load", "options"});
			change(g, changes, where);
		}
	return c;
}

std::vector<Overcommit> Reader::columns(const toml::table &top, const std::vector<GuestSpec> &base) const
{
	auto *node = top.get("overcommit");
	if (!node)
		return {{"", base}};
	std::vector<Overcommit> all;
	for (auto &n : list(*node, "overcommit"))
		all.push_back(column(table(n, "overcommit"), base));
	return all;
}

std::vector<Each> Reader::each(const toml::node &node, const std::string &where, const Names &more) const
{
	std::vector<Each> all;
	for (auto &&[key, values] : table(node, where)) {
		Each e{std::string(key.str()), {}};
		if (std::ranges::find(more, e.key) != more.end())
			continue;
		for (auto &v : list(values, where + "." + e.key))
			e.values.push_back(value(v, where + "." + e.key));
		if (e.key == "load")
			for (auto &name : texts(values, where + ".load"))
				here(values, where + ".load", [&] { check_load(name); });
		all.insert(e.key == "load" ? all.begin() : all.end(), e);
	}
	return all;
}

void Reader::quick(const toml::node &node, Scenario &s) const
{
	Names valid{"flat"};
	std::ranges::transform(s.each, std::back_inserter(valid), &Each::key);
	auto &t = table(node, "quick");
	only(t, "quick.", valid);
	s.quick = each(node, "quick", {"flat"});
	if (auto *n = t.get("flat"))
		s.quick_flat = texts(*n, "quick.flat");
}

Scenario Reader::read()
{
	toml::table top;
	try {
		top = toml::parse_file(path_);
	} catch (const toml::parse_error &e) {
		throw Error(fmt::format("{}:{}: {}", path_, e.source().begin.line, e.description()), exit_usage);
	}
	only(top, "", {"settings", "layouts", "pins", "locks", "guest", "each", "overcommit", "quick"});
	Scenario s;
	choose(top, "layouts", s.layouts, layout_named);
	choose(top, "pins", s.pins, pins_named);
	choose(top, "locks", s.locks, locks_named);
	choose(top, "settings", s.settings, [](auto &name) { return setting_named(name), name; });
	s.overcommit = columns(top, guests(top));
	if (auto *n = top.get("each"))
		s.each = each(*n, "each");
	if (auto *n = top.get("quick"))
		quick(*n, s);
	return s;
}

} // namespace

Scenario read_scenario(const std::string &path, int pcpus)
{
	Scenario s = Reader(path, pcpus).read();
	auto slash = path.find_last_of('/');
	s.name = path.substr(slash == path.npos ? 0 : slash + 1);
	if (s.name.ends_with(".toml"))
		s.name.resize(s.name.size() - 5);
	return s;
}

} // namespace dyield
