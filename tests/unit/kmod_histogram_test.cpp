// SPDX-License-Identifier: GPL-2.0
// Histograms of kvm_dyield, as dyield stat takes them apart.
#include "host/kmod.hpp"
#include <gtest/gtest.h>

using dyield::kmod::Histograms;

namespace {

const Histograms before{{"decide_ns", {{64, 5}, {128, 7}}}, {"boost_to_run_ns", {{1024, 1}}}};
const Histograms after{{"decide_ns", {{32, 1}, {64, 5}, {128, 10}}}, {"boost_to_run_ns", {{1024, 1}}}};

using Buckets = std::map<std::int64_t, std::int64_t>;

TEST(KmodHistogram, DifferenceLeavesOutWhatDidNotChange)
{
	EXPECT_EQ(dyield::kmod::difference(after, before, "decide_ns"), (Buckets{{32, 1}, {128, 3}}));
	EXPECT_EQ(dyield::kmod::difference(after, before, "boost_to_run_ns"), Buckets{});
}

TEST(KmodHistogram, AVmThatIsNewCountsWhole)
{
	EXPECT_EQ(dyield::kmod::difference(after, {}, "decide_ns"), (Buckets{{32, 1}, {64, 5}, {128, 10}}));
	EXPECT_EQ(dyield::kmod::difference({}, before, "decide_ns"), Buckets{});
}

} // namespace
