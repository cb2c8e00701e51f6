// SPDX-License-Identifier: GPL-2.0
// The files of scenarios: what they mean, and that everything wrong in one is named with its line and key.
#include "bench/estimate.hpp"
#include "bench/plan.hpp"
#include "host/kmod.hpp"
#include "model/fair.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <set>

using namespace dyield;

namespace {

/// A file that holds `text`, line by line.
class File {
public:
	explicit File(const std::string &text) { std::ofstream(path()) << text; }
	std::string path() const { return folder_.path() + "/mine.toml"; }

private:
	TempDir folder_{"dyield-test"};
};

Scenario read(const std::string &text, int pcpus = 4)
{
	File f(text);
	return read_scenario(f.path(), pcpus);
}

std::vector<Job> plan_of(const std::string &text, PlanOptions o = {})
{
	File f(text);
	o.scenario = f.path();
	o.boots = 1;
	return make_plan(o);
}

std::set<std::string> names_of(const std::vector<Job> &plan)
{
	std::set<std::string> names;
	for (auto &j : plan)
		names.insert(j.cell.name());
	return names;
}

/// What is said of a file, without its folder.
std::string error_of(const std::string &text)
{
	try {
		plan_of(text);
	} catch (const Error &e) {
		EXPECT_EQ(e.code, exit_usage);
		std::string what = e.what();
		auto at = what.find("mine.toml");
		return at == what.npos ? what : what.substr(at);
	}
	return "";
}

const std::string two_guests = "settings = [\"stock\"]\n"
			       "layouts = [\"flat\"]\n"
			       "[[guest]]\n"
			       "name = \"load\"\n"
			       "load = \"ipc\"\n"
			       "[[guest]]\n"
			       "name = \"other\"\n";	// lines 1 to 7

TEST(ScenarioFile, GivesGuestsAndWhatTheyRunAtEachOvercommit)
{
	auto s = read(two_guests + "vcpus = \"0.5x\"\nmemory_mib = 128\n"
				   "[[overcommit]]\n"
				   "[[overcommit]]\n"
				   "name = \"busy\"\n"
				   "other = { load = \"spin\", options.loops = \"0.25x\" }\n"
				   "load.options.clients = 16\n",
		      8);
	EXPECT_EQ(s.name, "mine");
	ASSERT_EQ(s.overcommit.size(), 2u);
	auto &idle = s.overcommit[0], &busy = s.overcommit[1];
	EXPECT_EQ(idle.name, "");
	EXPECT_EQ(idle.guests[0].vcpus, 8);	// one a pCPU where nothing is said
	EXPECT_EQ(idle.guests[0].memory_mib, 256);
	EXPECT_EQ(idle.guests[0].load, "ipc");
	EXPECT_EQ(idle.guests[1].vcpus, 4);
	EXPECT_EQ(idle.guests[1].memory_mib, 128);
	EXPECT_TRUE(idle.guests[1].idle());
	EXPECT_EQ(busy.name, "busy");
	EXPECT_EQ(busy.guests[0].load, "ipc");
	EXPECT_EQ(busy.guests[0].options, (nlohmann::json{{"clients", 16}}));
	EXPECT_EQ(busy.guests[1].load, "spin");
	EXPECT_EQ(busy.guests[1].options, (nlohmann::json{{"loops", 2}}));
}

TEST(ScenarioFile, AnotherLoadDropsTheOptionsOfTheFirst)
{
	auto s = read(two_guests + "load = \"spin\"\noptions.loops = 2\n[[overcommit]]\nother.load = \"build\"\n");
	EXPECT_EQ(s.overcommit[0].guests[1].options, nlohmann::json::object());
}

TEST(ScenarioFile, OptionsOfEveryKindArePassedOn)
{
	auto s = read("[[guest]]\nname = \"a\"\nload = \"command\"\n"
		      "options = { argv = [\"sh\", \"-c\", \"sleep 1x\", \"2x\"], fast = true, ratio = 0.5, text = \"x\" }\n");
	EXPECT_EQ(s.overcommit[0].guests[0].options,
		  nlohmann::json::parse(R"({"argv": ["sh", "-c", "sleep 1x", "2x"], "fast": true, "ratio": 0.5, "text": "x"})"));
}

TEST(ScenarioFile, WhatIsWrongIsNamedWithLineAndKey)
{
	struct { std::string add, error; } cases[] = {
		{"cpus = 4\n", "mine.toml:8: guest.cpus: unknown key: valid are name, vcpus, memory_mib, load, options"},
		{"vcpus = 0\n", "mine.toml:8: guest.vcpus: cannot be 0: valid is 1 to 64, or as \"1x\" so many times the pCPUs (4)"},
		{"vcpus = \"many\"\n", "mine.toml:8: guest.vcpus: cannot be \"many\": valid is 1 to 64, or as \"1x\" so many times the pCPUs (4)"},
		{"vcpus = \"17x\"\n", "mine.toml:8: guest.vcpus: cannot be 68: valid is 1 to 64, or as \"1x\" so many times the pCPUs (4)"},
		{"vcpus = 1.5\n", "mine.toml:8: guest.vcpus: cannot be 1.5: valid is 1 to 64, or as \"1x\" so many times the pCPUs (4)"},
		{"memory_mib = 16\n", "mine.toml:8: guest.memory_mib: must be a whole number of MiB from 64 to 65536"},
		{"memory_mib = \"64x\"\n", "mine.toml:8: guest.memory_mib: must be a whole number of MiB from 64 to 65536"},
		{"load = 7\n", "mine.toml:8: guest.load: must be a text in quotes"},
		{"load = \"\"\n", "mine.toml:8: guest.load: unknown load '': valid are amqp, build,"},
		{"load = \"ftp\"\n", "mine.toml:8: guest.load: unknown load 'ftp': valid are amqp, build,"},
		{"options.loops = 2\n", "mine.toml:8: guest.options: nothing runs in this guest: give it a load"},
		{"load = \"spin\"\noptions = 3\n", "mine.toml:9: guest.options: must be a table"},
		{"load = \"spin\"\noptions.loops = 5\n", "mine.toml:6: guest: 5 loops: must be 0 to 4, one a vCPU of other"},
		{"load = \"ipc\"\noptions.clients = 7\n", "mine.toml:6: guest: 7 clients: must be an even number from 2 to 64"},
		{"[[guest]]\n", "mine.toml:8: guest: has no name: add name = \"...\""},
		{"[[guest]]\nname = \"load\"\n", "mine.toml:9: guest.name: 'load' is another guest's: each needs its own"},
		{"[[guest]]\nname = \"My Guest\"\n", "mine.toml:9: guest.name: cannot be 'My Guest': valid are up to 16 of a-z, 0-9 and -, but not 'name'"},
		{"[[overcommit]]\nthird.load = \"spin\"\n", "mine.toml:9: overcommit.third: unknown key: valid are name, load, other"},
		{"[[overcommit]]\nother.name = \"x\"\n", "mine.toml:9: overcommit.other.name: unknown key: valid are vcpus, memory_mib, load, options"},
		{"[[overcommit]]\nname = \"a/b\"\n", "mine.toml:9: overcommit.name: cannot be 'a/b': valid are up to 16 letters, digits and any of .+_-"},
		{"[overcommit]\n", "mine.toml:8: overcommit: must be a list with at least one value: [ ... ]"},
		{"[each]\nload = \"ipc\"\n", "mine.toml:9: each.load: must be a list with at least one value: [ ... ]"},
		{"[each]\nload = [\"ftp\"]\n", "mine.toml:9: each.load: unknown load 'ftp': valid are amqp, build,"},
		{"[quick]\nclients = [8]\n", "mine.toml:9: quick.clients: unknown key: valid are flat"},
		{"[quick\n", "mine.toml:8: "},
		{"[settings]\n", "mine.toml:8: "},	// twice
	};
	for (auto &c : cases)
		EXPECT_EQ(error_of(two_guests + c.add).substr(0, c.error.size()), c.error) << c.add;
	EXPECT_EQ(error_of("layouts = [\"round\"]\n" + two_guests.substr(two_guests.find("[["))),
		  "mine.toml:1: layouts: unknown layout 'round': valid are flat, vm-cgroup, vcpu-cgroups");
	EXPECT_EQ(error_of("settings = [\"fast\"]\n").substr(0, 54), "mine.toml:1: settings: unknown setting 'fast': valid a");
	EXPECT_EQ(error_of("pins = [1]\n"), "mine.toml:1: pins: must be a text in quotes");
	EXPECT_EQ(error_of("locks = [\"ticket\"]\n"), "mine.toml:1: locks: unknown lock kind 'ticket': valid are native, pv");
	EXPECT_EQ(error_of("layout = []\n").substr(0, 38), "mine.toml:1: layout: unknown key: vali");
	EXPECT_EQ(error_of("locks = [\"pv\"]\n"), "mine.toml:1: guest: there is none: add [[guest]]");
}

TEST(ScenarioFile, ThatIsNotThereIsAnError)
{
	EXPECT_THROW(read_scenario("/nowhere/x.toml", 4), Error);
}

TEST(ScenarioPlan, NamesCellsByWhatTheyVary)
{
	EXPECT_EQ(names_of(plan_of(two_guests)), (std::set<std::string>{"mine/1x/flat/stock"}));
	EXPECT_EQ(names_of(plan_of(two_guests + "[each]\nwindow = [1]\nload = [\"ipc\", \"amqp\"]\nclients = [8, 16]\n[[overcommit]]\nname = \"x\"\n")),
		  (std::set<std::string>{"mine/ipc/8/1/x/flat/stock", "mine/ipc/16/1/x/flat/stock", "mine/amqp/8/1/x/flat/stock", "mine/amqp/16/1/x/flat/stock"}));
	EXPECT_EQ(names_of(plan_of("pins = [\"set\", \"one-to-one\"]\nlocks = [\"native\", \"pv\"]\n" + two_guests)),
		  (std::set<std::string>{"mine/1x/flat/stock", "mine/1x/flat/pv/stock", "mine/1x/flat/one-to-one/stock", "mine/1x/flat/one-to-one/pv/stock"}));
}

TEST(ScenarioPlan, TheEachValuesAreTheFirstGuests)
{
	auto plan = plan_of(two_guests + "[each]\nload = [\"amqp\"]\nclients = [16]\n");
	ASSERT_EQ(plan.size(), 1u);
	EXPECT_EQ(plan[0].cell.guests[0].load, "amqp");
	EXPECT_EQ(plan[0].cell.guests[0].options, (nlohmann::json{{"clients", 16}}));
	EXPECT_TRUE(plan[0].cell.guests[1].idle());
}

TEST(ScenarioPlan, CombinationsThatCannotBeAreNamed)
{
	auto contains = [](const std::string &text, const char *part) { return text.find(part) != text.npos; };
	EXPECT_TRUE(contains(error_of("[[guest]]\nname = \"a\"\n"), "mine: the first guest, a, does nothing"));
	EXPECT_TRUE(contains(error_of(two_guests + "[[overcommit]]\n[[overcommit]]\n"), "two cells are mine/1x/flat/stock"));
	EXPECT_TRUE(contains(error_of(two_guests + "[each]\nclients = [7]\n"), "7 clients"));

	PlanOptions o;
	auto error_with = [&](auto change) {
		PlanOptions p;
		change(p);
		try {
			plan_of(two_guests, p);
		} catch (const Error &e) {
			return std::string(e.what());
		}
		return std::string();
	};
	EXPECT_TRUE(contains(error_with([](auto &p) { p.loads = {"ipc"}; }), "--loads: the scenario mine has no list of them"));
	EXPECT_TRUE(contains(error_with([](auto &p) { p.clients = {8}; }), "--clients: the scenario mine has no list of them"));
	EXPECT_TRUE(contains(error_with([](auto &p) { p.overcommit = {"9x"}; }), "unknown overcommit '9x': valid are 1x"));
	EXPECT_TRUE(contains(error_with([](auto &p) { p.pins = {"loose"}; }), "unknown kind of pins 'loose': valid are set, one-to-one"));
}

TEST(ScenarioPlan, OptionsTakeThePlaceOfTheFile)
{
	PlanOptions o;
	o.layouts = {"vm-cgroup"};
	o.settings = {"no-ple", "stock-policy"};
	o.locks = {"pv"};
	o.pins = {"one-to-one"};
	auto plan = plan_of(two_guests, o);
	EXPECT_EQ(names_of(plan), (std::set<std::string>{"mine/1x/vm-cgroup/one-to-one/pv/no-ple", "mine/1x/vm-cgroup/one-to-one/pv/stock"}));
	for (auto &j : plan)
		EXPECT_NE(j.cell.setting, Setting::stock);	// the module's own
}

TEST(ScenarioPlan, APatchedKernelHasPoliciesOfItsOwn)
{
	EXPECT_EQ(setting_named("patched"), std::pair(Setting::patched, std::string()));
	EXPECT_EQ(setting_named("patched-ipi"), std::pair(Setting::patched, std::string("ipi")));
	EXPECT_THROW(setting_named("patched-coboost"), Error);	// the module's alone
	EXPECT_THROW(setting_named("patched-fast"), Error);
}

TEST(ScenarioPlan, APolicyMayIgnoreWhatTheModuleTakes)
{
	EXPECT_EQ(setting_named("adaptive-ignoring-room"), std::pair(Setting::policy, std::string("adaptive-ignoring-room")));
	EXPECT_EQ(kmod::split_ignored("adaptive-ignoring-room"), std::pair(std::string("adaptive"), std::string("room")));
	EXPECT_EQ(kmod::split_ignored("adaptive"), std::pair(std::string("adaptive"), std::string()));
	EXPECT_THROW(setting_named("adaptive-ignoring-"), Error);
	EXPECT_THROW(setting_named("adaptive-ignoring-weather"), Error);
	EXPECT_THROW(setting_named("fast-ignoring-room"), Error);
}

TEST(ShippedScenarios, RikIsTheTableOfTheSeed)
{
	PlanOptions o;
	o.quick = false;
	o.boots = 1;
	std::set<std::string> wanted;
	for (auto load : {"amqp", "ipc"})
		for (auto clients : {"8", "16"})
			for (auto over : {"1x", "1.5x", "2x"})
				for (auto layout : {"flat", "vcpu-cgroups"})
					for (auto setting : {"no-ple", "stock", "adaptive"})
						wanted.insert(fmt::format("rik/{}/{}/{}/{}/{}", load, clients, over, layout, setting));
	auto plan = make_plan(o);
	EXPECT_EQ(names_of(plan), wanted);
	for (auto &j : plan) {
		int loops = j.cell.overcommit == "1x" ? 0 : j.cell.overcommit == "1.5x" ? 2 : 4;
		auto &g = j.cell.guests[0];
		EXPECT_EQ(j.cell, rik_cell(g.load, g.options.at("clients"), loops, j.cell.layout, j.cell.setting, j.cell.policy)) << j.cell.name();
	}
}

TEST(ShippedScenarios, AreAllMeasurableOnFourPcpusAndOnSixteen)
{
	std::string folder = std::filesystem::path(find_scenario("rik")).parent_path();
	std::size_t files = 0;
	for (auto &f : std::filesystem::directory_iterator(folder)) {
		files++;
		for (int pcpus : {4, 16}) {
			PlanOptions o;
			o.scenario = f.path();
			o.pcpus = pcpus;
			auto plan = make_plan(o);
			for (auto &j : plan) {
				bool named = j.cell.scenario == "hostile";	// by where the PAUSEs are, all of them at 2x
				EXPECT_EQ(named ? "2x" : j.cell.overcommit, overcommit_name(j.cell.guests, pcpus)) << j.cell.name();
				EXPECT_GT(fair_shares(j.cell)[0], 0) << j.cell.name();
			}
		}
	}
	EXPECT_EQ(files, 16u);
}

TEST(ShippedScenarios, TheExampleOfTheDocumentationIsOne)
{
	auto docs = std::filesystem::path(find_scenario("rik")).parent_path().parent_path() / "docs/scenarios.md";
	std::string text = read_file(docs);
	auto begin = text.find("```toml\n") + 8, end = text.find("```", begin);
	ASSERT_NE(end, text.npos);
	auto names = names_of(plan_of(text.substr(begin, end - begin)));
	EXPECT_TRUE(names.contains("mine/ipc/8/2x/flat/stock"));
	EXPECT_TRUE(names.contains("mine/amqp/8/half-size/vcpu-cgroups/directed"));
	EXPECT_EQ(names.size(), 2u * (3 + 1) * 3);	// 2 loads, 3 overcommits and 1 of flat, 3 settings
}

TEST(ShippedScenarios, AreWhatTheirSeedsSay)
{
	auto columns = [](const std::string &name) {
		std::set<std::string> c;
		PlanOptions o;
		o.scenario = name;
		for (auto &j : make_plan(o))
			c.insert(j.cell.overcommit);
		return c;
	};
	EXPECT_EQ(columns("srivatsa-a"), (std::set<std::string>{"1x", "2x", "3x", "4x"}));
	EXPECT_EQ(columns("srivatsa-b"), (std::set<std::string>{"1x", "2x", "3x", "4x"}));
	EXPECT_EQ(columns("srivatsa-c"), (std::set<std::string>{"2x", "2.75x", "3.5x", "4.25x"}));
	EXPECT_EQ(columns("pv"), (std::set<std::string>{"0.5x", "1x", "1.5x", "2x"}));
	EXPECT_EQ(columns("coboost"), (std::set<std::string>{"1x", "2x"}));
	EXPECT_EQ(columns("big"), (std::set<std::string>{"2x", "3x"}));
	EXPECT_EQ(columns("mixed").size(), 1u);
}

TEST(ShippedScenarios, AnUnknownNameTellsWhatThereIs)
{
	try {
		find_scenario("nothing");
		FAIL();
	} catch (const Error &e) {
		EXPECT_EQ(std::string(e.what()), "unknown scenario 'nothing': valid are ablation, big, coboost, hostile, matrix, matrix-guests, matrix-kernels, matrix-mixed, matrix-scale, mixed, pv, rik, sensitivity, srivatsa-a, srivatsa-b, srivatsa-c");
	}
	TempDir own("dyield-test");
	std::ofstream(own.path() + "/own.toml") << two_guests;
	setenv("DYIELD_SCENARIOS", own.path().c_str(), 1);
	EXPECT_EQ(find_scenario("own"), own.path() + "/own.toml");
	unsetenv("DYIELD_SCENARIOS");
	EXPECT_EQ(find_scenario("./own"), "./own");
}

TEST(Estimate, CountsBootsOnceAndGrowsWithTheWork)
{
	PlanOptions o;
	auto jobs = make_plan(o);
	auto boots = boots_of(jobs);
	EXPECT_EQ(boots.size(), 2u * 2);	// with and without PAUSE exits, two boots
	PlanOptions other;
	other.scenario = "mixed";
	EXPECT_EQ(boots_of(make_plan(other)).size(), 2u * 2 + 1);	// and Rik's guests for the self-test
	Measure how;
	auto one = estimate(jobs, boots, how, 1), two = estimate(jobs, boots, how, 2), real = estimate(jobs, boots, how, 0);
	EXPECT_NEAR(double(one.count()), 2.0 * double(two.count()), 2);
	EXPECT_LT(real, one);
	EXPECT_LT(estimate(jobs, {}, how, 1), one);
	how.windows = 30;
	// 27 s more each on a real host; in virtual time a little more.
	EXPECT_NEAR(double((estimate(jobs, boots, how, 0) - real).count()), 27.0 * double(jobs.size()), 2);
	EXPECT_NEAR(double((estimate(jobs, boots, how, 1) - one).count()), 32.4 * double(jobs.size()), 2);
	EXPECT_EQ(time_text(std::chrono::seconds(89)), "89 s");
	EXPECT_EQ(time_text(std::chrono::minutes(25)), "25 min");
	EXPECT_EQ(time_text(std::chrono::minutes(190)), "3 h 10 min");
}

} // namespace
