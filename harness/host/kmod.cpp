// SPDX-License-Identifier: GPL-2.0
#include "host/kmod.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include "util/interrupt.hpp"
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <sys/syscall.h>
#include <unistd.h>

namespace dyield::kmod {
namespace {

const std::string patch = "/sys/kernel/livepatch/kvm_dyield", module = "/sys/module/kvm_dyield",
		  stats = "/sys/kernel/debug/kvm_dyield/stats";
constexpr auto transition_limit = std::chrono::seconds(120);

void wait_transition()
{
	for (auto until = Clock::now() + transition_limit; read_or(patch + "/transition", "0") == "1";) {
		if (Clock::now() >= until)
			fail("the livepatch's transition did not end in {} s (see {}/transition)", transition_limit.count(), patch);
		pause_for(milliseconds(50));
	}
}

} // namespace

bool loaded() { return std::filesystem::exists(module); }

void use(const std::string &file, const std::string &policy)
{
	if (loaded()) {
		write_file(module + "/parameters/policy", policy);
		return wait_transition();
	}
	int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_errno("cannot open the module {}", file);
	long r = syscall(SYS_finit_module, fd, ("policy=" + policy).c_str(), 0);
	int e = errno;
	close(fd);
	errno = e;
	if (r)
		fail_errno("cannot load {} with policy {} (dmesg says why)", file, policy);
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

nlohmann::json counters()
{
	std::istringstream lines(read_file(stats));
	nlohmann::json j = nlohmann::json::object();
	std::string name;
	std::int64_t value;
	while (lines >> name >> value)
		j[name] = value;
	return j;
}

nlohmann::json difference(const nlohmann::json &after, const nlohmann::json &before)
{
	nlohmann::json d = nlohmann::json::object();
	for (auto &[name, value] : after.items())
		d[name] = value.get<std::int64_t>() - before.value(name, std::int64_t(0));
	return d;
}

} // namespace dyield::kmod
