// SPDX-License-Identifier: GPL-2.0
#include "host/ple.hpp"
#include "util/child.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <filesystem>
#include <sstream>
#include <sys/mount.h>
#include <unistd.h>

namespace dyield {
namespace {

const std::string tracefs = "/sys/kernel/tracing";

std::int64_t profile(const std::string &event)
{
	std::istringstream lines(read_file(tracefs + "/kprobe_profile"));
	std::string name;
	std::int64_t hits, misses;
	while (lines >> name >> hits >> misses)
		if (name == event)
			return hits + misses;
	fail("tracefs lost the kprobe {}", event);
}

} // namespace

PleVendor ple_vendor(const std::string &root)
{
	std::string cpu = read_file(root + "/proc/cpuinfo");
	if (cpu.find("GenuineIntel") != std::string::npos)
		return {"kvm_intel", "ple_gap", "ple_window", "ple_window_grow", "ple_window_max"};
	if (cpu.find("AuthenticAMD") != std::string::npos || cpu.find("HygonGenuine") != std::string::npos)
		return {"kvm_amd", "pause_filter_count", "pause_filter_count", "pause_filter_count_grow", "pause_filter_count_max"};
	throw Error("this CPU is neither Intel's nor AMD's: it has no PAUSE exits", exit_unfit);
}

std::optional<long> ple_parameter(const std::string &module, const std::string &name, const std::string &root)
{
	std::string v = read_or(root + "/sys/module/" + module + "/parameters/" + name, "");
	if (v.empty())
		return {};
	return std::stol(v);
}

PleControl::PleControl() : vendor_(ple_vendor()), found_(ple_parameter(vendor_.module, vendor_.off)) {}

PleControl::~PleControl()
{
	if (!changed_)
		return;
	try {
		reload(found_);
		if (!found_)
			run_command({"modprobe", "-r", vendor_.module});
	} catch (const std::exception &e) {
		fmt::print(stderr, "dyield: could not put {} back as it was: {}\n", vendor_.module, e.what());
	}
}

void PleControl::reload(std::optional<long> off_value)
{
	changed_ = true;
	if (ple_parameter(vendor_.module, vendor_.off))
		try {
			run_command({"modprobe", "-r", vendor_.module});
		} catch (const Error &e) {
			fail("cannot switch PAUSE exits while VMs run on this host: end them first ({})", e.what());
		}
	std::vector<std::string> load{"modprobe", vendor_.module};
	if (off_value)
		load.push_back(fmt::format("{}={}", vendor_.off, *off_value));
	run_command(load);
}

void PleControl::set(bool on)
{
	auto now = ple_parameter(vendor_.module, vendor_.off);
	if (now && on == (*now != 0))
		return;
	reload(on ? std::nullopt : std::optional<long>(0));
	now = ple_parameter(vendor_.module, vendor_.off);
	if (!now || on != (*now != 0))
		fail("{}.{} is {} where it should be {}: this CPU has no PAUSE exits", vendor_.module, vendor_.off,
		     now ? std::to_string(*now) : "not there", on ? "on" : "0");
}

long PleControl::window() const
{
	if (!ple_parameter(vendor_.module, vendor_.off).value_or(0))
		return 0;
	return ple_parameter(vendor_.module, vendor_.window).value_or(0);
}

long PleControl::window_max() const
{
	bool grows = ple_parameter(vendor_.module, vendor_.grow).value_or(0) > 0;
	return grows && window() ? ple_parameter(vendor_.module, vendor_.max).value_or(window()) : window();
}

PleCounter::PleCounter() : name_("dyield_spin_" + std::to_string(getpid()))
{
	if (!std::filesystem::exists(tracefs + "/kprobe_events") && mount("tracefs", tracefs.c_str(), "tracefs", 0, nullptr))
		fail_errno("cannot mount tracefs at {} (are you root?)", tracefs);
	write_file(tracefs + "/kprobe_events", fmt::format("p:dyield_host/{} kvm_vcpu_on_spin\n", name_));
	write_file(tracefs + "/events/dyield_host/" + name_ + "/enable", "1");
}

PleCounter::~PleCounter()
{
	try {
		write_file(tracefs + "/events/dyield_host/" + name_ + "/enable", "0");
		write_file(tracefs + "/kprobe_events", fmt::format("-:dyield_host/{}\n", name_));
	} catch (const std::exception &e) {
		fmt::print(stderr, "dyield: a kprobe stays behind: {}\n", e.what());
	}
}

std::int64_t PleCounter::count() const { return profile(name_); }

} // namespace dyield
