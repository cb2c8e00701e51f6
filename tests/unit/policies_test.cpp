// SPDX-License-Identifier: GPL-2.0
// The policies of kmod/core, compiled as they are, against scripted VMs.
#include "fake_port.hpp"

#include <climits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using Vcpu = kvm::Vcpu;

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
		if (result.end.action != DY_YIELD_TO)
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

TEST(Registry, DirectedIsTheDefault)
{
	EXPECT_EQ(dy_policies[0], &dy_directed);
}

TEST(Constant, StockResumeAndSleepDoNotLookAtTheVm)
{
	kvm vm(4, Vcpu::ready);
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
		kvm vm(4, state);
		Spin s = spin(dy_directed, vm.view(0));

		EXPECT_TRUE(s.targets.empty());
		EXPECT_EQ(s.end.action, DY_NO_TARGET);
	}
}

TEST(Directed, AllReadyGoesRoundFromTheOneAfterLastBoosted)
{
	kvm vm(5, Vcpu::ready);

	EXPECT_EQ(spin(dy_directed, vm.view(0, 2)).targets,
		  (std::vector<unsigned>{3, 4, 1, 2}));
	EXPECT_EQ(spin(dy_directed, vm.view(3, 0)).targets,
		  (std::vector<unsigned>{1, 2, 4, 0}));
	EXPECT_EQ(spin(dy_directed, vm.view(3, 4)).targets,
		  (std::vector<unsigned>{0, 1, 2, 4}));
}

TEST(Directed, AfterTheLastRefusalThereIsNoTarget)
{
	kvm vm(4, Vcpu::ready);

	EXPECT_EQ(spin(dy_directed, vm.view(0)).end.action, DY_NO_TARGET);
}

TEST(Directed, TheFirstSuccessEndsIt)
{
	kvm vm(4, Vcpu::ready);
	Spin s = spin(dy_directed, vm.view(0, 1), 0);

	EXPECT_EQ(s.targets, std::vector<unsigned>{2});
	EXPECT_EQ(vm.looked, (std::vector<unsigned>{0, 0, 1, 0}));
}

TEST(Directed, OneVcpu)
{
	kvm vm(1, Vcpu::ready);

	for (unsigned last : {0u, 1u, UINT_MAX})
		EXPECT_EQ(spin(dy_directed, vm.view(0, last)).end.action, DY_NO_TARGET);
}

TEST(Directed, NoVcpus)
{
	kvm vm(0);

	EXPECT_EQ(spin(dy_directed, vm.view(0)).end.action, DY_NO_TARGET);
}

TEST(Directed, OnlySelfReady)
{
	kvm vm(4);

	vm.vcpus[2] = Vcpu::ready;
	for (unsigned last = 0; last < 4; ++last)
		EXPECT_EQ(spin(dy_directed, vm.view(2, last)).end.action, DY_NO_TARGET);
}

TEST(Directed, LastBoostedOutOfRangeStartsAtTheFirst)
{
	kvm vm(4, Vcpu::ready);

	for (unsigned last : out_of_range)
		EXPECT_EQ(spin(dy_directed, vm.view(1, last)).targets,
			  (std::vector<unsigned>{0, 2, 3})) << last;
}

TEST(Directed, LastBoostedItselfComesLast)
{
	kvm vm(4);

	vm.vcpus[1] = Vcpu::ready;
	EXPECT_EQ(spin(dy_directed, vm.view(0, 1)).targets, std::vector<unsigned>{1});
	vm.vcpus[3] = Vcpu::ready;
	EXPECT_EQ(spin(dy_directed, vm.view(0, 1)).targets,
		  (std::vector<unsigned>{3, 1}));
}

TEST(Directed, ManyVcpusWithHoles)
{
	kvm vm(1024, Vcpu::absent);
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
	kvm vm(n, Vcpu::ready);
	std::vector<unsigned> boosted(n, 0);
	unsigned last = 0;

	for (unsigned i = 0; i < rounds * (n - 1); ++i) {
		last = spin(dy_directed, vm.view(3, last), 0).targets.at(0);
		++boosted[last];
	}
	for (unsigned i = 0; i < n; ++i)
		EXPECT_EQ(boosted[i], i == 3 ? 0 : rounds) << i;
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
		kvm vm(n);

		for (Vcpu &vcpu : vm.vcpus)
			vcpu = static_cast<Vcpu>(random() % 4);
		unsigned me = random() % n;
		unsigned last = random() % 4 ? random() % n : static_cast<unsigned>(random());
		Spin s = spin(*GetParam(), vm.view(me, last));
		std::set<unsigned> once(s.targets.begin(), s.targets.end());

		EXPECT_EQ(once.size(), s.targets.size()) << "tried one twice";
		EXPECT_FALSE(once.count(me)) << "itself";
		EXPECT_LT(s.targets.size(), n);
		for (unsigned target : s.targets) {
			ASSERT_LT(target, n);
			EXPECT_EQ(vm.vcpus[target], Vcpu::ready) << target;
		}
		for (unsigned looked : vm.looked)
			EXPECT_LE(looked, 1u) << "looked at one twice";
	}
}

TEST_P(EveryPolicy, IsAFunctionOfItsView)
{
	kvm vm(64);

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
