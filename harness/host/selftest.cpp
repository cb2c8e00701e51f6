// SPDX-License-Identifier: GPL-2.0
#include "host/selftest.hpp"
#include "util/affinity.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <atomic>
#include <filesystem>
#include <future>
#include <sstream>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

namespace dyield {
namespace {

constexpr milliseconds limit(120000), burst_length(1000);

std::int64_t injected(pid_t qemu)
{
	std::string prefix = std::to_string(qemu) + "-";
	for (auto &d : std::filesystem::directory_iterator("/sys/kernel/debug/kvm"))
		if (d.is_directory() && d.path().filename().string().starts_with(prefix))
			return std::stoll(read_file(d.path() / "irq_injections"));
	fail("KVM's debugfs does not show the VM of process {}", qemu);
}

/// Sum of run time (ns) and of stints on a pCPU over a guest's vCPU threads.
std::pair<std::int64_t, std::int64_t> stints(const Guest &g)
{
	std::int64_t ns = 0, n = 0, run, wait, count;
	for (pid_t t : g.vcpu_threads()) {
		std::istringstream s(read_file(fmt::format("/proc/{}/task/{}/schedstat", g.pid(), t)));
		s >> run >> wait >> count;
		ns += run;
		n += count;
	}
	return {ns, n};
}

std::int64_t interrupts(Guest &g)
{
	return g.ask({{"cmd", "interrupts"}}, "interrupts", limit).at("taken");
}

nlohmann::json contention(LocalHost &host)
{
	Guest &g = host.load_guest(), &n = host.neighbour();
	auto taken = interrupts(g);
	auto given = injected(g.pid());
	g.ask({{"cmd", "start"}, {"load", "spin"}, {"loops", 4}}, "started", limit);
	n.ask({{"cmd", "start"}, {"load", "spin"}, {"loops", 4}}, "started", limit);
	auto [ns0, n0] = stints(n);
	pause_for(burst_length);
	auto [ns1, n1] = stints(n);
	n.ask({{"cmd", "stop"}}, "result", limit);
	g.ask({{"cmd", "stop"}}, "result", limit);
	taken = interrupts(g) - taken;
	given = injected(g.pid()) - given;
	return {{"irqs_taken", taken}, {"irqs_injected", given}, {"stint_ns", (ns1 - ns0) / std::max<std::int64_t>(1, n1 - n0)}};
}

/// A page of code, mapped once more.
class Code {
public:
	explicit Code(int fd) : at_(mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0))
	{
		if (at_ == MAP_FAILED)
			fail_errno("cannot map a page of code");
	}
	~Code() { munmap(at_, 4096); }
	Code(const Code &) = delete;
	Code &operator=(const Code &) = delete;

	const char *begin() const { return static_cast<const char *>(at_); }
	const char *run() const { return reinterpret_cast<const char *(*)()>(at_)(); }

private:
	void *at_;
};

/// Does a PAUSE go on behind itself, at each address that its page is mapped at?
bool pauses_stay_in_place()
{
	static constexpr unsigned char code[] = {0xf3, 0x90,					// pause
						 0x48, 0x8d, 0x05, 0, 0, 0, 0, 0xc3};	// lea 0(%rip),%rax; ret
	int fd = memfd_create("pause", MFD_CLOEXEC);
	if (fd < 0 || write(fd, code, sizeof code) != sizeof code || ftruncate(fd, 4096))
		fail_errno("cannot make a page of code");
	Code one(fd), other(fd);
	close(fd);
	const auto end = sizeof code - 1;
	return one.run() == one.begin() + end && other.run() == other.begin() + end && one.run() == one.begin() + end;
}

/// How long it takes until a thread that spins on one pCPU sees what one on another has done: as a lock's hand-over.
std::int64_t handover_ns()
{
	constexpr int handovers = 1000;
	if (std::thread::hardware_concurrency() < 2)
		fail("a hand-over between two pCPUs needs two");
	std::atomic<int> at{-1};
	auto pass_on = [&](int parity) {
		for (int i = parity; i < handovers; i += 2) {
			while (at != i)
				;	// no PAUSE: QEMU's own ends a turn
			at = i + 1;
		}
	};
	std::jthread other([&] { run_on(this_thread, {1}); pass_on(1); });
	run_on(this_thread, {0});
	pause_for(milliseconds(10));
	auto start = Clock::now();
	at = 0;
	pass_on(0);
	while (at != handovers)
		;
	return std::chrono::nanoseconds(Clock::now() - start).count() / handovers;
}

} // namespace

nlohmann::json pause_burst(LocalHost &host, std::int64_t pauses)
{
	Guest &g = host.load_guest();
	auto exits = host.ple_exits();
	auto start = Clock::now();
	g.ask({{"cmd", "start"}, {"load", "pause"}, {"pauses", pauses}}, "started", limit);
	auto ns = std::chrono::nanoseconds(Clock::now() - start).count();
	g.ask({{"cmd", "stop"}}, "result", limit);
	return {{"pauses", pauses}, {"pause_exits", host.ple_exits() - exits}, {"pause_burst_ns", ns}};
}

/// A burst on each pCPU; leaves the guest on the last one.
static nlohmann::json bursts_by_pcpu(LocalHost &host, std::int64_t pauses)
{
	auto all = nlohmann::json::array();
	for (unsigned pcpu = 0; pcpu < std::thread::hardware_concurrency(); pcpu++) {
		for (pid_t vcpu : host.load_guest().vcpu_threads())
			run_on(vcpu, {int(pcpu)});
		all.push_back(pause_burst(host, pauses));
	}
	return all;
}

nlohmann::json selftest_figures(LocalHost &host)
{
	auto figures = pause_burst(host, 9000000);
	figures["pauses_stay_in_place"] = pauses_stay_in_place();
	figures["handover_ns"] = std::async(std::launch::async, handover_ns).get();
	figures.update(contention(host));
	figures["by_pcpu"] = bursts_by_pcpu(host, 2000000);
	return figures;
}

} // namespace dyield
