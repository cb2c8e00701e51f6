// SPDX-License-Identifier: GPL-2.0
// What a person expects of any tool: help, man pages, completion, colours, settings, exit codes.
#include "run_dyield.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <regex>
#include <sstream>

using namespace dyield;
using dyield::test::run;
using dyield::test::run_shell;

namespace {

bool has(const std::string &text, const std::string &part) { return text.find(part) != text.npos; }

long lines(const std::string &text) { return std::count(text.begin(), text.end(), '\n'); }

bool installed(const std::string &program) { return run_shell("command -v " + program).code == 0; }

/// "bench", "lab", "lab run"...: every subcommand there is.
std::vector<std::string> subcommands(const std::string &of = "")
{
	std::vector<std::string> all;
	std::istringstream help(run(of + " --help").text);
	bool in = false;
	for (std::string line; std::getline(help, line);)
		if (line == "Subcommands:") {
			in = true;
		} else if (!line.starts_with("  ")) {
			in = false;
		} else if (std::smatch m; in && std::regex_match(line, m, std::regex("  ([a-z-]+)( .*)?"))) {
			all.push_back(of + (of.empty() ? "" : " ") + m.str(1));
			for (auto &below : subcommands(all.back()))
				all.push_back(below);
		}
	return all;
}

/// The jobs of a dry run.
long jobs(const std::string &text)
{
	static const std::regex job(" boot [0-9]+\n");
	return std::distance(std::sregex_iterator(text.begin(), text.end(), job), {});
}

/// A config file, and a dry run of a bench with it: as many jobs as boots.
class Settings : public testing::Test {
protected:
	std::string write(const std::string &text)
	{
		std::ofstream(path_) << text;
		return path_;
	}
	long boots(const std::string &environment, const std::string &options)
	{
		auto o = run_shell(fmt::format("env {} {} --config {} bench --dry-run --loads ipc --overcommit 2x --layouts flat --settings stock {}", environment, DYIELD, path_,
					       options));
		EXPECT_EQ(o.code, 0) << o.text;
		return jobs(o.text);
	}
	std::string refused(const std::string &config)
	{
		write(config);
		auto o = run(fmt::format("--config {} bench --dry-run", path_));
		EXPECT_EQ(o.code, exit_usage) << o.text;
		EXPECT_EQ(lines(o.text), 1) << o.text;
		return o.text;
	}

private:
	TempDir folder_{"dyield-config"};
	std::string path_ = folder_.path() + "/some.toml";
};

} // namespace

TEST(Habits, EverySubcommandHasHelpWithExamples)
{
	auto all = subcommands();
	for (auto name : {"bench", "check", "lab run", "timeline", "man", "completion"})
		EXPECT_NE(std::find(all.begin(), all.end(), name), all.end()) << name;
	all.push_back("");
	for (auto &name : all) {
		auto o = run(name + " --help");
		EXPECT_EQ(o.code, 0) << name;
		EXPECT_TRUE(has(o.text, "Examples:\n  ")) << name << ": " << o.text;
	}
	EXPECT_TRUE(has(run("--help").text, "130"));	// exit statuses
}

TEST(Habits, Version)
{
	auto o = run("--version");
	EXPECT_EQ(o.code, 0);
	EXPECT_TRUE(std::regex_match(o.text, std::regex("dyield [0-9.]+\n"))) << o.text;
}

TEST(Habits, AMistypedWordNamesWhatWasMeant)
{
	EXPECT_TRUE(has(run("bnech").text, "is bench meant?")) << run("bnech").text;
	EXPECT_TRUE(has(run("bench --boot 3").text, "is --boots meant?")) << run("bench --boot 3").text;
	EXPECT_TRUE(has(run("lab selftets").text, "is selftest meant?")) << run("lab selftets").text;
	EXPECT_TRUE(has(run("bench --config x").text, "before the subcommand")) << run("bench --config x").text;
	EXPECT_FALSE(has(run("bench --entirely-else").text, "meant"));
	for (auto a : {"bnech", "bench --boot 3", "", "lab", "bench --boots many", "check extra"}) {
		EXPECT_EQ(run(a).code, exit_usage) << a;
		EXPECT_EQ(lines(run(a).text), 1) << run(a).text;
		EXPECT_TRUE(has(run(a).text, "--help")) << run(a).text;
	}
}

TEST(Habits, ColoursOnATerminalOnly)
{
	if (!installed("script"))
		GTEST_SKIP() << "no script(1)";
	auto on_terminal = [](const std::string &environment) {
		return run_shell(fmt::format("script -qec 'env -u NO_COLOR TERM=xterm {} {} check' /dev/null", environment, DYIELD)).text;
	};
	EXPECT_TRUE(has(on_terminal(""), "\033[32m"));
	EXPECT_TRUE(has(on_terminal("NO_COLOR="), "\033[32m"));	// empty: not set
	EXPECT_FALSE(has(on_terminal("NO_COLOR=1"), "\033["));
	EXPECT_FALSE(has(on_terminal("TERM=dumb"), "\033["));
	EXPECT_FALSE(has(run("check").text, "\033["));
}

TEST_F(Settings, FileThenEnvironmentThenOption)
{
	write("");
	EXPECT_EQ(boots("DYIELD_BOOTS=", "--boots 1"), 1);
	write("[bench]\nboots = 4\n");
	EXPECT_EQ(boots("A=b", ""), 4);
	EXPECT_EQ(boots("DYIELD_BOOTS=3", ""), 3);
	EXPECT_EQ(boots("DYIELD_BOOTS=", ""), 4);
	EXPECT_EQ(boots("DYIELD_BOOTS=3", "--boots 2"), 2);
}

TEST_F(Settings, ANearerTableComesFirst)
{
	write("boots = 2\n[bench]\nboots = 5\n[lab]\njson = true\n");
	EXPECT_EQ(boots("A=b", ""), 5);
	write("boots = 2\n");
	EXPECT_EQ(boots("A=b", ""), 2);
}

TEST_F(Settings, ListsAndFlags)
{
	write("[bench]\nclients = [8, 16]\nboots = 1\n");
	EXPECT_EQ(boots("A=b", ""), 2);
	write("[bench]\nboots = 1\nfull = true\n");	// 8 and 16 clients, at least 5 boots
	EXPECT_EQ(boots("A=b", ""), 10);
	EXPECT_EQ(boots("DYIELD_FULL=false", ""), 1);
	EXPECT_EQ(boots("A=b", "--full=false"), 1);
}

TEST_F(Settings, TheEnvironmentNamesTheFile)
{
	std::string path = write("[bench]\nboots = 6\n");
	auto o = run_shell(fmt::format("env DYIELD_CONFIG={} {} bench --dry-run --loads ipc --overcommit 2x --layouts flat --settings stock", path, DYIELD));
	EXPECT_EQ(jobs(o.text), 6) << o.text;
	EXPECT_TRUE(has(run_shell(fmt::format("env DYIELD_CONFIG={} {} bench --help", path, DYIELD)).text, "=6"));
}

TEST_F(Settings, WhatIsNoSettingNamesFileLineAndKey)
{
	EXPECT_TRUE(has(refused("\n[bench]\nbotos = 3\n"), "some.toml:3: bench.botos: there is no such option; is boots meant?")) << refused("\n[bench]\nbotos = 3\n");
	EXPECT_TRUE(has(refused("[bnech]\nboots = 3\n"), "some.toml:1: bnech"));
	EXPECT_TRUE(has(refused("[lab.selftest]\nboots = 3\n"), "some.toml:2: lab.selftest.boots"));	// whatever subcommand runs
	EXPECT_TRUE(has(refused("[bench]\nlabs = 0\n"), "some.toml:2: labs"));
	EXPECT_TRUE(has(refused("[bench]\nlabs = {}\n"), "some.toml:2"));
	EXPECT_TRUE(has(refused("[bench\n"), "some.toml:1"));
	EXPECT_TRUE(has(refused("help = true\n"), "some.toml:1: help"));
	auto o = run_shell(fmt::format("env DYIELD_LABS=0 {} bench --dry-run", DYIELD));
	EXPECT_EQ(o.code, exit_usage);
	EXPECT_TRUE(has(o.text, "DYIELD_LABS")) << o.text;
}

TEST_F(Settings, AFileThatWasNamedMustBeThere)
{
	auto o = run("--config /nonexistent.toml check");
	EXPECT_EQ(o.code, exit_usage);
	EXPECT_TRUE(has(o.text, "/nonexistent.toml")) << o.text;
	EXPECT_EQ(run_shell(fmt::format("env HOME=/nonexistent XDG_CONFIG_HOME= {} bench --dry-run", DYIELD)).code, 0);
}

TEST(Man, EveryPageIsWithoutFaultAndHasEveryOption)
{
	TempDir folder("dyield-man");
	ASSERT_EQ(run("man --folder " + folder.path()).code, 0);
	std::vector<std::string> pages{"dyield"};
	for (auto &c : subcommands())
		if (!has(c, " "))
			pages.push_back("dyield-" + c);
	for (auto &page : pages) {
		std::string file = folder.path() + "/" + page + ".1", text = read_file(file);
		for (auto section : {"NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"})
			EXPECT_TRUE(has(text, std::string(".Sh ") + section + "\n")) << page << " " << section;
		if (installed("mandoc")) {
			auto lint = run_shell("mandoc -Tlint -Wwarning " + file);
			EXPECT_EQ(lint.code, 0) << lint.text;
		}
	}
	EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), long(pages.size()));
	for (auto &c : subcommands()) {
		std::string page = read_file(folder.path() + "/dyield-" + c.substr(0, c.find(' ')) + ".1"), help = run(c + " --help").text;
		std::regex option("\n  (?:-., ?)?--([a-z0-9-]+)");
		for (auto i = std::sregex_iterator(help.begin(), help.end(), option); i != std::sregex_iterator(); ++i)
			EXPECT_TRUE(has(page, "Fl -" + (*i).str(1))) << c << " --" << (*i).str(1);
	}
	if (!installed("mandoc"))
		GTEST_SKIP() << "mandoc is not installed: not looked for faults";
}

TEST(Man, DoesNotShowTheUsersOwnDefaults)
{
	TempDir folder("dyield-man");
	std::ofstream(folder.path() + "/c.toml") << "labs = 77\n";
	auto o = run(fmt::format("--config {}/c.toml man bench", folder.path()));
	EXPECT_EQ(o.code, 0);
	EXPECT_FALSE(has(o.text, "77"));
	EXPECT_EQ(run("man nothing").code, exit_usage);
}

/// What bash makes of a line, its last word broken off.
std::string in_bash(const std::string &words)
{
	return run_shell(fmt::format("bash --norc -c 'source <({} completion bash); COMP_WORDS=({}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _dyield; echo \"${{COMPREPLY[*]}}\"'",
				     DYIELD, words)).text;
}

TEST(Completion, Bash)
{
	EXPECT_EQ(in_bash("dyield be"), "bench\n");
	EXPECT_EQ(in_bash("dyield lab cal"), "calibrate\n");
	EXPECT_EQ(in_bash("dyield bench --host em"), "emulated\n");
	EXPECT_EQ(in_bash("dyield bench --host = em"), "emulated\n");	// as bash splits --host=em
	EXPECT_EQ(in_bash("dyield --config bench ben"), "bench\n");	// an option's value is no subcommand
	EXPECT_EQ(in_bash("dyield lab run kmod-s"), "kmod-soak\n");
	EXPECT_EQ(in_bash("dyield completion f"), "fish\n");
	EXPECT_TRUE(has(in_bash("dyield bench --resu"), "--resume"));
	EXPECT_EQ(in_bash("dyield check --resu"), "\n");
	EXPECT_EQ(in_bash("dyield timeline --out /proc/sel"), "/proc/self\n");
}

TEST(Completion, Fish)
{
	if (!installed("fish"))
		GTEST_SKIP() << "fish is not installed";
	auto in_fish = [](const std::string &line) {
		return run_shell(fmt::format("fish -N -c '{} completion fish | source; complete -C \"{}\"'", DYIELD, line)).text;
	};
	EXPECT_TRUE(in_fish("dyield be").starts_with("bench\t")) << in_fish("dyield be");
	EXPECT_TRUE(in_fish("dyield lab cal").starts_with("calibrate\t"));
	EXPECT_EQ(in_fish("dyield bench --host em").substr(0, 8), "emulated");
	EXPECT_EQ(in_fish("dyield lab run kmod-s").substr(0, 9), "kmod-soak");
	EXPECT_TRUE(has(in_fish("dyield bench --resu"), "--resume\t"));
	EXPECT_FALSE(has(in_fish("dyield check --resu"), "--resume"));
}

TEST(Completion, Zsh)
{
	if (!installed("zsh"))
		GTEST_SKIP() << "zsh is not installed";
	TempDir folder("dyield-zsh");
	ASSERT_EQ(run_shell(fmt::format("{} completion zsh > {}/_dyield; zsh -n {}/_dyield", DYIELD, folder.path(), folder.path())).text, "");
	// A zsh at a terminal of its own; what it has completed after Tab is on the line.
	std::ofstream(folder.path() + "/test.zsh") << R"(zmodload zsh/zpty
zpty shell "TERM=dumb zsh -f -i"
zpty -w shell "PS1= ; unsetopt zle_bracketed_paste prompt_sp 2>/dev/null; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; bindkey '^I' complete-word; dyield() { print -r -- \"GOT<\$*>\" }; print READY"
zpty -m -r shell out '*READY*READY*'
zpty -w -n shell "dyield $2"$'\t\n'
zpty -m -r shell out '*GOT<*>*' && print -r -- ${${out##*GOT<}%%>*}
)";
	auto in_zsh = [&](const std::string &line) { return run_shell(fmt::format("timeout 60 zsh -f {0}/test.zsh {0} '{1}'", folder.path(), line)).text; };
	EXPECT_EQ(in_zsh("ben"), "bench\n");
	EXPECT_EQ(in_zsh("lab cal"), "lab calibrate\n");
	EXPECT_EQ(in_zsh("bench --host=em"), "bench --host=emulated\n");
	EXPECT_EQ(in_zsh("bench --resu"), "bench --resume\n");
	EXPECT_EQ(in_zsh("completion fi"), "completion fish\n");
}

TEST(TimelineCommand, RefusesWhatItCannotRecord)
{
	EXPECT_EQ(run("timeline --out x.png").code, exit_usage);
	EXPECT_EQ(run("timeline --threads 4194999").code, exit_usage);
}

TEST(TimelineCommand, WritesAPageAndJson)
{
	TempDir folder("dyield-timeline");
	for (auto kind : {"html", "json"}) {
		std::string file = fmt::format("{}/t.{}", folder.path(), kind);
		auto o = run_shell(fmt::format("sh -c 'exec {} timeline --ms 50 --threads $$ --out {}'", DYIELD, file));
		if (o.code == exit_unfit)
			GTEST_SKIP() << o.text;
		EXPECT_EQ(o.code, 0) << o.text;
		EXPECT_TRUE(has(read_file(file), kind == std::string("html") ? "<svg class=\"timeline\"" : "\"stints\"")) << read_file(file);
	}
}
