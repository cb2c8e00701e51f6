// SPDX-License-Identifier: GPL-2.0
#include "guest/meter.hpp"
#include <gtest/gtest.h>

using dyield::guest::Meter;
using dyield::guest::Window;

namespace {

void expect_windows(const Meter &m, const std::vector<Window> &expected)
{
	ASSERT_EQ(m.windows().size(), expected.size());
	for (std::size_t i = 0; i < expected.size(); i++) {
		EXPECT_EQ(m.windows()[i].dur_ns, expected[i].dur_ns) << "window " << i;
		EXPECT_EQ(m.windows()[i].msgs, expected[i].msgs) << "window " << i;
	}
}

} // namespace

TEST(GuestMeter, IdleIsNeverDue)
{
	Meter m;
	EXPECT_FALSE(m.running());
	EXPECT_EQ(m.deadline(), Meter::never);
	EXPECT_TRUE(m.tick(1'000'000, {1'000'000, 5}));
	EXPECT_TRUE(m.windows().empty());
}

TEST(GuestMeter, CutsWholeWindowsWithTheirTrueDuration)
{
	Meter m;
	m.begin(1000, {1000, 7}, 100);
	EXPECT_EQ(m.deadline(), 1100);
	m.tick(1099, {1099, 20});
	EXPECT_TRUE(m.windows().empty());
	m.tick(1100, {1100, 27});
	EXPECT_EQ(m.deadline(), 1200);
	m.tick(1250, {1250, 28});		// late
	EXPECT_EQ(m.deadline(), 1350);
	m.tick(1300, {1300, 99});
	m.end();
	m.tick(5000, {5000, 200});		// the last one was not whole
	expect_windows(m, {{100, 20}, {150, 1}});
}

TEST(GuestMeter, CutsProgressInLumpsWhereALumpEnds)
{
	Meter m;
	m.begin(1000, {990, 50}, 100);
	m.tick(1100, {1080, 100});
	m.tick(1200, {1080, 100});	// none ended: goes on
	EXPECT_EQ(m.deadline(), 1300);
	m.tick(1300, {1230, 150});
	m.end();
	expect_windows(m, {{90, 50}, {150, 50}});
}

TEST(GuestMeter, AWindowThatWentOnWithoutProgressIsWhole)
{
	Meter m;
	m.begin(1000, {950, 7}, 100);
	m.tick(1100, {950, 7});
	m.tick(1200, {950, 7});
	EXPECT_TRUE(m.windows().empty());
	m.end();
	m.end();
	expect_windows(m, {{250, 0}});
}

TEST(GuestMeter, BeginForgetsEarlierWindows)
{
	Meter m;
	m.begin(0, {0, 0}, 10);
	m.tick(10, {10, 1});
	m.begin(100, {100, 1}, 10);
	EXPECT_TRUE(m.windows().empty());
	m.tick(110, {110, 4});
	ASSERT_EQ(m.windows().size(), 1u);
	EXPECT_EQ(m.windows()[0].msgs, 3u);
}

TEST(GuestMeter, KeepsABoundedNumberOfWindows)
{
	Meter m;
	m.begin(0, {0, 0}, 1);
	std::int64_t t;
	for (t = 1; m.tick(t, {t, std::uint64_t(t)}); t++)
		ASSERT_LE(m.windows().size(), Meter::max_windows);
	EXPECT_EQ(m.windows().size(), Meter::max_windows);
	EXPECT_FALSE(m.running());
}
