// SPDX-License-Identifier: GPL-2.0
#include "host/guest.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include "util/qmp.hpp"
#include <fmt/ranges.h>
#include <sched.h>
#include <sstream>

namespace dyield {

Guest::Guest(const std::string &name, const GuestConfig &config, const std::string &folder)
	: name_(name), folder_(folder), console_(folder + "/" + name + ".console"), config_(config)
{
	std::string at = folder + "/" + name;
	std::vector<std::string> argv = config.qemu;
	// One ISA serial port for the console, one for the protocol: neither needs a bus scan or a driver.
	for (auto &a : std::vector<std::string>{
		     "-name", "guest=" + name + ",debug-threads=on", "-M", "microvm,accel=kvm", "-cpu", "host",
		     "-smp", std::to_string(config.vcpus), "-m", std::to_string(config.memory_mib),
		     "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		     "-kernel", config.kernel, "-initrd", config.initrd, "-append", "console=ttyS0 panic=-1 quiet " + config.cmdline,
		     "-chardev", "file,id=con,path=" + console_, "-serial", "chardev:con",
		     "-chardev", "socket,id=port,path=" + at + ".port,server=on,wait=off", "-device", "isa-serial,chardev=port,index=1",
		     "-qmp", "unix:" + at + ".qmp,server=on,wait=off"})
		argv.push_back(a);
	qemu_ = Child(argv, at + ".qemu.log");
	try {
		qmp_ = connect(at + ".qmp");
		qmp::greet(qmp_);
		find_vcpus();
		pin();
		port_ = connect(at + ".port");
		ready_ = expect("ready", milliseconds(1000 * config.boot_limit_s));
	} catch (const Interrupted &) {
		throw;
	} catch (const Error &e) {
		check_alive();
		fail("{} (last on its console: '{}')", e.what(), last_line(console_));
	}
	verify_pins();
}

/// Beside a busy neighbour QEMU may take long to listen; one that has died never will.
JsonLine Guest::connect(const std::string &socket)
{
	for (auto until = Clock::now() + std::chrono::seconds(config_.boot_limit_s);;)
		try {
			return JsonLine::connect(socket, milliseconds(1000));
		} catch (const Interrupted &) {
			throw;
		} catch (const Error &) {
			check_alive();
			if (Clock::now() >= until)
				throw;
		}
}

void Guest::find_vcpus()
{
	auto cpus = qmp::execute(qmp_, "query-cpus-fast");
	vcpus_.assign(config_.vcpus, 0);
	for (auto &c : cpus)
		vcpus_.at(c.at("cpu-index").get<int>()) = c.at("thread-id").get<pid_t>();
}

std::vector<int> Guest::pins_of(std::size_t vcpu) const
{
	if (!config_.one_to_one)
		return config_.pcpus;
	return {config_.pcpus.at(vcpu % config_.pcpus.size())};
}

void Guest::pin() const
{
	for (std::size_t i = 0; i < vcpus_.size(); i++) {
		cpu_set_t set;
		CPU_ZERO(&set);
		for (int p : pins_of(i))
			CPU_SET(p, &set);
		if (sched_setaffinity(vcpus_[i], sizeof set, &set))
			fail_errno("cannot pin vCPU {} of {} to pCPUs {}", i, name_, fmt::join(pins_of(i), ","));
	}
}

void Guest::verify_pins() const
{
	for (std::size_t i = 0; i < vcpus_.size(); i++) {
		cpu_set_t set;
		if (sched_getaffinity(vcpus_[i], sizeof set, &set))
			fail_errno("cannot read where vCPU {} of {} may run", i, name_);
		std::vector<int> may;
		for (int p = 0; p < CPU_SETSIZE; p++)
			if (CPU_ISSET(p, &set))
				may.push_back(p);
		if (may != pins_of(i))
			fail("vCPU {} of {} may run on pCPUs {} where it should on {}", i, name_, fmt::join(may, ","), fmt::join(pins_of(i), ","));
	}
}

std::int64_t Guest::cpu_ns() const
{
	std::int64_t sum = 0, ran;
	for (pid_t t : vcpus_) {
		std::istringstream s(read_file(fmt::format("/proc/{}/task/{}/schedstat", qemu_.pid(), t)));
		if (!(s >> ran))
			fail("the kernel keeps no schedstat: CPU shares cannot be measured");
		sum += ran;
	}
	return sum;
}

void Guest::check_alive()
{
	if (qemu_.running())
		return;
	fail("guest {} died ({}; QEMU: '{}'; console: '{}')", name_, qemu_.ended_how(), last_line(folder_ + "/" + name_ + ".qemu.log"),
	     last_line(console_));
}

void Guest::send(const nlohmann::json &command)
{
	try {
		port_.send(command);
	} catch (const Error &) {
		pause_for(milliseconds(500));	// a QEMU that closed its socket has yet to end
		check_alive();
		throw;
	}
}

nlohmann::json Guest::ask(const nlohmann::json &command, const std::string &event, milliseconds limit)
{
	send(command);
	auto answer = expect(event, limit);
	if (event == "started" || event == "result")
		busy_ = event == "started";
	return answer;
}

nlohmann::json Guest::expect(const std::string &event, milliseconds limit)
{
	try {
		return port_.expect(event, limit, "guest " + name_);
	} catch (const Interrupted &) {
		throw;
	} catch (const Error &) {
		check_alive();
		throw;
	}
}

} // namespace dyield
