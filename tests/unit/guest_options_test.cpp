// SPDX-License-Identifier: GPL-2.0
#include "guest/load.hpp"
#include "guest/options.hpp"
#include <gtest/gtest.h>
#include <stdexcept>

using namespace dyield::guest;
using nlohmann::json;

namespace {

const std::vector<Option> table{{"clients", Option::Kind::integer, 8, 2, 64, "threads", true},
				{"size", Option::Kind::integer, 16, 16, 4096, "bytes"},
				{"presettled", Option::Kind::boolean, 0, 0, 1, "at most once"}};

const std::vector<Option> with_words{{"argv", Option::Kind::words, 1, 1, 3, "a command", false, {"true"}}};

std::string error_of(const json &given, const std::vector<Option> &options_table = table)
{
	try {
		Options options("x", options_table, given);
	} catch (const std::invalid_argument &e) {
		return e.what();
	}
	return "accepted";
}

std::string load_error(const char *name, const json &given)
{
	try {
		make_load(name, given);
	} catch (const std::invalid_argument &e) {
		return e.what();
	}
	return "accepted";
}

} // namespace

TEST(GuestOptions, DefaultsFillWhatIsNotGiven)
{
	Options o("x", table, json{{"size", 32}});
	EXPECT_EQ(o.get("clients"), 8);
	EXPECT_EQ(o.get("size"), 32);
	EXPECT_FALSE(o.is_set("presettled"));
	EXPECT_EQ(o.json().dump(), R"({"clients":8,"size":32,"presettled":false})");
	EXPECT_THROW(o.get("other"), std::out_of_range);
}

TEST(GuestOptions, BothEndsOfARangeAreValidAndWhatLiesBeyondIsNot)
{
	EXPECT_EQ(error_of({{"clients", 2}, {"size", 16}}), "accepted");
	EXPECT_EQ(error_of({{"clients", 64}, {"size", 4096}}), "accepted");
	EXPECT_EQ(error_of({{"clients", 66}}), "load x: clients cannot be 66: valid is 2..64, even, default 8");
	EXPECT_EQ(error_of({{"clients", 0}}), "load x: clients cannot be 0: valid is 2..64, even, default 8");
	EXPECT_EQ(error_of({{"clients", 7}}), "load x: clients cannot be 7: valid is 2..64, even, default 8");
	EXPECT_EQ(error_of({{"size", 15}}), "load x: size cannot be 15: valid is 16..4096, default 16");
	EXPECT_NE(error_of({{"size", 18446744073709551615u}}), "accepted");	// -1, were it to wrap
	EXPECT_NE(error_of({{"size", 9223372036854775840u}}), "accepted");
}

TEST(GuestOptions, TypesAreChecked)
{
	EXPECT_EQ(error_of({{"size", "32"}}), "load x: size cannot be \"32\": valid is 16..4096, default 16");
	EXPECT_NE(error_of({{"size", 32.0}}), "accepted");
	EXPECT_NE(error_of({{"size", nullptr}}), "accepted");
	EXPECT_NE(error_of({{"size", true}}), "accepted");
	EXPECT_EQ(error_of({{"presettled", true}}), "accepted");
	EXPECT_EQ(error_of({{"presettled", 1}}),
		  "load x: presettled cannot be 1: valid is true or false, default false");
}

TEST(GuestOptions, WordsAreAnArrayOfStrings)
{
	EXPECT_EQ(Options("x", with_words, json::object()).json().dump(), R"({"argv":["true"]})");
	Options given("x", with_words, json{{"argv", {"sh", "-c", ""}}});
	EXPECT_EQ(given.words("argv"), (std::vector<std::string>{"sh", "-c", ""}));
	EXPECT_EQ(given.get("argv"), 3);
	EXPECT_EQ(given.json().dump(), R"({"argv":["sh","-c",""]})");
	EXPECT_EQ(error_of({{"argv", "true"}}, with_words),
		  "load x: argv cannot be \"true\": valid is an array of 1..3 strings, default [\"true\"]");
	EXPECT_NE(error_of({{"argv", json::array()}}, with_words), "accepted");
	EXPECT_NE(error_of({{"argv", {"a", "b", "c", "d"}}}, with_words), "accepted");
	EXPECT_NE(error_of({{"argv", {"a", 7}}}, with_words), "accepted");
	EXPECT_NE(error_of({{"argv", {std::string("a\0b", 3)}}}, with_words), "accepted");
	EXPECT_NE(error_of({{"argv", nullptr}}, with_words), "accepted");
}

TEST(GuestOptions, UnknownOnesAreNamedWithTheValid)
{
	EXPECT_EQ(error_of({{"sise", 32}}), "load x: unknown option \"sise\": valid are clients, size, presettled");
}

TEST(GuestLoads, UnknownOnesAreNamedWithTheValid)
{
	std::string expected = "unknown load \"disk\": valid are ipc, amqp, spin";
	EXPECT_EQ(load_error("disk", json::object()).substr(0, expected.size()), expected);
}

TEST(GuestLoads, OptionsMustFitEachOther)
{
	EXPECT_EQ(load_error("amqp", {{"clients", 8}, {"queues", 4}}), "accepted");
	EXPECT_NE(load_error("amqp", {{"clients", 8}, {"queues", 5}}).find("valid is at most half"), std::string::npos);
	EXPECT_NE(load_error("amqp", {{"capacity", 65536}, {"size", 65536}}).find("valid is at most 67108864"),
		  std::string::npos);
	EXPECT_EQ(load_error("hackbench", {{"groups", 10}, {"fds", 50}}), "accepted");
	EXPECT_EQ(load_error("hackbench", {{"groups", 10}, {"fds", 51}}),
		  "load hackbench: groups * fds * 2 is 1020 tasks: valid is at most 1000");
}

TEST(GuestLoads, EveryDefaultIsValidAndDescribed)
{
	auto text = describe_loads();
	for (const auto &kind : load_kinds()) {
		EXPECT_NE(text.find("  " + kind.name + ": " + kind.summary), std::string::npos);
		for (const auto &o : kind.options) {
			EXPECT_LE(o.min, o.preset) << kind.name << ' ' << o.name;
			EXPECT_GE(o.max, o.preset) << kind.name << ' ' << o.name;
			EXPECT_NE(text.find(" " + o.name + " "), std::string::npos) << o.name;
		}
		EXPECT_EQ(load_error(kind.name.c_str(), json::object()), "accepted");
	}
}
