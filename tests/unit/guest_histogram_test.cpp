// SPDX-License-Identifier: GPL-2.0
#include "guest/histogram.hpp"
#include "guest/latency.hpp"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

using namespace dyield::guest;

namespace {

// 20000 latencies of a distribution with a long tail, all counted in `h`; sorted.
std::vector<std::int64_t> recorded(Histogram &h, double mean, double deviation)
{
	std::mt19937_64 random(1);
	std::lognormal_distribution<> latency(mean, deviation);
	std::vector<std::int64_t> values;
	for (int i = 0; i < 20000; i++) {
		values.push_back(std::int64_t(latency(random)));
		h.record(values.back());
	}
	std::sort(values.begin(), values.end());
	return values;
}

} // namespace

TEST(GuestHistogram, EmptyCountsNothing)
{
	Histogram h;
	EXPECT_EQ(h.count(), 0u);
	EXPECT_EQ(h.quantile(0.5), 0);
	EXPECT_EQ(h.quantile(1), 0);
}

TEST(GuestHistogram, SmallValuesAreExact)
{
	Histogram h;
	for (int v = 0; v < 128; v++)
		h.record(v);
	EXPECT_EQ(h.count(), 128u);
	for (int v = 0; v < 128; v++)
		EXPECT_EQ(h.quantile((v + 1) / 128.0), v);
}

// Every bucket's end is at or above its values, by less than one part in 64, and below the next value's.
TEST(GuestHistogram, RelativeErrorIsBoundedOverTheWholeRange)
{
	for (std::int64_t v = 100; v < Histogram::max_value / 2; v += 1 + v / 97) {
		Histogram h;
		h.record(v);
		h.record(Histogram::max_value);	// or the largest value would hide the bucket's end
		auto got = h.quantile(0.5);
		ASSERT_GE(got, v);
		ASSERT_LE(got - v, v / 64) << "of " << v;
	}
}

TEST(GuestHistogram, QuantilesOfManyValuesAreTheSortedOnes)
{
	Histogram h;
	auto values = recorded(h, 11, 2);
	for (double q : {0.01, 0.5, 0.99, 0.999}) {
		auto exact = double(values[std::size_t(q * values.size()) - 1]);
		EXPECT_NEAR(double(h.quantile(q)), exact, exact / 60 + 1) << q;
	}
	EXPECT_EQ(h.quantile(1), values.back());
}

TEST(GuestHistogram, ValuesOutsideTheRangeCountAsItsEnds)
{
	Histogram h;
	h.record(-5);
	h.record(INT64_MAX);
	EXPECT_EQ(h.quantile(0.5), 0);
	EXPECT_EQ(h.quantile(1), Histogram::max_value);
}

TEST(GuestHistogram, RangesHoldAllThatWasCountedInOrder)
{
	EXPECT_TRUE(Histogram().ranges().empty());
	Histogram h;
	auto values = recorded(h, 13, 3);
	std::uint64_t seen = 0;
	std::int64_t before = -1;
	for (auto [upper, count] : h.ranges()) {
		EXPECT_GT(upper, before);
		EXPECT_GT(count, 0u);
		seen += count;
		// Exactly the values up to its end: none is in a range that is not its own.
		EXPECT_EQ(std::upper_bound(values.begin(), values.end(), upper) - values.begin(), std::int64_t(seen)) << upper;
		auto smallest = *std::upper_bound(values.begin(), values.end(), before);
		EXPECT_LE(upper - smallest, std::max<std::int64_t>(3, smallest / 16)) << upper;
		before = upper;
	}
	EXPECT_EQ(seen, h.count());
	EXPECT_EQ(before, values.back());
	EXPECT_LT(h.ranges().size(), 500u) << "they go over a serial line";
}

TEST(GuestHistogram, AddsAndClears)
{
	Histogram a, b;
	a.record(10);
	b.record(1000);
	b.record(1000);
	a.add(b);
	EXPECT_EQ(a.count(), 3u);
	EXPECT_EQ(a.quantile(0.3), 10);
	EXPECT_EQ(a.quantile(0.9), 1000);
	a.clear();
	EXPECT_EQ(a.count(), 0u);
	EXPECT_EQ(a.quantile(0.9), 0);
}

TEST(GuestLatency, RecordsOnlyWhileOpenAndAnewEachTime)
{
	LatencyGate gate;
	LatencyRecorder recorder;
	auto merged = [&] {
		Histogram h;
		recorder.merge_into(h, gate);
		return h;
	};
	recorder.record(gate, 1);
	EXPECT_EQ(merged().count(), 0u) << "closed";
	gate.open();
	recorder.record(gate, 2);
	recorder.record(gate, 3);
	gate.close();
	recorder.record(gate, 4);
	EXPECT_EQ(merged().count(), 2u);
	EXPECT_EQ(merged().quantile(1), 3);
	gate.open();
	EXPECT_EQ(merged().count(), 0u) << "the former opening's";
	recorder.record(gate, 5);
	EXPECT_EQ(merged().count(), 1u);
	EXPECT_EQ(merged().quantile(1), 5);
}
