// SPDX-License-Identifier: GPL-2.0
// What a decision costs: the policies of kmod/core as they are, and mainline's scan, on the same VM in memory.
//
// The VM is laid out as the kernel has it: an array of pointers to vCPUs of several KiB each, so that looking at one is
// a cache miss of its own once there are many. The scan is a model of the loop in kvm_vcpu_on_spin() of Linux 6.12 up to
// where it would call yield_to(): an xarray's lookup is taken as one load from an array, in favour of the scan.
#include <benchmark/benchmark.h>
#include <memory>
#include <random>
#include <string>
#include <vector>

extern "C" {
#include "policy.h"
}

namespace {

struct Vcpu {
	char before[4096];		// kvm_run, preempt notifier, requests...
	bool in_spin_loop, dy_eligible;
	bool preempted, ready, in_kernel;
	const void *waiting;
	char after[6000];		// arch, stat
};

} // namespace

struct dy_vm {
	std::vector<std::unique_ptr<Vcpu>> memory;
	std::vector<Vcpu *> vcpus;
	dy_index preempted{}, asleep{};
	unsigned last_boosted = 0;
};

namespace {

/// `percent` of the vCPUs wait for a CPU, in kernel mode; the rest run.
dy_vm make_vm(unsigned n, unsigned percent)
{
	dy_vm vm;
	std::mt19937 random(42);
	std::vector<unsigned> order(n);
	for (unsigned i = 0; i < n; i++) {
		vm.memory.push_back(std::make_unique<Vcpu>());
		vm.vcpus.push_back(vm.memory.back().get());
		order[i] = i;
	}
	std::shuffle(order.begin(), order.end(), random);
	unsigned ready = percent == 0 ? 0 : std::max(1u, n * percent / 100);
	for (unsigned i = 0; i < ready; i++) {
		vm.vcpus[order[i]]->ready = vm.vcpus[order[i]]->preempted = vm.vcpus[order[i]]->in_kernel = true;
		dy_index_set(&vm.preempted, order[i]);
	}
	return vm;
}

/// The loop of 6.12's kvm_vcpu_on_spin().
unsigned mainline_scan(const dy_vm &vm, unsigned me, bool kernel_mode)
{
	unsigned n = vm.vcpus.size(), start = vm.last_boosted + 1;
	for (unsigned i = 0; i < n; i++) {
		unsigned idx = (start + i) % n;
		if (idx == me)
			continue;
		Vcpu *vcpu = vm.vcpus[idx];
		if (!__atomic_load_n(&vcpu->ready, __ATOMIC_RELAXED))
			continue;
		if (__atomic_load_n(&vcpu->waiting, __ATOMIC_RELAXED))
			continue;
		if (vcpu->preempted && kernel_mode && !vcpu->in_kernel)
			continue;
		if (vcpu->in_spin_loop) {
			bool turn = vcpu->dy_eligible;
			vcpu->dy_eligible = !turn;
			if (!turn)
				continue;
		}
		return idx;
	}
	return DY_NO_VCPU;
}

dy_view view_of(dy_vm &vm, unsigned me)
{
	dy_view v{};
	v.vm = &vm;
	v.preempted = &vm.preempted;
	v.asleep = &vm.asleep;
	v.me = me;
	v.nr_vcpus = vm.vcpus.size();
	v.last_boosted = vm.last_boosted;
	v.ipi_target = DY_NO_VCPU;
	v.kernel_mode = true;
	v.sleep_ns = 100000;
	return v;
}

void run_scan(benchmark::State &state)
{
	dy_vm vm = make_vm(state.range(0), state.range(1));
	unsigned me = 0;
	for (auto _ : state) {
		unsigned target = mainline_scan(vm, me, true);
		benchmark::DoNotOptimize(target);
		if (target != DY_NO_VCPU)
			vm.last_boosted = target;
		me = (me + 1) % state.range(0);
	}
}

void run_policy(benchmark::State &state, const dy_policy *policy)
{
	dy_vm vm = make_vm(state.range(0), state.range(1));
	unsigned me = 0;
	for (auto _ : state) {
		dy_view view = view_of(vm, me);
		dy_cursor cursor{};
		dy_decision decision = policy->decide(&view, &cursor);
		benchmark::DoNotOptimize(decision);
		if (decision.action == DY_YIELD_TO)
			vm.last_boosted = decision.target;
		me = (me + 1) % state.range(0);
	}
}

const std::vector<std::vector<std::int64_t>> sizes{{1, 4, 64, 288, 1024, 4096}, {0, 1, 10, 50, 100}};

} // namespace

// The port: as the module's, on the structure above.
extern "C" bool dy_vcpu_ready(const dy_view *view, unsigned idx)
{
	return idx < view->nr_vcpus && __atomic_load_n(&view->vm->vcpus[idx]->ready, __ATOMIC_RELAXED);
}

extern "C" unsigned dy_vcpu_see(const dy_view *view, unsigned idx)
{
	const Vcpu *vcpu = view->vm->vcpus[idx];
	return (vcpu->preempted ? DY_VCPU_PREEMPTED : 0) | (vcpu->in_kernel ? DY_VCPU_IN_KERNEL : 0) |
	       (__atomic_load_n(&vcpu->waiting, __ATOMIC_RELAXED) ? DY_VCPU_ASLEEP : 0);
}

extern "C" bool dy_vcpu_turn(const dy_view *view, unsigned idx)
{
	Vcpu *vcpu = view->vm->vcpus[idx];
	if (!vcpu->in_spin_loop)
		return true;
	vcpu->dy_eligible = !vcpu->dy_eligible;
	return !vcpu->dy_eligible;
}

int main(int argc, char **argv)
{
	benchmark::RegisterBenchmark("decide/mainline_scan", run_scan)->ArgNames({"vcpus", "ready_percent"})->ArgsProduct(sizes);
	for (auto p = dy_policies; *p; p++) {
		const dy_policy *policy = *p;
		benchmark::RegisterBenchmark((std::string("decide/") + policy->name).c_str(), [policy](benchmark::State &s) { run_policy(s, policy); })
			->ArgNames({"vcpus", "ready_percent"})
			->ArgsProduct(sizes);
	}
	benchmark::Initialize(&argc, argv);
	benchmark::RunSpecifiedBenchmarks();
}
