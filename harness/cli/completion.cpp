// SPDX-License-Identifier: GPL-2.0
// dyield completion: what a shell needs to complete dyield's command line, written from what it is parsed with.
#include "cli/app.hpp"
#include "cli/tree.hpp"
#include "util/error.hpp"
#include <boost/algorithm/string/replace.hpp>
#include <fmt/ranges.h>

namespace dyield::cli {
namespace {

std::vector<std::string> names_of(const std::vector<CommandInfo> &commands)
{
	std::vector<std::string> names;
	for (auto &c : commands)
		names.push_back(c.path.back());
	return names;
}

/// Calls `f` with a command and then with all below it.
template <typename F>
void for_each(const CommandInfo &c, const F &f)
{
	f(c);
	for (auto &sub : c.commands)
		for_each(sub, f);
}

/// For between single quotes, in any of the three shells.
std::string quoted(std::string text, const char *quote)
{
	boost::replace_all(text, "'", quote);
	return "'" + text + "'";
}

// --- bash: one function; the path of subcommands typed so far chooses the words.

std::string bash_case(const CommandInfo &c)
{
	std::string path = fmt::format("{}", fmt::join(c.path, " "));
	std::vector<std::string> words = names_of(c.commands);
	std::string out;
	for (auto &o : c.options) {
		auto names = o.names();
		words.insert(words.end(), names.begin(), names.end());
		if (!o.value.empty())
			out += fmt::format("\t{}) {};;\n", fmt::format("'{} {}'", path, fmt::join(names, fmt::format("'|'{} ", path))),
					   o.choices.empty() ? "files=1" : fmt::format("words='{}'", fmt::join(o.choices, " ")));
	}
	for (auto &p : c.positionals)
		words.insert(words.end(), p.choices.begin(), p.choices.end());
	return out + fmt::format("\t'{} '*) words='{}'{};;\n", path, fmt::join(words, " "),
				 !c.positionals.empty() && c.positionals[0].choices.empty() ? " files=1" : "");
}

std::string bash(const CommandInfo &root)
{
	std::string cases, steps, values;
	for_each(root, [&](auto &c) {
		cases = bash_case(c) + cases;	// the longest path first
		std::string path = fmt::format("{}", fmt::join(c.path, " "));
		for (auto &name : names_of(c.commands))
			steps += fmt::format("\t\t'{0} {1}') path='{0} {1}';;\n", path, name);
		for (auto &o : c.options)
			for (auto &name : o.names())
				if (!o.value.empty())
					values += fmt::format("{}'{} {}'", values.empty() ? "" : "|", path, name);
	});
	return fmt::format(R"(# bash completion for dyield, made by `dyield completion bash`
_dyield()
{{
	local path=dyield words= files= i cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
	# bash splits --option=value in three.
	if [ "$cur" = = ]; then cur=; elif [ "$prev" = = ]; then prev=${{COMP_WORDS[COMP_CWORD-2]}}; fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case "$path ${{COMP_WORDS[i]}}" in
{}		{}) i=$((i + 1));;
		esac
	done
	[[ $prev == -* ]] || prev=
	case "$path $prev" in
{}	esac
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
	if [ -n "$files" ] && [[ $cur != -* ]]; then COMPREPLY+=($(compgen -f -- "$cur")); fi
}}
complete -o filenames -F _dyield dyield
)",
			   steps, values, cases);
}

// --- zsh: one function a command, each with _arguments.

/// What _arguments takes for a word in brackets or between colons.
std::string zsh_text(std::string text)
{
	for (auto c : {"\\", "[", "]", ":"})
		boost::replace_all(text, c, std::string("\\") + c);
	return text;
}

std::string zsh_values(const OptionInfo &o)
{
	return o.choices.empty() ? "_files" : fmt::format("({})", fmt::join(o.choices, " "));
}

std::string zsh_function(const CommandInfo &c)
{
	std::string specs, subcommands, steps, function = fmt::format("_{}", fmt::join(c.path, "_"));
	for (auto &o : c.options)
		for (auto &name : o.names())
			specs += fmt::format(" \\\n\t\t{}", quoted(fmt::format("{}[{}]{}", o.value.empty() ? name : name + "=", zsh_text(o.description),
									      o.value.empty() ? "" : fmt::format(":{}:{}", zsh_text(o.value), zsh_values(o))), "'\\''"));
	if (c.commands.empty()) {
		for (auto &p : c.positionals)
			specs += fmt::format(" \\\n\t\t{}", quoted(fmt::format(":{}:{}", zsh_text(p.positional), zsh_values(p)), "'\\''"));
		return fmt::format("{}() {{\n\t_arguments{}\n}}\n", function, specs);
	}
	for (auto &sub : c.commands) {
		subcommands += fmt::format("\t\t{}\n", quoted(sub.path.back() + ":" + zsh_text(sub.description), "'\\''"));
		steps += fmt::format("\t\t{}) _{};;\n", sub.path.back(), fmt::join(sub.path, "_"));
	}
	return fmt::format(R"({}() {{
	local line state
	local -a commands=(
{}	)
	_arguments -C{} \
		'1: :->command' '*:: :->arguments'
	case $state in
	command) _describe subcommand commands;;
	arguments)
		case $line[1] in
{}		esac;;
	esac
}}
)",
			   function, subcommands, specs, steps);
}

std::string zsh(const CommandInfo &root)
{
	std::string functions;
	for_each(root, [&](auto &c) { functions += zsh_function(c); });
	return "#compdef dyield\n# zsh completion for dyield, made by `dyield completion zsh`\n" + functions
	       + "if [ \"$funcstack[1]\" = _dyield ]; then _dyield \"$@\"; else compdef _dyield dyield; fi\n";
}

// --- fish: one line an option, with the condition that it is for.

std::string fish_condition(const CommandInfo &c)
{
	if (c.path.size() == 1)
		return "__fish_use_subcommand";
	std::vector<std::string> seen;
	for (std::size_t i = 1; i < c.path.size(); i++)
		seen.push_back("__fish_seen_subcommand_from " + c.path[i]);
	if (!c.commands.empty())
		seen.push_back(fmt::format("not __fish_seen_subcommand_from {}", fmt::join(names_of(c.commands), " ")));
	return fmt::format("{}", fmt::join(seen, "; and "));
}

std::string fish(const CommandInfo &root)
{
	std::string out = "# fish completion for dyield, made by `dyield completion fish`\ncomplete -c dyield -f\n";
	for_each(root, [&](auto &c) {
		auto line = "complete -c dyield -n " + quoted(fish_condition(c), "\\'");
		for (auto &sub : c.commands)
			out += fmt::format("{} -a {} -d {}\n", line, sub.path.back(), quoted(sub.description, "\\'"));
		for (auto &p : c.positionals)
			out += p.choices.empty() ? line + " -F\n" : fmt::format("{} -a '{}'\n", line, fmt::join(p.choices, " "));
		for (auto &o : c.options) {
			out += line;
			for (auto &s : o.shorts)
				out += " -s " + s;
			for (auto &l : o.longs)
				out += " -l " + l;
			if (!o.value.empty())
				out += o.choices.empty() ? " -r -F" : fmt::format(" -x -a '{}'", fmt::join(o.choices, " "));
			out += " -d " + quoted(o.description, "\\'") + "\n";
		}
	});
	return out;
}

} // namespace

void add_completion(CLI::App &app, Action &action)
{
	auto shell = std::make_shared<std::string>();
	auto *c = app.add_subcommand("completion", "what a shell needs to complete dyield's command line");
	c->add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
	c->footer("Examples:\n  source <(dyield completion bash)\n  dyield completion fish > ~/.config/fish/completions/dyield.fish");
	c->callback([shell, &app, &action] {
		action = [shell, &app] {
			auto tree = read_tree(app);
			fmt::print("{}", *shell == "bash" ? bash(tree) : *shell == "zsh" ? zsh(tree) : fish(tree));
			return exit_ok;
		};
	});
}

} // namespace dyield::cli
