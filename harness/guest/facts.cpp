// SPDX-License-Identifier: GPL-2.0
#include "guest/facts.hpp"
#include <fstream>
#include <sstream>
#include <sys/klog.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace dyield::guest {

namespace {

constexpr int protocol = 1;

bool contains(std::string_view text, std::string_view what)
{
	return text.find(what) != std::string_view::npos;
}

bool has_word(std::string_view text, std::string_view word)
{
	std::istringstream words{std::string(text)};
	for (std::string w; words >> w;)
		if (w == word)
			return true;
	return false;
}

std::string command_line()
{
	std::ifstream file("/proc/cmdline");
	std::string line;
	std::getline(file, line);
	return line;
}

std::string kernel_log()
{
	constexpr int read_all = 3, buffer_size = 10;	// SYSLOG_ACTION_*, which libc does not name
	int size = klogctl(buffer_size, nullptr, 0);
	if (size <= 0)
		return {};
	std::string text(size, '\0');
	int n = klogctl(read_all, text.data(), size);
	text.resize(n > 0 ? n : 0);
	return text;
}

std::string hypervisor()
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned a, b, c, d;
	constexpr unsigned present = 1u << 31;
	if (!__get_cpuid(1, &a, &b, &c, &d))
		return {};
	if (!(c & present))
		return "none";
	__cpuid(0x40000000, a, b, c, d);
	std::string signature;
	for (unsigned part : {b, c, d})
		for (int i = 0; i < 4; i++)
			if (char byte = char(part >> 8 * i))
				signature += byte;
	return signature;
#else
	return {};
#endif
}

} // namespace

std::string_view lock_kind(std::string_view cmdline, std::string_view kernel_log, std::string_view hypervisor)
{
	if (contains(kernel_log, "PV qspinlock hash table entries") || contains(kernel_log, "PV spinlocks enabled"))
		return "pv";
	if (contains(kernel_log, "PV spinlocks disabled, no host support"))
		return "test-and-set";
	// The other reasons that KVM guests print: forced, one CPU, KVM_HINTS_REALTIME.
	if (contains(kernel_log, "PV spinlocks disabled, ") || contains(kernel_log, "PV spinlocks disabled with"))
		return "native-queued";
	if (hypervisor == "none")
		return "native-queued";
	// The line has left the log.  Only where KVM's code runs is it known what nopvspin leads to.
	if (hypervisor == "KVMKVMKVM" && has_word(cmdline, "nopvspin"))
		return "native-queued";
	return "unknown";
}

bool in_virtual_machine()
{
	auto signature = hypervisor();
	return !signature.empty() && signature != "none";
}

bool has_steal_clock()
{
#if defined(__x86_64__) || defined(__i386__)
	if (hypervisor() != "KVMKVMKVM" || has_word(command_line(), "no-steal-acc"))
		return false;
	unsigned features, b, c, d;
	__cpuid(0x40000001, features, b, c, d);
	constexpr unsigned steal_time = 1u << 5;	// KVM_FEATURE_STEAL_TIME
	return features & steal_time;
#else
	return false;
#endif
}

nlohmann::ordered_json ready_event()
{
	utsname system{};
	uname(&system);
	return {{"event", "ready"},
		{"proto", protocol},
		{"vcpus", sysconf(_SC_NPROCESSORS_ONLN)},
		{"kernel", system.release},
		{"lock", lock_kind(command_line(), kernel_log(), hypervisor())}};
}

} // namespace dyield::guest
