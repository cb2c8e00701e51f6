// SPDX-License-Identifier: GPL-2.0
#include "cli/settings.hpp"
#include "cli/tree.hpp"
#include "util/error.hpp"
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/ranges.h>
#include <toml++/toml.h>

namespace dyield::cli {
namespace {

using Apps = std::vector<CLI::App *>;

std::string environment(const std::string &name)
{
	const char *value = std::getenv(name.c_str());
	return value ? value : "";
}

/// Help, version and the like are no settings.
bool is_setting(const CLI::App &app, const CLI::Option &o)
{
	return !long_name(o).empty() && o.get_configurable() && &o != app.get_help_ptr() && &o != app.get_version_ptr();
}

CLI::Option *find_option(CLI::App &app, const std::string &key)
{
	auto found = app.get_options([&](CLI::Option *o) { return is_setting(app, *o) && long_name(*o) == key; });
	return found.empty() ? nullptr : found.front();
}

CLI::App *find_command(CLI::App &app, std::string_view name)
{
	auto found = app.get_subcommands([&](CLI::App *c) { return c->get_name() == name; });
	return found.empty() ? nullptr : found.front();
}

/// The names of all settings of a command and of what is below it: a key at the top of a table holds for them all.
std::vector<std::string> settings_below(CLI::App &app)
{
	std::vector<std::string> names;
	for (CLI::Option *o : app.get_options())
		if (is_setting(app, *o))
			names.push_back(long_name(*o));
	for (CLI::App *c : app.get_subcommands([](CLI::App *) { return true; }))
		for (auto &name : settings_below(*c))
			names.push_back(name);
	return names;
}

/// `where` is the variable, or file, line and key.
[[noreturn]] void refuse(const std::string &where, const std::string &why) { throw Error(fmt::format("{}: {}", where, why), exit_usage); }

void set_default(CLI::Option &option, std::string value, const std::string &where)
{
	try {
		if (option.get_expected_min() == 0)	// a flag; one that takes something away has it the other way round
			value = option.get_flag_value(long_name(option), value);
		option.run_callback_for_default()->default_val(value);
		option.required(false);
	} catch (const CLI::Error &e) {
		refuse(where, e.what());
	}
}

class ConfigFile {
public:
	ConfigFile(std::string path, CLI::App &root) : path_(std::move(path))
	{
		try {
			table_ = toml::parse_file(path_);
		} catch (const toml::parse_error &e) {
			refuse(where(e.source()), std::string(e.description()));
		}
		check(table_, root, "");
	}

	/// What the file says for the last of `chain`, a command and all it is below.
	void apply(const Apps &chain) const
	{
		const toml::table *table = &table_;
		for (std::size_t i = 0; table; table = ++i < chain.size() ? (*table)[chain[i]->get_name()].as_table() : nullptr)
			for (auto &&[key, value] : *table)
				if (CLI::Option *option = find_option(*chain.back(), std::string(key.str())); option && !value.is_table())
					set_default(*option, text_of(value, *option), where(value.source(), std::string(key.str())));
	}

private:
	std::string where(const toml::source_region &source, const std::string &key = "") const
	{
		return fmt::format("{}:{}{}{}", path_, source.begin.line, key.empty() ? "" : ": ", key);
	}

	void check(const toml::table &table, CLI::App &app, const std::string &prefix) const
	{
		auto names = settings_below(app);
		for (auto &&[k, value] : table) {
			std::string key(k.str());
			CLI::App *command = find_command(app, key);
			if (value.is_table() && command) {
				check(*value.as_table(), *command, prefix + key + ".");
			} else if (value.is_table()) {
				refuse(where(value.source(), prefix + key), "there is no such subcommand");
			} else if (std::find(names.begin(), names.end(), key) == names.end()) {
				auto near = nearest(key, names);
				refuse(where(value.source(), prefix + key), near.empty() ? "there is no such option" : fmt::format("there is no such option; is {} meant?", near));
			}
		}
	}

	std::string text_of(const toml::node &node, const CLI::Option &option) const
	{
		if (auto s = node.value<std::string>())
			return *s;
		if (auto b = node.as_boolean())
			return **b ? "true" : "false";
		if (auto i = node.as_integer())
			return std::to_string(**i);
		if (auto f = node.as_floating_point())
			return fmt::format("{}", **f);
		std::vector<std::string> parts;
		if (auto *array = node.as_array(); array && option.get_delimiter())
			for (auto &&part : *array)
				parts.push_back(text_of(part, option));
		else
			refuse(where(node.source(), long_name(option)), "a string, a number or true or false is wanted");
		return fmt::format("{}", fmt::join(parts, std::string(1, option.get_delimiter())));
	}

	std::string path_;
	toml::table table_;
};

void apply_environment(CLI::App &app)
{
	for (CLI::Option *o : app.get_options())
		if (is_setting(app, *o))
			if (std::string name = variable_of(long_name(*o)), value = environment(name); !value.empty())
				set_default(*o, value, name);
}

/// The config file, read when a subcommand is known and so --config is parsed, if not yet acted upon; null if there is none.
std::shared_ptr<ConfigFile> read_config(CLI::App &root)
{
	auto *option = root.get_option("--config");
	std::string named = option->count() ? option->results().back() : "";
	std::string path = named.empty() ? default_config() : named;
	if (std::filesystem::exists(path))
		return std::make_shared<ConfigFile>(path, root);
	if (!named.empty() || !environment("DYIELD_CONFIG").empty())
		throw Error(fmt::format("there is no config file {}", path), exit_usage);
	return nullptr;
}

void take_below(CLI::App &app, const Apps &above)
{
	Apps chain = above;
	chain.push_back(&app);
	if (chain.size() > 1)
		app.preparse_callback([chain](std::size_t) {
			if (auto file = read_config(*chain.front()))
				file->apply(chain);
			apply_environment(*chain.back());
		});
	for (CLI::App *c : app.get_subcommands([](CLI::App *) { return true; }))
		take_below(*c, chain);
}

} // namespace

std::string variable_of(const std::string &long_name)
{
	std::string name = "DYIELD_" + long_name;
	std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return c == '-' ? '_' : std::toupper(c); });
	return name;
}

std::string default_config()
{
	if (auto file = environment("DYIELD_CONFIG"); !file.empty())
		return file;
	auto folder = environment("XDG_CONFIG_HOME");
	return (folder.empty() ? environment("HOME") + "/.config" : folder) + "/dyield.toml";
}

void take_settings(CLI::App &app)
{
	app.add_option("--config", "a file with options (TOML), before the subcommand; without it $DYIELD_CONFIG or ~/.config/dyield.toml")->configurable(false)->type_name("FILE");
	take_below(app, {});
}

} // namespace dyield::cli
