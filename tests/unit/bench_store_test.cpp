// SPDX-License-Identifier: GPL-2.0
// What was measured is never lost: broken-off lines, full disks, two benches at once.
#include "bench/store.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

using namespace dyield;
using testing::HasSubstr;

namespace {

const nlohmann::json how{{"image", "one"}};

dyield::Run run_number(int boot)
{
	dyield::Run run;
	run.cell = rik_cell("ipc", 8, 4, Layout::flat, Setting::stock);
	run.boot = boot;
	return run;
}

/// As of a disk that is full when a file has `bytes`.
class FullDisk {
public:
	explicit FullDisk(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN))
	{
		getrlimit(RLIMIT_FSIZE, &before_);
		rlimit full{bytes, before_.rlim_max};
		setrlimit(RLIMIT_FSIZE, &full);
	}
	~FullDisk()
	{
		setrlimit(RLIMIT_FSIZE, &before_);
		std::signal(SIGXFSZ, signal_);
	}

private:
	void (*signal_)(int);
	rlimit before_{};
};

class Store : public testing::Test {
protected:
	RunStore open(bool resume, const nlohmann::json &description = how) { return RunStore(path_, description, resume); }
	std::vector<int> boots(const std::string &path)
	{
		std::vector<int> all;
		for (auto &run : read_runs(path))
			all.push_back(run.boot);
		return all;
	}
	std::string refused(bool resume, const nlohmann::json &description = how)
	{
		try {
			open(resume, description);
		} catch (const Error &e) {
			return e.what();
		}
		return "";
	}

	TempDir folder_{"dyield-store"};
	std::string path_ = folder_.path() + "/results/runs.jsonl";
};

using Boots = std::vector<int>;

} // namespace

TEST_F(Store, ResumeKeepsWhatIsThereElseItIsMovedAway)
{
	open(false).add(run_number(0));
	{
		auto store = open(true);
		EXPECT_EQ(store.runs().size(), 1u);
		store.add(run_number(1));
	}
	EXPECT_EQ(boots(path_), (Boots{0, 1}));
	open(false).add(run_number(7));
	EXPECT_EQ(boots(path_), (Boots{7}));
	EXPECT_EQ(boots(path_ + ".old"), (Boots{0, 1}));
	EXPECT_THAT(refused(true, {{"image", "another"}}), HasSubstr("another bench"));
	EXPECT_EQ(boots(path_), (Boots{7}));
}

TEST_F(Store, ALineThatWasBrokenOffIsDropped)
{
	open(false).add(run_number(0));
	std::ofstream(path_, std::ios::app) << R"({"cell": {"scen)";
	open(true).add(run_number(1));
	EXPECT_EQ(boots(path_), (Boots{0, 1}));
	std::string text = read_file(path_);
	EXPECT_EQ(std::ranges::count(text, '\n'), 3) << text;
}

TEST_F(Store, AFullDiskLosesNothingThatWasThereAndResumeGoesOn)
{
	{
		auto store = open(false);
		store.add(run_number(0));
		auto size = std::filesystem::file_size(path_);
		FullDisk full(size + 10);
		try {
			store.add(run_number(1));
			ADD_FAILURE() << "it was written";
		} catch (const Error &e) {
			EXPECT_THAT(e.what(), HasSubstr("cannot write " + path_));
			EXPECT_THAT(e.what(), HasSubstr("File too large")) << "what the system said, not what it said before";
			EXPECT_THAT(e.what(), HasSubstr("--resume"));
		}
		EXPECT_EQ(std::filesystem::file_size(path_), size) << "half a line was left";
		EXPECT_EQ(store.runs().size(), 1u);
	}
	{
		// Not even a line could be dropped if that needed room.
		std::ofstream(path_, std::ios::app) << R"({"cell": {"scen)";
		FullDisk full(0);
		EXPECT_EQ(open(true).runs().size(), 1u);
	}
	open(true).add(run_number(1));
	EXPECT_EQ(boots(path_), (Boots{0, 1}));
}

TEST_F(Store, TwoBenchesDoNotShareAFolder)
{
	auto first = open(false);
	first.add(run_number(0));
	for (bool resume : {false, true})
		EXPECT_THAT(refused(resume), HasSubstr("another bench writes its results to " + folder_.path() + "/results"));
	EXPECT_THROW(RunStore(folder_.path() + "/results/pv-runs.jsonl", how, false), Error) << "they share latest.json";
	EXPECT_NO_THROW(RunStore(folder_.path() + "/others/runs.jsonl", how, false));
	first.add(run_number(1));
	EXPECT_EQ(boots(path_), (Boots{0, 1})) << "the first one was disturbed";
}
