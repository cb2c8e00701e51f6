// SPDX-License-Identifier: GPL-2.0
#include "guest/meter.hpp"
#include <gtest/gtest.h>

using dyield::guest::Meter;

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
	ASSERT_EQ(m.windows().size(), 2u);
	EXPECT_EQ(m.windows()[0].dur_ns, 100);
	EXPECT_EQ(m.windows()[0].msgs, 20u);
	EXPECT_EQ(m.windows()[1].dur_ns, 150);
	EXPECT_EQ(m.windows()[1].msgs, 1u);
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
	ASSERT_EQ(m.windows().size(), 2u);
	EXPECT_EQ(m.windows()[0].dur_ns, 90);
	EXPECT_EQ(m.windows()[0].msgs, 50u);
	EXPECT_EQ(m.windows()[1].dur_ns, 150);
	EXPECT_EQ(m.windows()[1].msgs, 50u);
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
	ASSERT_EQ(m.windows().size(), 1u);
	EXPECT_EQ(m.windows()[0].dur_ns, 250);
	EXPECT_EQ(m.windows()[0].msgs, 0u);
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
