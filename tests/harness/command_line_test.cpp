// SPDX-License-Identifier: GPL-2.0
// dyield as a user meets it: bad input gives one clear line, the right exit code, and leaves nothing behind.
#include "bench/plan.hpp"
#include "report/results.hpp"
#include "run_dyield.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <regex>

using namespace dyield;
using dyield::test::run;
using dyield::test::run_shell;

namespace {

long lines(const std::string &text) { return std::count(text.begin(), text.end(), '\n'); }

/// The lines of a dry run that are jobs.
long jobs(const std::string &text)
{
	static const std::regex job("(^|\n)[^ \n]+ boot [0-9]+(?=\n)");
	return std::distance(std::sregex_iterator(text.begin(), text.end(), job), {});
}

TEST(CommandLine, UnknownSettingNamesTheValidOnes)
{
	auto o = run("bench --dry-run --settings stock,fastest");
	EXPECT_EQ(o.code, exit_usage);
	EXPECT_NE(o.text.find("'fastest'"), std::string::npos) << o.text;
	EXPECT_NE(o.text.find("directed"), std::string::npos) << o.text;
	EXPECT_EQ(lines(o.text), 1) << o.text;
}

TEST(CommandLine, UnknownLoadLayoutAndOvercommitAreRefused)
{
	for (auto a : {"--guests qemu", "--loads ftp", "--layouts round", "--overcommit 9x", "--clients 7", "--boots 0"}) {
		auto o = run(std::string("bench --dry-run ") + a);
		EXPECT_EQ(o.code, exit_usage) << a;
		EXPECT_EQ(lines(o.text), 1) << o.text;
	}
}

TEST(CommandLine, PolicyAndStatWantTheModule)
{
	for (auto a : {"policy", "policy directed", "policy --json", "stat -n 1", "stat --vm 1-2 --json"}) {
		auto o = run(a);
		EXPECT_EQ(o.code, exit_unfit) << a;
		EXPECT_NE(o.text.find("insmod"), std::string::npos) << o.text;
		EXPECT_EQ(lines(o.text), 1) << o.text;
	}
	EXPECT_EQ(run("stat -I 0").code, exit_usage);
	EXPECT_EQ(run("policy --sleep-ns -5").code, exit_usage);
}

TEST(CommandLine, NoSubcommandAndUnknownOptionAreUsageErrors)
{
	EXPECT_EQ(run("").code, exit_usage);
	EXPECT_EQ(run("bench --fast").code, exit_usage);
	EXPECT_EQ(run("--help").code, exit_ok);
}

TEST(CommandLine, ADilationThatTheModuleDoesNotTakeIsRefusedBeforeAnythingIsMeasured)
{
	auto o = run("bench --host emulated --dry-run --lab-dilation 21");
	EXPECT_EQ(o.code, exit_usage);
	EXPECT_NE(o.text.find("at most 20"), std::string::npos) << o.text;
	EXPECT_EQ(run("bench --host emulated --dry-run --lab-dilation 20").code, exit_ok);
	EXPECT_EQ(run("bench --host emulated --dry-run --lab-dilation 21 --settings no-ple,stock").code, exit_ok);
}

TEST(CommandLine, StopRulesAreChecked)
{
	for (auto a : {"--until 3", "--until p=3%", "--until ci=0%", "--budget 30", "--budget soon", "--budget 30x"})
		EXPECT_EQ(run(std::string("bench --dry-run ") + a).code, exit_usage) << a;
	auto o = run("bench --host emulated --dry-run --boots 4 --until ci=3% --budget 30m --most-boots 10");
	EXPECT_EQ(o.code, exit_ok);
	EXPECT_NE(o.text.find("dyield: 4 to 10 boots of each cell, until half of its interval is 3 % of its median, or the next block would end after 30 min: about "), std::string::npos) << o.text;
	EXPECT_EQ(run("bench --dry-run").text.find("boots of each cell"), std::string::npos);
}

TEST(CommandLine, DryRunPrintsEveryJobOnce)
{
	auto o = run("bench --dry-run --boots 3 --loads ipc --overcommit 2x --layouts flat --settings no-ple,stock,directed");
	EXPECT_EQ(o.code, exit_ok);
	EXPECT_EQ(jobs(o.text), 9) << o.text;
	EXPECT_NE(o.text.find("rik/ipc/8/2x/flat/no-ple boot 2"), std::string::npos) << o.text;
}

TEST(CommandLine, DryRunTellsGuestsAndTime)
{
	auto o = run("bench --host emulated --labs 2 --dry-run --boots 3 --loads ipc --overcommit 1.5x --layouts vcpu-cgroups --settings stock,directed");
	EXPECT_EQ(o.code, exit_ok);
	EXPECT_NE(o.text.find("ipc/8 1.5x: load ipc {\"clients\":8} (4 vCPUs, 256 MiB); neighbour spin {\"loops\":2} (4 vCPUs, 256 MiB)\n"), std::string::npos) << o.text;
	EXPECT_NE(o.text.find("dyield: 2 cells, 6 measurements in 3 boots: about "), std::string::npos) << o.text;
	EXPECT_NE(o.text.find(" in the emulated host, 2 side by side\n"), std::string::npos) << o.text;
	auto real = run("bench --host local --pcpus 0,1 --dry-run --boots 1 --loads ipc --overcommit 1.5x --settings stock --layouts vm-cgroup");
	EXPECT_EQ(real.code, exit_ok);
	EXPECT_NE(real.text.find("load ipc {\"clients\":8} (2 vCPUs, 256 MiB); neighbour spin {\"loops\":1} (2 vCPUs"), std::string::npos) << real.text;
	EXPECT_NE(real.text.find("1 measurements, a boot of the guests for each: about "), std::string::npos) << real.text;
}

TEST(CommandLine, AScenariosFileIsMeasuredOrRefusedWithItsLine)
{
	TempDir d("dyield-test");
	std::string file = d.path() + "/mine.toml";
	std::ofstream(file) << "settings = [\"stock\"]\nlayouts = [\"flat\"]\n[[guest]]\nname = \"one\"\nload = \"ipc\"\n";
	auto o = run("bench --dry-run --boots 1 --scenario " + file);
	EXPECT_EQ(o.code, exit_ok);
	EXPECT_NE(o.text.find("mine/1x/flat/stock boot 0\n"), std::string::npos) << o.text;
	std::ofstream(file, std::ios::app) << "memory = 512\n";
	o = run("bench --dry-run --scenario " + file);
	EXPECT_EQ(o.code, exit_usage);
	EXPECT_NE(o.text.find(file + ":6: guest.memory: unknown key"), std::string::npos) << o.text;
	EXPECT_EQ(lines(o.text), 1) << o.text;
	o = run("bench --dry-run --scenario nothing");
	EXPECT_EQ(o.code, exit_usage);
	EXPECT_NE(o.text.find("rik, sensitivity, srivatsa-a"), std::string::npos) << o.text;
	o = run("bench --dry-run --scenario " + d.path() + "/none.toml");
	EXPECT_EQ(o.code, exit_usage);
	EXPECT_EQ(lines(o.text), 1) << o.text;
}

TEST(CommandLine, MissingImageSaysHowToBuildIt)
{
	TempDir out("dyield-test");
	auto o = run("bench --host emulated --image /nonexistent --out " + out.path());
	EXPECT_EQ(o.code, exit_unfit);
	EXPECT_NE(o.text.find("make lab"), std::string::npos) << o.text;
}

TEST(CommandLine, LocalHostWithoutPauseExitsIsUnfit)
{
	if (run("check --pause-exits").code == exit_ok)
		GTEST_SKIP() << "this host has PAUSE exits";
	auto o = run("bench --host local");
	EXPECT_EQ(o.code, exit_unfit);
	EXPECT_NE(o.text.find("cannot measure"), std::string::npos) << o.text;
}

TEST(CommandLine, AnotherMachineIsReachedOverSsh)
{
	TempDir d("dyield-test");
	std::string there = d.path() + "/ssh", bench = "env PATH=" + d.path() + ":$PATH " + DYIELD + " bench --connect qemu+ssh://root@box/system --out " + d.path() +
							     " --loads ipc --overcommit 2x --settings stock ";
	std::ofstream(there) << "#!/bin/sh\nwhile [ \"$1\" != root@box ]; do shift; done\nshift\nPATH=" << std::filesystem::path(DYIELD).parent_path().string()
			     << ":$PATH exec sh -c \"$*\"\n";
	std::filesystem::permissions(there, std::filesystem::perms::owner_all);
	auto o = run_shell(bench + "--layouts vcpu-cgroups --guest-kernel /k --guest-initrd /i");
	EXPECT_NE(o.text.find("measuring on root@box over ssh"), std::string::npos) << o.text;
	if (run("check --pause-exits").code == exit_ok)
		GTEST_SKIP() << "this host has PAUSE exits";
	EXPECT_EQ(o.code, exit_unfit) << o.text;
	EXPECT_NE(o.text.find("dyield: root@box: "), std::string::npos) << o.text;
	for (auto wrong : {"--layouts vcpu-cgroups", "--layouts flat --guest-kernel /k --guest-initrd /i"})
		EXPECT_EQ(run_shell(bench + wrong).code, exit_usage) << wrong;
}

TEST(CommandLine, UnwritableResultsFolderIsOneLine)
{
	auto o = run("bench --host emulated --image /nonexistent --out /proc/nothing");
	EXPECT_EQ(o.code, exit_failed);
	EXPECT_NE(o.text.find("/proc/nothing"), std::string::npos) << o.text;
}

TEST(CommandLine, ReportOfABrokenFileIsOneLine)
{
	TempDir d("dyield-test");
	{
		FILE *f = fopen((d.path() + "/x.json").c_str(), "w");
		fputs("{", f);
		fclose(f);
	}
	auto o = run("report " + d.path() + "/x.json");
	EXPECT_EQ(o.code, exit_failed);
	EXPECT_EQ(lines(o.text), 1) << o.text;
}

/// Writes results with one cell, a boot a rate.
std::string results_of(const TempDir &folder, const std::string &name, const std::vector<std::int64_t> &rates, const std::string &kernel = "6.12")
{
	std::vector<Run> runs;
	for (auto rate : rates) {
		Run &r = runs.emplace_back();
		r.cell = rik_cell("ipc", 8, 4, Layout::flat, Setting::stock);
		r.boot = int(runs.size());
		r.context = {{"kernel", kernel}};
		r.interval_ns = 1'000'000'000;
		r.ple_exits = 100;
		r.guests.resize(r.cell.guests.size());
		r.guests.at(0).windows = {{1'000'000'000, rate}};
	}
	std::string path = folder.path() + "/" + name;
	write_results(path, results_json(summarize(runs), ""));
	return path;
}

TEST(CommandLine, ReportHasFiveForms)
{
	TempDir d("dyield-test");
	auto file = results_of(d, "a.json", {1000, 1010});
	std::pair<const char *, const char *> forms[] = {
		{"table", "messages/s"}, {"markdown", "| messages/s |"}, {"csv", "scenario,series,overcommit"}, {"html", "<!DOCTYPE html>"},
		{"svg", "<svg xmlns="}};
	for (auto [form, part] : forms) {
		auto shown = run("report " + file + " --format " + form);
		EXPECT_EQ(shown.code, exit_ok) << shown.text;
		EXPECT_NE(shown.text.find(part), std::string::npos) << form << ": " << shown.text;
		EXPECT_EQ(run("report " + file + " --format " + form + " -o " + d.path() + "/out").text, "");
		EXPECT_EQ(read_file(d.path() + "/out"), shown.text) << form;
	}
	EXPECT_EQ(run("report " + file + " --format pdf").code, exit_usage);
	EXPECT_EQ(run("report " + file + " -o /proc/nothing").code, exit_failed);
}

TEST(CommandLine, ReportShowsSeveralFilesSideBySide)
{
	TempDir d("dyield-test");
	auto a = results_of(d, "a.json", {1000, 1010}), b = results_of(d, "b.json", {2000, 2010}, "7.2");
	auto shown = run("report " + a + " " + b);
	EXPECT_EQ(shown.code, exit_ok) << shown.text;
	for (auto part : {"kernel: 6.12 in", "1005 [1000–1010]", "2005 [2000–2010]"})
		EXPECT_NE(shown.text.find(part), std::string::npos) << part << ": " << shown.text;
	auto named = run("report " + a + " " + b + " --names old,new --format markdown");
	EXPECT_NE(named.text.find("| over | messages/s | old | new |"), std::string::npos) << named.text;
	EXPECT_EQ(run("report " + a + " " + b + " --format html").text.rfind("</html>\n"), run("report " + a + " " + b + " --format html").text.size() - 8);
	EXPECT_NE(run("report " + a + " " + b + " --names x,y --format csv").text.find("\ny,rik,"), std::string::npos);
	for (auto wrong : {" --names old", " --names same,same", " --format svg"}) {
		auto o = run("report " + a + " " + b + wrong);
		EXPECT_EQ(o.code, exit_usage) << wrong;
		EXPECT_EQ(lines(o.text), 1) << o.text;
	}
}

TEST(CommandLine, JudgeExitsWithOneWhereABarIsMissed)
{
	TempDir d("dyield-test");
	auto file = results_of(d, "a.json", {1000, 1010});
	auto missed = run("judge " + file);
	EXPECT_EQ(missed.code, exit_failed) << missed.text;
	EXPECT_NE(missed.text.find("missed (not measured)"), std::string::npos) << missed.text;
	auto json = nlohmann::json::parse(run("judge --json --policy stock " + file).text, nullptr, false);
	ASSERT_FALSE(json.is_discarded());
	EXPECT_EQ(json.at("standings").at(0).at("setting"), "stock");
	EXPECT_EQ(json.at("bars").at(0).at("figure"), 2) << "boots of a cell";
	EXPECT_EQ(json.at("met"), false);
	auto twice = run("judge " + file + " " + file);
	EXPECT_EQ(twice.code, exit_usage);
	EXPECT_EQ(lines(twice.text), 1) << twice.text;
	EXPECT_EQ(run("judge /etc/passwd").code, exit_usage);
}

TEST(Compare, ExitsWithOneOnARegressionOnly)
{
	TempDir d("dyield-test");
	auto good = results_of(d, "good.json", {1000, 1010, 1020, 1030}), bad = results_of(d, "bad.json", {800, 810, 820, 830});
	auto worse = run("compare " + good + " " + bad);
	EXPECT_EQ(worse.code, exit_failed) << worse.text;
	EXPECT_NE(worse.text.find("1 worse"), std::string::npos) << worse.text;
	EXPECT_EQ(worse.text.find('\x1b'), std::string::npos) << "no colours into a pipe";
	EXPECT_EQ(run("compare " + bad + " " + good).code, exit_ok);
	EXPECT_EQ(run("compare " + good + " " + good).code, exit_ok);
	EXPECT_EQ(run("compare " + good + " " + bad + " --threshold 25%").code, exit_ok);
	EXPECT_EQ(run("compare " + good + " " + bad + " --alpha 1%").code, exit_ok);
	auto few = run("compare " + results_of(d, "a.json", {1000, 1010}) + " " + results_of(d, "b.json", {8, 9}));
	EXPECT_EQ(few.code, exit_ok);
	EXPECT_NE(few.text.find("too few boots to tell"), std::string::npos) << few.text;
	auto json = nlohmann::json::parse(run("compare --json " + good + " " + bad).text, nullptr, false);
	EXPECT_EQ(json.value("worse", 0), 1) << json;
}

TEST(Compare, GoogleBenchmarksCompareTellsBootsApart)
{
	const std::string compare = "/usr/share/benchmark/compare.py";
	if (!std::filesystem::exists(compare))
		GTEST_SKIP() << "no " << compare;
	TempDir d("dyield-test");
	auto good = results_of(d, "good.json", {1000, 1010, 1020, 1030, 1040, 1050, 1060, 1070, 1080, 1090});
	auto bad = results_of(d, "bad.json", {800, 810, 820, 830, 840, 850, 860, 870, 880, 890});
	auto o = run_shell("/usr/bin/python3 " + compare + " --no-color benchmarks " + good + " " + bad);
	EXPECT_EQ(o.code, 0) << o.text;
	EXPECT_NE(o.text.find("rik/ipc/8/2x/flat/stock_pvalue"), std::string::npos) << o.text;
	EXPECT_NE(o.text.find("U Test, Repetitions: 10 vs 10"), std::string::npos) << o.text;
	EXPECT_NE(o.text.find("rik/ipc/8/2x/flat/stock_median"), std::string::npos) << o.text;
}

TEST(Compare, RefusesResultsOfAnotherHostUnlessForced)
{
	TempDir d("dyield-test");
	auto files = results_of(d, "a.json", {1000, 1010, 1020, 1030}) + " " + results_of(d, "b.json", {800, 810, 820, 830}, "7.2");
	auto refused = run("compare " + files);
	EXPECT_EQ(refused.code, exit_usage);
	EXPECT_NE(refused.text.find("kernel: 6.12 in A, 7.2 in B"), std::string::npos) << refused.text;
	EXPECT_EQ(lines(refused.text), 1) << refused.text;
	auto forced = run("compare --force " + files);
	EXPECT_EQ(forced.code, exit_failed);
	EXPECT_NE(forced.text.find("warning"), std::string::npos) << forced.text;
}

TEST(Compare, WhatCannotBeComparedIsABadArgument)
{
	TempDir d("dyield-test");
	auto good = results_of(d, "good.json", {1000}), broken = d.path() + "/broken.json";
	write_results(broken, {{"benchmarks", 1}});
	for (auto arguments : {good + " " + broken, good + " --baseline coboost"}) {
		auto o = run("compare " + arguments);
		EXPECT_EQ(o.code, exit_usage) << o.text;
		EXPECT_EQ(lines(o.text), 1) << o.text;
	}
	for (auto arguments : {good, good + " /nowhere.json", good + " " + good + " --threshold 5", good + " " + good + " --alpha x",
			       good + " " + good + " --baseline stock"})
		EXPECT_EQ(run("compare " + arguments).code, exit_usage) << arguments;
}

TEST(CommandLine, CheckListsFindingsAsJson)
{
	auto o = run("check --json");
	auto j = nlohmann::json::parse(o.text, nullptr, false);
	ASSERT_TRUE(j.is_array()) << o.text;
	bool all = std::all_of(j.begin(), j.end(), [](auto &f) { return f.at("ok").template get<bool>(); });
	EXPECT_EQ(o.code, all ? exit_ok : exit_unfit);
}

TEST(Plan, EveryBlockHoldsEveryCellOnceInAnotherOrder)
{
	PlanOptions p;
	p.boots = 4;
	auto jobs = make_plan(p);
	ASSERT_EQ(jobs.size(), 4u * 24);
	std::vector<std::string> order[4];
	for (std::size_t i = 0; i < jobs.size(); i++) {
		EXPECT_EQ(jobs[i].boot, int(i / 24));
		order[i / 24].push_back(jobs[i].cell.name());
	}
	EXPECT_NE(order[0], order[1]);
	for (auto &o : order) {
		std::sort(o.begin(), o.end());
		EXPECT_EQ(o, order[0]);
		EXPECT_EQ(std::unique(o.begin(), o.end()), o.end());
	}
}

TEST(Plan, PapersHoldEveryPolicyWithBothLockKinds)
{
	auto o = run("bench --papers --boots 1 --dry-run");
	EXPECT_EQ(o.code, 0) << o.text;
	EXPECT_EQ(jobs(o.text), 2 * 3 * 2 * 2 * (2 + (long(all_policies().size()) - 1)));	// less stock through the module
	for (auto &p : all_policies())
		for (auto place : {"rik/amqp/8/1.5x/vcpu-cgroups/", "rik/ipc/8/2x/flat/pv/"})
			EXPECT_NE(o.text.find(place + p + " boot 0"), std::string::npos) << place << p;
}

TEST(Plan, UnknownLockKindIsRefused)
{
	auto o = run("bench --locks ticket --dry-run");
	EXPECT_EQ(o.code, exit_usage);
	EXPECT_NE(o.text.find("native, pv"), std::string::npos) << o.text;
}

} // namespace
