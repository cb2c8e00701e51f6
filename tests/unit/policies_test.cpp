// SPDX-License-Identifier: GPL-2.0
// The policies of kmod/core, compiled as they are, against scripted VMs.
#include "fake_port.hpp"

#include <climits>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using Vcpu = dy_vm::Vcpu;

constexpr unsigned out_of_range[] = {4, 5, 1000, INT_MAX, UINT_MAX};

// What one spin comes to if the scheduler refuses every target, or takes the
// one after `refusals` of them: the targets in order, and the last decision.
struct Spin {
	std::vector<unsigned> targets;
	dy_decision end{};
};

Spin spin(const dy_policy &policy, const dy_view &view, unsigned refusals = UINT_MAX)
{
	dy_cursor cursor{};
	Spin result;

	for (;;) {
		result.end = policy.decide(&view, &cursor);
		if (result.end.action != DY_YIELD_TO && result.end.action != DY_HINT && result.end.action != DY_BOOST)
			return result;
		result.targets.push_back(result.end.target);
		if (result.targets.size() > view.nr_vcpus) {
			ADD_FAILURE() << policy.name << " never ends";
			return result;
		}
		if (cursor.tried++ == refusals)
			return result;
	}
}

std::vector<const dy_policy *> all_policies()
{
	std::vector<const dy_policy *> all;

	for (const dy_policy *const *p = dy_policies; *p; ++p)
		all.push_back(*p);
	return all;
}

TEST(Registry, FindsEachPolicyByItsName)
{
	for (const dy_policy *p : all_policies())
		EXPECT_EQ(dy_policy_find(p->name), p) << p->name;
}

TEST(Registry, NamesAreUniqueShortAndSourced)
{
	std::set<std::string> names;

	for (const dy_policy *p : all_policies()) {
		EXPECT_TRUE(names.insert(p->name).second) << p->name;
		EXPECT_LT(std::string(p->name).size(), 31u) << "the parameter cuts it";
		EXPECT_STRNE(p->source, "") << p->name;
	}
}

TEST(Registry, KnowsNothingElse)
{
	for (const char *name : {"", "stoc", "stock ", "Stock", "stock,resume"})
		EXPECT_EQ(dy_policy_find(name), nullptr) << name;
}

TEST(Registry, AdaptiveIsTheDefault)
{
	EXPECT_EQ(dy_policies[0], &dy_adaptive);
}

TEST(Constant, StockResumeAndSleepDoNotLookAtTheVm)
{
	dy_vm vm(4, Vcpu::ready);
	dy_view view = vm.view(1);

	view.sleep_ns = 12345;
	EXPECT_EQ(spin(dy_stock, view).end.action, DY_STOCK);
	EXPECT_EQ(spin(dy_resume, view).end.action, DY_RESUME);
	EXPECT_EQ(spin(dy_sleep, view).end.action, DY_SLEEP);
	EXPECT_EQ(spin(dy_sleep, view).end.sleep_ns, 12345u);
	EXPECT_EQ(vm.looked, std::vector<unsigned>(4, 0));
}

TEST(Directed, NobodyReady)
{
	for (Vcpu state : {Vcpu::absent, Vcpu::running, Vcpu::blocked}) {
		dy_vm vm(4, state);
		Spin s = spin(dy_directed, vm.view(0));

		EXPECT_TRUE(s.targets.empty());
		EXPECT_EQ(s.end.action, DY_NO_TARGET);
	}
}

TEST(Directed, AllReadyGoesRoundFromTheOneAfterLastBoosted)
{
	dy_vm vm(5, Vcpu::ready);

	EXPECT_EQ(spin(dy_directed, vm.view(0, 2)).targets,
		  (std::vector<unsigned>{3, 4, 1, 2}));
	EXPECT_EQ(spin(dy_directed, vm.view(3, 0)).targets,
		  (std::vector<unsigned>{1, 2, 4, 0}));
	EXPECT_EQ(spin(dy_directed, vm.view(3, 4)).targets,
		  (std::vector<unsigned>{0, 1, 2, 4}));
}

TEST(Directed, AfterTheLastRefusalThereIsNoTarget)
{
	dy_vm vm(4, Vcpu::ready);

	EXPECT_EQ(spin(dy_directed, vm.view(0)).end.action, DY_NO_TARGET);
}

TEST(Directed, TheFirstSuccessEndsIt)
{
	dy_vm vm(4, Vcpu::ready);
	Spin s = spin(dy_directed, vm.view(0, 1), 0);

	EXPECT_EQ(s.targets, std::vector<unsigned>{2});
	EXPECT_EQ(vm.looked, (std::vector<unsigned>{0, 0, 1, 0}));
}

TEST(Directed, OneVcpu)
{
	dy_vm vm(1, Vcpu::ready);

	for (unsigned last : {0u, 1u, UINT_MAX})
		EXPECT_EQ(spin(dy_directed, vm.view(0, last)).end.action, DY_NO_TARGET);
}

TEST(Directed, NoVcpus)
{
	dy_vm vm(0);

	EXPECT_EQ(spin(dy_directed, vm.view(0)).end.action, DY_NO_TARGET);
}

TEST(Directed, OnlySelfReady)
{
	dy_vm vm(4);

	vm.vcpus[2] = Vcpu::ready;
	for (unsigned last = 0; last < 4; ++last)
		EXPECT_EQ(spin(dy_directed, vm.view(2, last)).end.action, DY_NO_TARGET);
}

TEST(Directed, LastBoostedOutOfRangeStartsAtTheFirst)
{
	dy_vm vm(4, Vcpu::ready);

	for (unsigned last : out_of_range)
		EXPECT_EQ(spin(dy_directed, vm.view(1, last)).targets,
			  (std::vector<unsigned>{0, 2, 3})) << last;
}

TEST(Directed, LastBoostedItselfComesLast)
{
	dy_vm vm(4);

	vm.vcpus[1] = Vcpu::ready;
	EXPECT_EQ(spin(dy_directed, vm.view(0, 1)).targets, std::vector<unsigned>{1});
	vm.vcpus[3] = Vcpu::ready;
	EXPECT_EQ(spin(dy_directed, vm.view(0, 1)).targets,
		  (std::vector<unsigned>{3, 1}));
}

TEST(Directed, ManyVcpusWithHoles)
{
	dy_vm vm(1024, Vcpu::absent);
	std::vector<unsigned> expected;

	for (unsigned i = 0; i < 1024; i += 3)
		vm.vcpus[i] = i % 2 ? Vcpu::ready : Vcpu::blocked;
	for (unsigned i = 501; i < 1024 + 501; ++i)
		if (i % 1024 != 9 && vm.vcpus[i % 1024] == Vcpu::ready)
			expected.push_back(i % 1024);
	EXPECT_EQ(spin(dy_directed, vm.view(9, 500)).targets, expected);
}

TEST(Directed, FairOverManySpins)
{
	constexpr unsigned n = 7, rounds = 100;
	dy_vm vm(n, Vcpu::ready);
	std::vector<unsigned> boosted(n, 0);
	unsigned last = 0;

	for (unsigned i = 0; i < rounds * (n - 1); ++i) {
		last = spin(dy_directed, vm.view(3, last), 0).targets.at(0);
		++boosted[last];
	}
	for (unsigned i = 0; i < n; ++i)
		EXPECT_EQ(boosted[i], i == 3 ? 0 : rounds) << i;
}

TEST(Directed, SleepersThatWereWokenComeAfterThePreempted)
{
	dy_vm vm(5);

	vm.vcpus[1] = Vcpu::woken;
	vm.vcpus[2] = Vcpu::blocked;
	vm.vcpus[3] = Vcpu::ready;
	EXPECT_EQ(spin(dy_directed, vm.view(0)).targets, (std::vector<unsigned>{3, 1}));
}

TEST(Directed, LooksAtFewSleepersHoweverManyThereAre)
{
	dy_vm vm(4096, Vcpu::blocked);
	unsigned looked = 0;

	EXPECT_EQ(spin(dy_directed, vm.view(0)).end.action, DY_NO_TARGET);
	for (unsigned n : vm.looked)
		looked += n;
	EXPECT_LE(looked, 8u);
}

TEST(Constant, Yield)
{
	dy_vm vm(4, Vcpu::ready);

	EXPECT_EQ(spin(dy_yield, vm.view(1)).end.action, DY_YIELD);
	EXPECT_EQ(vm.looked, std::vector<unsigned>(4, 0));
}

TEST(Eligible, InKernelModeOnlyThoseOfTheKernelOrWithAnInterrupt)
{
	dy_vm vm(5, Vcpu::ready);
	dy_view view = vm.view(0);

	vm.seen = {0, 0, DY_VCPU_IN_KERNEL, 0, DY_VCPU_IRQ};
	EXPECT_EQ(spin(dy_eligible, view).targets, (std::vector<unsigned>{1, 2, 3, 4}));
	view.kernel_mode = true;
	EXPECT_EQ(spin(dy_eligible, view).targets, (std::vector<unsigned>{2, 4}));
}

TEST(Eligible, AWokenVcpuNeedsNoKernelMode)
{
	dy_vm vm(3);

	vm.vcpus[1] = vm.vcpus[2] = Vcpu::woken;
	vm.seen[2] = DY_VCPU_ASLEEP;
	dy_view view = vm.view(0);
	view.kernel_mode = true;
	EXPECT_EQ(spin(dy_eligible, view).targets, std::vector<unsigned>{1});
}

TEST(Eligible, ASpinnerIsATargetEveryOtherTime)
{
	dy_vm vm(2, Vcpu::ready);
	std::vector<bool> taken;

	vm.spins[1] = true;
	for (int i = 0; i < 4; ++i)
		taken.push_back(!spin(dy_eligible, vm.view(0)).targets.empty());
	EXPECT_EQ(taken, (std::vector<bool>{false, true, false, true}));
}

TEST(Eligible, GivesUpAfterThreeHopelessOnes)
{
	dy_vm vm(8, Vcpu::ready);
	dy_view view = vm.view(0);
	dy_cursor cursor{};

	for (cursor.hopeless = 0; cursor.hopeless < 3; ++cursor.hopeless)
		EXPECT_EQ(dy_eligible.decide(&view, &cursor).action, DY_YIELD_TO);
	EXPECT_EQ(dy_eligible.decide(&view, &cursor).action, DY_NO_TARGET);
}

TEST(Handshake, TheKickedComeFirst)
{
	dy_vm vm(6, Vcpu::ready);

	vm.seen[4] = vm.seen[1] = DY_VCPU_KICKED;
	EXPECT_EQ(spin(dy_handshake, vm.view(0, 2)).targets, (std::vector<unsigned>{4, 1, 3, 5, 2}));
	vm.vcpus[4] = Vcpu::woken;	// kicked this moment
	EXPECT_EQ(spin(dy_handshake, vm.view(0, 2)).targets, (std::vector<unsigned>{1, 4, 3, 5, 2}));
}

TEST(Handshake, TheHaltedAreNeverTargets)
{
	dy_vm vm(4, Vcpu::ready);

	vm.seen[1] = DY_VCPU_HALTED;
	vm.vcpus[2] = Vcpu::woken;
	vm.seen[2] = DY_VCPU_HALTED | DY_VCPU_IRQ;
	vm.seen[3] = DY_VCPU_KICKED;
	EXPECT_EQ(spin(dy_handshake, vm.view(0)).targets, std::vector<unsigned>{3});
}

TEST(Coboost, BoostsAllThatWaitAndGoesOn)
{
	dy_vm vm(6, Vcpu::ready);
	Spin s = spin(dy_coboost, vm.view(2));

	EXPECT_EQ(s.targets, (std::vector<unsigned>{1, 3, 4, 5, 0}));
	EXPECT_EQ(s.end.action, DY_RESUME);
}

TEST(Coboost, OneAtATime)
{
	dy_vm vm(4, Vcpu::ready);
	dy_view view = vm.view(0);

	view.boosting = true;
	Spin s = spin(dy_coboost, view);
	EXPECT_TRUE(s.targets.empty());
	EXPECT_EQ(s.end.action, DY_RESUME);
}

TEST(Coboost, NobodyWaits)
{
	dy_vm vm(4);

	EXPECT_EQ(spin(dy_coboost, vm.view(0)).end.action, DY_NO_TARGET);
}

TEST(Ipi, TheReceiverComesFirstAndOnce)
{
	dy_vm vm(5, Vcpu::ready);
	dy_view view = vm.view(0, 0);

	view.ipi_target = 3;
	EXPECT_EQ(spin(dy_ipi, view).targets, (std::vector<unsigned>{3, 1, 2, 4}));
}

TEST(Ipi, AReceiverThatRunsOrIsNoneIsLeftOut)
{
	dy_vm vm(4, Vcpu::ready);

	vm.vcpus[3] = Vcpu::running;
	for (unsigned receiver : {3u, 0u, 4u, 1000u, DY_NO_VCPU}) {
		dy_view view = vm.view(0);
		view.ipi_target = receiver;
		EXPECT_EQ(spin(dy_ipi, view).targets, (std::vector<unsigned>{1, 2})) << receiver;
	}
}

// A sibling that waits for the spinner's own CPU gets it, whoever else there is; no other policy looks.
TEST(Adaptive, HandsItsCpuOverToASiblingThatWaitsForIt)
{
	dy_vm vm(4, Vcpu::ready);

	vm.here[3] = true;
	for (bool strangers : {true, false}) {
		dy_view view = vm.view(0);
		view.strangers = strangers;
		view.ipi_target = 1;
		view.sleep_ns = 7000;
		Spin s = spin(dy_adaptive, view);
		EXPECT_EQ(s.end.action, DY_HAND_OVER);
		EXPECT_EQ(s.end.target, 3u);
		EXPECT_EQ(s.end.sleep_ns, 7000u);
		EXPECT_TRUE(s.targets.empty());
	}
	vm.vcpus[3] = Vcpu::running;	// it was there, and runs now
	EXPECT_NE(spin(dy_adaptive, vm.view(0)).end.action, DY_HAND_OVER);
	vm.vcpus[3] = Vcpu::woken;
	EXPECT_EQ(spin(dy_adaptive, vm.view(0)).end.target, 3u);
}

// Who spins in the kernel waits for a lock that nobody has who was preempted in user mode.
TEST(Adaptive, HandsOverToOneThatFitsTheSpinnersMode)
{
	dy_vm vm(2, Vcpu::ready);
	dy_view view = vm.view(0);
	const auto hands_over = [&] { return spin(dy_adaptive, view).end.action == DY_HAND_OVER; };

	vm.here[1] = true;
	EXPECT_TRUE(hands_over());
	view.kernel_mode = true;
	EXPECT_FALSE(hands_over());
	for (unsigned fits : {DY_VCPU_IN_KERNEL, DY_VCPU_IRQ}) {
		vm.seen[1] = fits;
		EXPECT_TRUE(hands_over()) << fits;
	}
	vm.seen[1] = 0;
	vm.vcpus[1] = Vcpu::woken;
	view = vm.view(0);
	view.kernel_mode = true;
	EXPECT_TRUE(hands_over());
}

// In a guest with more vCPUs than pCPUs somebody always waits here: that is worth a sleep beside strangers only.
TEST(Adaptive, HandsOverInALargeGuestBesideStrangersOnly)
{
	dy_vm vm(4, Vcpu::ready);

	vm.here[3] = true;
	for (unsigned pcpus : {1u, 2u, 3u, 4u, 64u})
		for (bool strangers : {true, false}) {
			dy_view view = vm.view(0);
			view.pcpus = pcpus;
			view.strangers = strangers;
			bool expected = strangers || pcpus == 1 || pcpus >= 4;
			EXPECT_EQ(spin(dy_adaptive, view, 0).end.action, expected ? DY_HAND_OVER : DY_YIELD_TO) << pcpus << strangers;
		}
}

// So that a spin costs no more in a VM of hundreds of vCPUs.
TEST(Adaptive, LooksAtAFewSiblingsForOneThatWaitsHere)
{
	dy_vm vm(256, Vcpu::ready);
	dy_cursor cursor{};
	dy_view view = vm.view(0);

	vm.here[200] = true;
	EXPECT_EQ(dy_adaptive.decide(&view, &cursor).action, DY_YIELD_TO);
	EXPECT_LE(std::accumulate(vm.looked.begin(), vm.looked.end(), 0u), 16u);
}

// What it tries otherwise is mainline's; what it does with it is not.
TEST(Adaptive, TriesInTheOrderOfMainline)
{
	std::mt19937 random(11);

	for (int round = 0; round < 500; ++round) {
		dy_vm vm(8);

		for (unsigned i = 0; i < 8; ++i) {
			vm.vcpus[i] = random() % 2 ? Vcpu::ready : Vcpu::running;
			vm.seen[i] = random() & (DY_VCPU_IN_KERNEL | DY_VCPU_ASLEEP);
		}
		dy_view view = vm.view(random() % 8, random() % 8);
		view.kernel_mode = random() % 2;
		view.ipi_target = random() % 9;
		view.strangers = random() % 2;
		EXPECT_EQ(spin(dy_adaptive, view).targets, spin(dy_eligible, view).targets);
	}
}

TEST(Adaptive, GivesUpItsSliceToSiblingsOnly)
{
	dy_vm vm(4, Vcpu::ready);

	for (bool strangers : {true, false}) {
		dy_view view = vm.view(0, 1);
		view.strangers = strangers;
		Spin s = spin(dy_adaptive, view, 0);
		EXPECT_EQ(s.end.action, strangers ? DY_HINT : DY_YIELD_TO);
		EXPECT_EQ(s.targets, std::vector<unsigned>{2});
	}
	EXPECT_EQ(spin(dy_adaptive, dy_vm(4, Vcpu::running).view(0)).end.action, DY_NO_TARGET);
}

TEST(Index, FindsWhatWasSet)
{
	dy_index index{};
	std::set<unsigned> model;
	std::mt19937 random(7);

	for (int round = 0; round < 20000; ++round) {
		unsigned idx = random() % (DY_MAX_VCPUS + 8), from = random() % (DY_MAX_VCPUS + 8);

		if (random() % 3) {
			dy_index_clear(&index, idx);
			model.erase(idx);
		} else if (idx < DY_MAX_VCPUS) {
			dy_index_set(&index, idx);
			model.insert(idx);
		} else {
			dy_index_set(&index, idx);	// left out
		}
		auto next = model.lower_bound(from);
		ASSERT_EQ(dy_index_next(&index, from), next == model.end() ? DY_NO_VCPU : *next);
	}
}

TEST(Index, ThreadsThatChangeTheirOwnLoseNothing)
{
	dy_index index{};
	std::vector<std::thread> threads;

	for (unsigned t = 0; t < 4; ++t)
		threads.emplace_back([&index, t] {
			for (int i = 0; i < 20001; ++i)
				i % 2 ? dy_index_clear(&index, 64 + t) : dy_index_set(&index, 64 + t);
		});
	for (auto &t : threads)
		t.join();
	for (unsigned t = 0; t < 4; ++t)
		EXPECT_EQ(dy_index_next(&index, 64 + t), 64 + t);
	EXPECT_EQ(dy_index_next(&index, 68), DY_NO_VCPU);
}

// What holds for every policy, those to come included.
class EveryPolicy : public testing::TestWithParam<const dy_policy *> {};

INSTANTIATE_TEST_SUITE_P(Policies, EveryPolicy, testing::ValuesIn(all_policies()),
			 [](const auto &info) { return std::string(info.param->name); });

TEST_P(EveryPolicy, KeepsToTheRulesInRandomVms)
{
	std::mt19937 random(20110126);

	for (int round = 0; round < 2000; ++round) {
		unsigned n = 1 + random() % (round % 100 ? 16 : 1024);
		dy_vm vm(n);

		for (unsigned i = 0; i < n; ++i) {
			vm.vcpus[i] = static_cast<Vcpu>(random() % 5);
			vm.seen[i] = random() & (DY_VCPU_IN_KERNEL | DY_VCPU_IRQ | DY_VCPU_ASLEEP | DY_VCPU_KICKED | DY_VCPU_HALTED);
			vm.spins[i] = random() % 2;
		}
		unsigned me = random() % n;
		unsigned last = random() % 4 ? random() % n : static_cast<unsigned>(random());
		dy_view view = vm.view(me, last);
		view.kernel_mode = random() % 2;
		view.ipi_target = random() % 2 ? random() % (n + 1) : DY_NO_VCPU;
		// The index is a hint: it may name vCPUs that run by now, or never were.
		for (unsigned i = 0; i < 4; ++i)
			dy_index_set(i % 2 ? &vm.preempted : &vm.kicked, random() % (n + 4));
		Spin s = spin(*GetParam(), view);
		std::set<unsigned> once(s.targets.begin(), s.targets.end());

		EXPECT_EQ(once.size(), s.targets.size()) << "tried one twice";
		EXPECT_FALSE(once.count(me)) << "itself";
		EXPECT_LT(s.targets.size(), n);
		for (unsigned target : s.targets) {
			ASSERT_LT(target, n);
			EXPECT_TRUE(vm.is_ready(target)) << target;
		}
		for (unsigned looked : vm.looked)
			EXPECT_LE(looked, 3u) << "went round too often";
	}
}

TEST_P(EveryPolicy, IsAFunctionOfItsView)
{
	dy_vm vm(64);

	for (unsigned i = 0; i < 64; i += 5)
		vm.vcpus[i] = Vcpu::ready;
	for (unsigned last = 0; last < 64; ++last) {
		Spin first = spin(*GetParam(), vm.view(10, last));
		Spin again = spin(*GetParam(), vm.view(10, last));

		EXPECT_EQ(first.targets, again.targets);
		EXPECT_EQ(first.end.action, again.end.action);
	}
}

} // namespace
