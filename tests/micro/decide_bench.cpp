// SPDX-License-Identifier: GPL-2.0
// What a decision costs: the policies of kmod/core as they are, and mainline's scan, on the same VM in memory.
//
// The VM is laid out as the kernel has it: vCPUs of several KiB each, so that looking at one is a cache miss of its own
// once there are many, and found through an xarray's nodes of 64 slots. The scan is a model of kvm_vcpu_on_spin() of Linux
// 6.12 up to where it would call yield_to(). Locks, RCU and the tests for entries that an xarray may hold beside pointers
// are left out, in favour of the scan, which looks vCPUs up more often.
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

/// An xarray of vCPUs: a tree of nodes with 64 slots, in which a lookup begins at the root each time.
class VcpuArray {
public:
	void add(Vcpu *vcpu)
	{
		unsigned long index = size_++;
		if (index == 1ul << (shift_ + 6)) {
			nodes_.push_back(std::make_unique<Node>());
			nodes_.back()->slots[0] = root_;
			root_ = nodes_.back().get();
			shift_ += 6;
		}
		void **slot = &root_;
		for (int shift = shift_; shift >= 0; shift -= 6) {
			if (!*slot) {
				nodes_.push_back(std::make_unique<Node>());
				*slot = nodes_.back().get();
			}
			slot = &static_cast<Node *>(*slot)->slots[index >> shift & 63];
		}
		*slot = vcpu;
	}
	unsigned size() const { return size_; }
	/// xa_load().
	[[gnu::noinline]] Vcpu *load(unsigned long index) const
	{
		if (index >> shift_ >= 64)
			return nullptr;
		void *entry = root_;
		for (int shift = shift_; shift >= 0 && entry; shift -= 6)
			entry = __atomic_load_n(&static_cast<Node *>(entry)->slots[index >> shift & 63], __ATOMIC_RELAXED);
		return static_cast<Vcpu *>(entry);
	}
	/// xa_find_after(), or xa_find() with `index` one lower: KVM's array has no holes.
	Vcpu *find_after(unsigned long *index, unsigned long max) const
	{
		if (*index + 1 > max)
			return nullptr;
		return load(++*index);
	}

private:
	struct Node {
		void *slots[64] = {};
	};
	std::vector<std::unique_ptr<Node>> nodes_;
	void *root_ = nullptr;
	int shift_ = 0;
	unsigned size_ = 0;
};

} // namespace

struct dy_vm {
	std::vector<std::unique_ptr<Vcpu>> memory;
	VcpuArray vcpus;
	dy_index preempted{}, kicked{}, asleep{};
	unsigned me = 0;	// the spinner, which runs
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
		vm.vcpus.add(vm.memory.back().get());
		order[i] = i;
	}
	std::shuffle(order.begin(), order.end(), random);
	vm.me = order.back();
	unsigned ready = percent == 0 || n == 1 ? 0 : std::max(1u, (n - 1) * percent / 100);
	for (unsigned i = 0; i < ready; i++) {
		Vcpu &vcpu = *vm.memory[order[i]];
		vcpu.ready = vcpu.preempted = vcpu.in_kernel = true;
		dy_index_set(&vm.preempted, order[i]);
	}
	return vm;
}

template <typename T>
T read_once(const T &value)
{
	return *const_cast<const volatile T *>(&value);
}

/// The conditions of kvm_vcpu_on_spin(), in its order.
bool worth_it(Vcpu *vcpu, const Vcpu *me, bool kernel_mode)
{
	if (!read_once(vcpu->ready) || vcpu == me || read_once(vcpu->waiting))
		return false;
	if (read_once(vcpu->preempted) && kernel_mode && !read_once(vcpu->in_kernel))
		return false;
	bool turn = !read_once(vcpu->in_spin_loop) || read_once(vcpu->dy_eligible);
	if (read_once(vcpu->in_spin_loop))
		vcpu->dy_eligible = !vcpu->dy_eligible;
	return turn;
}

/// The two passes of 6.12's kvm_vcpu_on_spin().
[[gnu::noinline]] unsigned mainline_scan(const dy_vm &vm, unsigned my_index, bool kernel_mode)
{
	const Vcpu *me = vm.memory[my_index].get();
	unsigned long last_boosted = read_once(vm.last_boosted), max = vm.vcpus.size() - 1;
	for (int pass = 0; pass < 2; pass++) {
		unsigned long i = -1ul;
		while (Vcpu *vcpu = vm.vcpus.find_after(&i, max)) {
			if (!pass && i <= last_boosted) {
				i = last_boosted;
				continue;
			}
			if (pass && i > last_boosted)
				break;
			if (worth_it(vcpu, me, kernel_mode))
				return i;
		}
	}
	return DY_NO_VCPU;
}

dy_view view_of(dy_vm &vm)
{
	dy_view v{};
	v.vm = &vm;
	v.preempted = &vm.preempted;
	v.kicked = &vm.kicked;
	v.asleep = &vm.asleep;
	v.me = vm.me;
	v.nr_vcpus = vm.vcpus.size();
	v.last_boosted = vm.last_boosted;
	v.ipi_target = DY_NO_VCPU;
	v.kernel_mode = true;
	v.pcpus = v.nr_vcpus;
	v.sleep_ns = 100000;
	return v;
}

void run_scan(benchmark::State &state)
{
	dy_vm vm = make_vm(state.range(0), state.range(1));
	for (auto _ : state) {
		unsigned target = mainline_scan(vm, vm.me, true);
		benchmark::DoNotOptimize(target);
		if (target != DY_NO_VCPU)
			vm.last_boosted = target;
	}
}

void run_policy(benchmark::State &state, const dy_policy *policy)
{
	dy_vm vm = make_vm(state.range(0), state.range(1));
	for (auto _ : state) {
		dy_view view = view_of(vm);
		dy_cursor cursor{};
		dy_decision decision = policy->decide(&view, &cursor);
		benchmark::DoNotOptimize(decision);
		if (decision.action == DY_YIELD_TO || decision.action == DY_HINT)
			vm.last_boosted = decision.target;
	}
}

const std::vector<std::vector<std::int64_t>> sizes{{1, 4, 64, 288, 1024, 4096}, {0, 1, 10, 50, 100}};

} // namespace

// The port: as the module's, on the structure above.
extern "C" bool dy_vcpu_ready(const dy_view *view, unsigned idx)
{
	Vcpu *vcpu = idx < view->nr_vcpus ? view->vm->vcpus.load(idx) : nullptr;
	return vcpu && read_once(vcpu->ready);
}

extern "C" unsigned dy_vcpu_see(const dy_view *view, unsigned idx)
{
	const Vcpu *vcpu = idx < view->nr_vcpus ? view->vm->vcpus.load(idx) : nullptr;
	if (!vcpu || !read_once(vcpu->ready))
		return 0;
	return DY_VCPU_READY | (read_once(vcpu->preempted) ? DY_VCPU_PREEMPTED : 0) | (read_once(vcpu->in_kernel) ? DY_VCPU_IN_KERNEL : 0) |
	       (read_once(vcpu->waiting) ? DY_VCPU_ASLEEP : 0) | (read_once(vcpu->in_spin_loop) ? DY_VCPU_SPINS : 0);
}

extern "C" bool dy_vcpu_turn(const dy_view *view, unsigned idx)
{
	Vcpu *vcpu = view->vm->vcpus.load(idx);
	vcpu->dy_eligible = !vcpu->dy_eligible;
	return !vcpu->dy_eligible;
}

// As where no siblings are stacked: adaptive looks for one to the end.
extern "C" bool dy_vcpu_here(const dy_view *, unsigned)
{
	return false;
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
