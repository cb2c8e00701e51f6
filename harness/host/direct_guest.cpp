// SPDX-License-Identifier: GPL-2.0
#include "host/direct_guest.hpp"
#include "util/affinity.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include "util/qmp.hpp"
#include <sstream>

namespace dyield {

DirectGuest::DirectGuest(const std::string &name, const GuestConfig &config, const std::string &folder) : Guest(name, config, folder)
{
	std::string at = folder + "/" + name;
	std::vector<std::string> argv = config.qemu;
	// One ISA serial port for the console, one for the protocol: neither needs a bus scan or a driver.
	for (auto &a : std::vector<std::string>{
		     "-name", "guest=" + name + ",debug-threads=on", "-M", "microvm,accel=kvm", "-cpu", "host",
		     "-smp", std::to_string(config.vcpus), "-m", std::to_string(config.memory_mib),
		     "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		     "-kernel", config.kernel, "-initrd", config.initrd, "-append", kernel_arguments(config),
		     "-chardev", "file,id=con,path=" + console(), "-serial", "chardev:con",
		     "-chardev", "socket,id=port,path=" + at + ".port,server=on,wait=off", "-device", "isa-serial,chardev=port,index=1",
		     "-qmp", "unix:" + at + ".qmp,server=on,wait=off"})
		argv.push_back(a);
	qemu_ = Child(argv, at + ".qemu.log");
	try {
		open_lines();
	} catch (const Interrupted &) {
		throw;
	} catch (const Error &) {
		check_alive();
		throw;
	}
	wait_ready();
}

/// Beside a busy neighbour QEMU may take long to listen; one that has died never will.
JsonLine DirectGuest::connect(const std::string &socket)
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

void DirectGuest::open_lines()
{
	std::string at = folder_ + "/" + name_;
	qmp_ = connect(at + ".qmp");
	qmp::greet(qmp_);
	find_vcpus();
	pin();
	port_ = connect(at + ".port");
}

void DirectGuest::find_vcpus()
{
	auto cpus = qmp::execute(qmp_, "query-cpus-fast");
	vcpus_.assign(config_.vcpus, 0);
	for (auto &c : cpus)
		vcpus_.at(c.at("cpu-index").get<int>()) = c.at("thread-id").get<pid_t>();
}

std::string DirectGuest::vcpu_name(std::size_t vcpu) const
{
	return fmt::format("vCPU {} of {}", vcpu, name_);
}

void DirectGuest::pin() const
{
	for (std::size_t i = 0; i < vcpus_.size(); i++)
		run_on(vcpus_[i], pins_of(config_, i), vcpu_name(i));
}

std::vector<std::vector<int>> DirectGuest::pins() const
{
	std::vector<std::vector<int>> all;
	for (std::size_t i = 0; i < vcpus_.size(); i++)
		all.push_back(cpus_of(vcpus_[i], vcpu_name(i)));
	return all;
}

std::vector<VcpuTime> DirectGuest::vcpu_times() const
{
	std::vector<VcpuTime> times;
	for (pid_t t : vcpus_) {
		std::istringstream s(read_file(fmt::format("/proc/{}/task/{}/schedstat", qemu_.pid(), t)));
		std::int64_t ran, waited;
		if (!(s >> ran >> waited))
			fail("the kernel keeps no schedstat: how long vCPUs run and wait cannot be measured");
		times.push_back({ran, waited});
	}
	return times;
}

void DirectGuest::check_alive()
{
	if (!qemu_.running())
		fail_ended(fmt::format("{}; QEMU: '{}'", qemu_.ended_how(), last_line(folder_ + "/" + name_ + ".qemu.log")));
}

} // namespace dyield
