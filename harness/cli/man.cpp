// SPDX-License-Identifier: GPL-2.0
// dyield man: man pages (mdoc), written from the same definitions that the command line is parsed with.
#include "cli/app.hpp"
#include "cli/settings.hpp"
#include "cli/tree.hpp"
#include "report/atomic_file.hpp"
#include "util/error.hpp"
#include <boost/algorithm/string/replace.hpp>
#include <ctime>
#include <filesystem>
#include <fmt/chrono.h>
#include <fmt/ranges.h>
#include <regex>
#include <sstream>

namespace dyield::cli {
namespace {

/// Plain text for roff: no backslash is a command, and no line begins with one.
std::string roff(std::string text)
{
	boost::replace_all(text, "\\", "\\e");
	boost::replace_all(text, "\n.", "\n\\&.");
	boost::replace_all(text, "\n'", "\n\\&'");
	return text.starts_with('.') || text.starts_with('\'') ? "\\&" + text : text;
}

/// Running text for mdoc: each sentence begins a line.
std::string prose(const std::string &text)
{
	static const std::regex end("([.!?]\\)?) +");
	return roff(std::regex_replace(text, end, "$1\n"));
}

/// A footer's text, and its indented lines, which are shown as they are. A line that ends in a colon heads what follows.
struct Footer {
	std::string text, examples;
};

Footer read_footer(const std::string &footer)
{
	Footer out;
	std::istringstream lines(footer);
	std::string heading;
	bool literal = false;
	for (std::string line; std::getline(lines, line);) {
		if (!line.starts_with("  "))
			heading = line;
		if (heading == "Exit status:")
			continue;	// every page has them
		if (heading == "Examples:") {
			out.examples += line == heading ? "" : roff(line.substr(2)) + "\n";
			continue;
		}
		if (line.starts_with("  ") != literal)
			out.text += literal ? ".Ed\n" : ".Bd -literal -offset indent\n";
		literal = line.starts_with("  ");
		out.text += (literal ? roff(line.substr(2)) : prose(line)) + "\n";
	}
	return {out.text + (literal ? ".Ed\n" : ""), out.examples};
}

std::string page_name(const std::vector<std::string> &path) { return fmt::format("{}", fmt::join(path, "-")); }

std::string upper_case(std::string text)
{
	std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
	return text;
}

std::string value_of(const OptionInfo &o)
{
	if (o.choices.empty())
		return o.value;
	return fmt::format("{}", fmt::join(o.choices, "|"));
}

std::string item(const OptionInfo &o)
{
	std::string head;
	for (auto &name : o.names())
		head += fmt::format("{}Fl {}", head.empty() ? "" : " , ", name.substr(1));
	if (!o.positional.empty())
		head = "Ar " + o.positional;
	else if (!o.value.empty())
		head += fmt::format(" Ar {}{}", value_of(o), o.many ? " ..." : "");
	std::string out = fmt::format(".It {}\n{}\n", head, prose(o.description));
	std::vector<std::string> more;
	if (!o.positional.empty() && !o.choices.empty())
		more.push_back("one of " + fmt::format("{}", fmt::join(o.choices, ", ")));
	if (!o.range.empty())
		more.push_back("range " + o.range);
	if (!o.default_value.empty())
		more.push_back("default " + o.default_value);
	if (o.required)
		more.push_back("required");
	return more.empty() ? out : out + fmt::format("({})\n", roff(fmt::format("{}", fmt::join(more, "; "))));
}

std::string item_list(const std::vector<OptionInfo> &options)
{
	std::string out = ".Bl -tag -width indent\n";
	for (auto &o : options)
		out += item(o);
	return out + ".El\n";
}

/// Positionals, then the options by their groups in the order of --help.
std::string options_text(const CommandInfo &c)
{
	std::string out = c.positionals.empty() ? "" : ".Pp\nArguments:\n" + item_list(c.positionals);
	std::vector<std::string> groups;
	for (auto &o : c.options)
		if (std::find(groups.begin(), groups.end(), o.group) == groups.end())
			groups.push_back(o.group);
	for (auto &g : groups) {
		std::vector<OptionInfo> members;
		std::copy_if(c.options.begin(), c.options.end(), std::back_inserter(members), [&](auto &o) { return o.group == g; });
		out += fmt::format(".Pp\n{}:\n{}", roff(g), item_list(members));
	}
	return out;
}

std::string synopsis(const CommandInfo &c)
{
	std::string out = ".Nm " + c.path[0] + "\n";
	for (std::size_t i = 1; i < c.path.size(); i++)
		out += ".Cm " + c.path[i] + "\n";
	out += ".Op Ar options\n";
	for (auto &p : c.positionals)
		out += fmt::format("{}Ar {}\n", p.required ? "." : ".Op ", p.positional);
	return c.commands.empty() ? out : out + ".Ar subcommand\n";
}

/// What is one page's own: text, options, and for a command like lab all of its subcommands'.
std::string description(const CommandInfo &c, bool top)
{
	std::string out = prose(c.description) + "\n" + options_text(c);
	for (auto &sub : c.commands)
		if (!top)
			out += fmt::format(".Ss {}\n{}", fmt::join(sub.path, " "), description(sub, false));
	if (top) {
		out += ".Pp\nSubcommands:\n.Bl -tag -width indent\n";
		for (auto &sub : c.commands)
			out += fmt::format(".It Cm {}\n{}:\n.Xr {} 1\n", sub.path.back(), prose(sub.description), page_name(sub.path));
		out += ".El\n";
	}
	if (auto text = read_footer(c.footer).text; !text.empty())
		out += ".Pp\n" + text;
	return out;
}

std::string examples(const CommandInfo &c)
{
	std::string out = read_footer(c.footer).examples;
	for (auto &sub : c.commands)
		if (c.path.size() > 1)
			out += examples(sub);
	return out;
}

/// The same for all: how options get their values.
constexpr const char *configuration = R"(.Sh CONFIGURATION
An option has its value from the command line; if it is not there from the environment; if it is not there from the config
file; else its default.
.Pp
The config file is TOML.
A key is an option's name without dashes, a table the subcommand that it is for; keys before the first table hold for every
subcommand that has such an option.
Lists are arrays, flags true or false:
.Bd -literal -offset indent
image = "/var/lib/dyield/image"

[bench]
boots = 5
loads = ["ipc"]
full = true

[lab.selftest]
json = true
.Ed
.Pp
What is not an option, or not one of its values, is an error that names file, line and key.
.Sh ENVIRONMENT
.Bl -tag -width indent
.It Ev DYIELD_OPTION
The option
.Fl -option
of the subcommand, in upper case with _ for each dash: DYIELD_PLE_WINDOW for
.Fl -ple-window ;
for a flag true or false.
Empty counts as not set.
.It Ev DYIELD_CONFIG
The config file.
.It Ev DYIELD_CACHE
The folder of the emulated host's root, images and snapshots (~/.cache/kvm-dyield).
.It Ev NO_COLOR
If it is set and not empty, nothing is coloured; neither is what does not go to a terminal.
.El
.Sh FILES
.Bl -tag -width indent
.It Pa ~/.config/dyield.toml
The config file if neither
.Fl -config
nor
.Ev DYIELD_CONFIG
names one.
.El
)";

std::string exit_status()
{
	std::string out = ".Sh EXIT STATUS\n.Bl -tag -width indent\n";
	for (auto &s : exit_statuses())
		out += fmt::format(".It {}\n{}\n", s.code, s.meaning);
	return out + ".El\n";
}

std::string see_also(const CommandInfo &c, const CommandInfo &root)
{
	std::vector<std::string> others;
	for (auto &sub : root.commands)
		if (c.path.size() == 1)
			others.push_back(page_name(sub.path));
	if (c.path.size() > 1)
		others.push_back(root.path[0]);
	std::sort(others.begin(), others.end());
	std::string out = ".Sh SEE ALSO\n";
	for (auto &o : others)
		out += fmt::format(".Xr {} 1{}\n", o, &o == &others.back() ? "" : " ,");
	return out;
}

/// The date of the source if the build says so, as reproducible builds do, else today.
std::string date()
{
	const char *epoch = std::getenv("SOURCE_DATE_EPOCH");
	return fmt::format("{:%B %d, %Y}", fmt::gmtime(epoch ? std::time_t(std::atoll(epoch)) : std::time(nullptr)));
}

std::string page(const CommandInfo &c, const CommandInfo &root)
{
	bool top = c.path.size() == 1;
	std::string name = page_name(c.path);
	auto shown = examples(c);
	return fmt::format(".\\\" Made by dyield man.\n.Dd {}\n.Dt {} 1\n.Os kvm-dyield {}\n.Sh NAME\n.Nm {}\n.Nd {}\n", date(), upper_case(name),
			   DYIELD_VERSION, name, roff(c.description.substr(0, c.description.find_last_not_of('.') + 1)))
	       + ".Sh SYNOPSIS\n" + synopsis(c) + ".Sh DESCRIPTION\n" + description(c, top) + (top ? configuration : "") + exit_status()
	       + (shown.empty() ? "" : ".Sh EXAMPLES\n.Bd -literal -offset indent\n" + shown + ".Ed\n") + see_also(c, root);
}

/// Not from the running program's own tree: the config file and the environment may have changed defaults there.
CommandInfo fresh_tree()
{
	CLI::App app;
	Action none;
	add_everything(app, none);
	return read_tree(app);
}

int man(const std::string &command, const std::string &folder)
{
	CommandInfo root = fresh_tree();
	std::vector<const CommandInfo *> pages{&root};
	for (auto &sub : root.commands)
		pages.push_back(&sub);
	if (!folder.empty()) {
		std::filesystem::create_directories(folder);
		for (auto *c : pages)
			write_atomically(fmt::format("{}/{}.1", folder, page_name(c->path)), page(*c, root));
		return exit_ok;
	}
	for (auto *c : pages)
		if (command.empty() || c->path.back() == command) {
			fmt::print("{}", page(*c, root));
			return exit_ok;
		}
	throw Error(fmt::format("there is no subcommand '{}'", command), exit_usage);
}

} // namespace

void add_man(CLI::App &app, Action &action)
{
	struct Options {
		std::string command, folder;
	};
	auto o = std::make_shared<Options>();
	auto *c = app.add_subcommand("man", "the man page of dyield, or of a subcommand, as mdoc");
	auto *command = c->add_option("command", o->command, "a subcommand");
	c->add_option("--folder", o->folder, "write all pages into this folder")->excludes(command);
	c->footer("Examples:\n  dyield man bench | man -l -\n  dyield man --folder /usr/local/share/man/man1");
	c->callback([o, &action] { action = [o] { return man(o->command, o->folder); }; });
}

} // namespace dyield::cli
