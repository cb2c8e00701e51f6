// SPDX-License-Identifier: GPL-2.0
#include "guest/facts.hpp"
#include <gtest/gtest.h>

using dyield::guest::lock_kind;
using dyield::guest::ready_event;

TEST(GuestFacts, TheKernelsLogDecides)
{
	EXPECT_EQ(lock_kind("", "x\nPV qspinlock hash table entries: 256 (order: 0)\ny", "KVMKVMKVM"), "pv");
	EXPECT_EQ(lock_kind("", "kvm-guest: PV spinlocks enabled", "KVMKVMKVM"), "pv");
	EXPECT_EQ(lock_kind("", "kvm-guest: PV spinlocks disabled, no host support", "KVMKVMKVM"), "test-and-set");
	EXPECT_EQ(lock_kind("nopvspin", "kvm-guest: PV spinlocks disabled, forced by \"nopvspin\" parameter.", "KVMKVMKVM"),
		  "native-queued");
	EXPECT_EQ(lock_kind("", "kvm-guest: PV spinlocks disabled, single CPU", "KVMKVMKVM"), "native-queued");
	EXPECT_EQ(lock_kind("", "kvm-guest: PV spinlocks disabled with KVM_HINTS_REALTIME hints", "KVMKVMKVM"),
		  "native-queued");
}

TEST(GuestFacts, WithoutALogOnlyTheCertainIsSaid)
{
	EXPECT_EQ(lock_kind("console=ttyS0 nopvspin quiet", "", "KVMKVMKVM"), "native-queued");
	EXPECT_EQ(lock_kind("console=ttyS0 quiet", "", "KVMKVMKVM"), "unknown");
	EXPECT_EQ(lock_kind("nopvspinlocks xnopvspin", "", "KVMKVMKVM"), "unknown");
	EXPECT_EQ(lock_kind("nopvspin", "", "TCGTCGTCGTCG"), "unknown");
	EXPECT_EQ(lock_kind("", "", "none"), "native-queued");
	EXPECT_EQ(lock_kind("", "", ""), "unknown");
}

TEST(GuestFacts, ReadyTellsWhatTheHostRecords)
{
	auto e = ready_event();
	ASSERT_TRUE(e.is_object());
	EXPECT_EQ(e["event"], "ready");
	EXPECT_EQ(e["proto"], 1);
	EXPECT_GE(e["vcpus"].get<int>(), 1);
	EXPECT_FALSE(e["kernel"].get<std::string>().empty());
	EXPECT_FALSE(e["lock"].get<std::string>().empty());
}
