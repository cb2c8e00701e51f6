// SPDX-License-Identifier: GPL-2.0
#include "host/kmod.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include "util/interrupt.hpp"
#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fmt/ranges.h>
#include <iterator>
#include <regex>
#include <sstream>
#include <sys/syscall.h>
#include <unistd.h>

namespace dyield::kmod {
namespace {

const std::string patch = "/sys/kernel/livepatch/kvm_dyield", module = "/sys/module/kvm_dyield",
		  files = "/sys/kernel/debug/kvm_dyield", kvm_files = "/sys/kernel/debug/kvm";
constexpr auto transition_limit = std::chrono::seconds(120);

void wait_transition()
{
	for (auto until = Clock::now() + transition_limit; read_or(patch + "/transition", "0") == "1";) {
		if (Clock::now() >= until)
			fail("the livepatch's transition did not end in {} s (see {}/transition)", transition_limit.count(), patch);
		pause_for(milliseconds(50));
	}
}

nlohmann::json read_counters(const std::string &path)
{
	std::istringstream lines(read_file(path));
	nlohmann::json j = nlohmann::json::object();
	std::string name;
	std::int64_t value;
	while (lines >> name >> value)
		j[name] = value;
	return j;
}

bool is_known(const std::string &vm) { return std::filesystem::is_directory(files + "/" + vm); }

/// The folder of a VM's files, which the module makes if it has to.
std::string folder_of(const std::string &vm)
{
	std::string folder = files + "/" + vm;
	static const std::regex name("[0-9]+-[0-9]+");
	if (!std::regex_match(vm, name) || !std::filesystem::is_directory(kvm_files + "/" + vm))
		throw Error(fmt::format("no VM '{}': 'dyield policy' lists them", vm), exit_usage);
	if (!is_known(vm))
		write_file(files + "/attach", vm);
	return folder;
}

} // namespace

bool loaded() { return std::filesystem::exists(module); }

void require_loaded()
{
	if (!loaded())
		throw Error("kvm_dyield is not loaded: insmod kmod/kvm_dyield.ko (see README)", exit_unfit);
	if (!std::filesystem::is_directory(files))
		throw Error(files + " is missing: mount -t debugfs debugfs /sys/kernel/debug (as root)", exit_unfit);
}

std::pair<std::string, std::string> split_ignored(const std::string &policy)
{
	static const std::string between = "-ignoring-";
	auto at = policy.find(between);
	if (at == std::string::npos)
		return {policy, ""};
	return {policy.substr(0, at), policy.substr(at + between.size())};
}

void use(const std::string &file, const std::string &setting, int dilation)
{
	auto [policy, ignored] = split_ignored(setting);
	if (loaded()) {
		set_default("ignore", ignored + "\n");	// a write of nothing does not reach the module
		set_default("policy", policy);
		return wait_transition();
	}
	int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_errno("cannot open the module {}", file);
	long r = syscall(SYS_finit_module, fd, fmt::format("policy={} ignore={}", policy, ignored).c_str(), 0);
	int e = errno;
	close(fd);
	errno = e;
	if (r)
		fail_errno("cannot load {} with policy {} (dmesg says why)", file, setting);
	for (auto duration : {"sleep_ns", "boost_ns"})
		if (dilation != 1)
			set_default(duration, std::to_string(dilation * std::stoll(read_file(module + "/parameters/" + duration))));
	wait_transition();
}

void unload()
{
	if (!loaded())
		return;
	wait_transition();
	if (read_or(patch + "/enabled", "0") == "1")
		write_file(patch + "/enabled", "0");
	wait_transition();
	for (auto until = Clock::now() + std::chrono::seconds(30); syscall(SYS_delete_module, "kvm_dyield", O_NONBLOCK);) {
		if (Clock::now() >= until)
			fail_errno("cannot remove kvm_dyield");
		pause_for(milliseconds(50));
	}
}

std::string policy() { return read_or(module + "/parameters/policy", ""); }

std::vector<std::string> policies()
{
	std::istringstream all(read_file(module + "/parameters/policies"));
	return {std::istream_iterator<std::string>(all), {}};
}

nlohmann::json counters() { return read_counters(files + "/stats"); }

nlohmann::json counters(const std::string &vm)
{
	return is_known(vm) ? read_counters(files + "/" + vm + "/stats") : nlohmann::json::object();
}

std::vector<Vm> vms()
{
	std::vector<Vm> all;
	for (auto &entry : std::filesystem::directory_iterator(kvm_files)) {
		std::string name = entry.path().filename();
		if (entry.is_directory())
			all.push_back({name, is_known(name), read_or(files + "/" + name + "/policy", "default")});
	}
	std::sort(all.begin(), all.end(), [](auto &a, auto &b) { return a.name < b.name; });
	return all;
}

void set_policy(const std::string &vm, const std::string &policy)
{
	auto valid = policies();
	if (policy != "default" && std::find(valid.begin(), valid.end(), policy) == valid.end())
		throw Error(fmt::format("unknown policy '{}': valid are default, {}", policy, fmt::join(valid, ", ")), exit_usage);
	write_file(folder_of(vm) + "/policy", policy);
}

void set_duration(const std::string &vm, const std::string &name, std::int64_t ns)
{
	write_file(folder_of(vm) + "/" + name, std::to_string(ns));
}

void set_default(const std::string &parameter, const std::string &value) { write_file(module + "/parameters/" + parameter, value); }

std::string policy_of(const std::string &vm)
{
	std::string own = read_or(files + "/" + vm + "/policy", "default");
	return own == "default" ? policy() : own;
}

Histograms histograms(const std::string &vm)
{
	Histograms all;
	if (!is_known(vm))
		return all;
	std::istringstream lines(read_file(files + "/" + vm + "/hist"));
	std::string name;
	std::int64_t least, n;
	while (lines >> name >> least >> n)
		all[name][least] = n;
	return all;
}

std::map<std::int64_t, std::int64_t> difference(const Histograms &after, const Histograms &before, const std::string &name)
{
	std::map<std::int64_t, std::int64_t> d;
	auto a = after.find(name), b = before.find(name);
	if (a == after.end())
		return d;
	for (auto [least, n] : a->second) {
		if (b != before.end())
			if (auto then = b->second.find(least); then != b->second.end())
				n -= then->second;
		if (n)
			d[least] = n;
	}
	return d;
}

Timing::Timing() : was_on_(read_or(files + "/timing", "0") == "1")
{
	if (!was_on_)
		write_file(files + "/timing", "1");
}

Timing::~Timing()
{
	if (was_on_)
		return;
	try {
		write_file(files + "/timing", "0");
	} catch (const Error &) {
		// The module was removed meanwhile.
	}
}

nlohmann::json difference(const nlohmann::json &after, const nlohmann::json &before)
{
	nlohmann::json d = nlohmann::json::object();
	for (auto &[name, value] : after.items())
		d[name] = value.get<std::int64_t>() - before.value(name, std::int64_t(0));
	return d;
}

} // namespace dyield::kmod
