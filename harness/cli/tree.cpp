// SPDX-License-Identifier: GPL-2.0
#include "cli/tree.hpp"
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <numeric>
#include <regex>

namespace dyield::cli {
namespace {

/// CLI11 tells of validators only in the text "TYPE:{a,b}" or "INT:INT in [0 - 9]".
void read_type(OptionInfo &info, const std::string &type)
{
	info.value = type.substr(0, type.find(':'));
	static const std::regex set(R"(\{([^}]*)\})"), range(R"(\[([^\]]*)\])");
	std::smatch found;
	if (std::regex_search(type, found, set))
		boost::split(info.choices, found.str(1), boost::is_any_of(","));	// a transformer's are "name->number"
	else if (std::regex_search(type, found, range))
		info.range = found.str(1);
	for (auto &c : info.choices)
		c.resize(std::min(c.size(), c.find("->")));
}

OptionInfo read_option(const CLI::Option &option)
{
	OptionInfo info;
	info.shorts = option.get_snames();
	info.longs = option.get_lnames();
	if (option.get_positional())
		info.positional = option.get_name(true);
	info.description = option.get_description();
	info.group = option.get_group();
	if (option.get_type_size() != 0 && option.get_expected_max() != 0)
		read_type(info, option.get_type_name());
	info.default_value = info.value.empty() ? "" : option.get_default_str();
	info.required = option.get_required();
	info.many = option.get_expected_max() > 1;
	return info;
}

CommandInfo read_command(const CLI::App &app, std::vector<std::string> path)
{
	CommandInfo info;
	path.push_back(app.get_name());
	info.path = path;
	info.description = app.get_description();
	info.footer = app.get_footer();
	for (const CLI::Option *o : app.get_options())
		if (!o->get_group().empty())
			(o->nonpositional() ? info.options : info.positionals).push_back(read_option(*o));
	for (const CLI::App *c : app.get_subcommands({}))
		if (!c->get_group().empty())
			info.commands.push_back(read_command(*c, path));
	return info;
}

/// Levenshtein's distance: the least number of letters put in, taken out and changed.
std::size_t edits(const std::string &a, const std::string &b)
{
	std::vector<std::size_t> row(b.size() + 1);
	std::iota(row.begin(), row.end(), std::size_t(0));
	for (std::size_t i = 1; i <= a.size(); i++) {
		std::size_t diagonal = row[0];
		row[0] = i;
		for (std::size_t j = 1; j <= b.size(); j++) {
			std::size_t changed = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
		}
	}
	return row[b.size()];
}

} // namespace

std::vector<std::string> OptionInfo::names() const
{
	std::vector<std::string> all;
	for (auto &s : shorts)
		all.push_back("-" + s);
	for (auto &l : longs)
		all.push_back("--" + l);
	return all;
}

CommandInfo read_tree(const CLI::App &app) { return read_command(app, {}); }

std::string long_name(const CLI::Option &option)
{
	return option.get_lnames().empty() ? "" : option.get_lnames().front();
}

std::string nearest(const std::string &word, const std::vector<std::string> &names)
{
	std::string best;
	std::size_t least = (word.size() < 4 ? 1 : std::max<std::size_t>(2, word.size() / 4)) + 1;
	for (auto &name : names)
		if (std::size_t n = edits(word, name); n < least) {
			least = n;
			best = name;
		}
	return best;
}

} // namespace dyield::cli
