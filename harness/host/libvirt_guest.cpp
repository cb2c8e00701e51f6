// SPDX-License-Identifier: GPL-2.0
#include "host/libvirt_guest.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <sys/socket.h>

namespace dyield {
namespace {

/// The pCPUs that measure nothing: there QEMU's other threads disturb nobody.
std::vector<int> others(const std::vector<int> &online, const std::vector<int> &measured)
{
	std::vector<int> rest;
	std::ranges::copy_if(online, std::back_inserter(rest), [&](int p) { return std::ranges::find(measured, p) == measured.end(); });
	return rest;
}

libvirt::DomainSpec spec_of(const std::string &name, const GuestConfig &config, const libvirt::Daemon &daemon)
{
	libvirt::DomainSpec spec{.type = daemon.domain_type(), .name = "dyield-" + name, .kernel = config.kernel, .initrd = config.initrd,
				 .cmdline = kernel_arguments(config), .vcpus = config.vcpus, .memory_mib = config.memory_mib,
				 .pins = {}, .emulator_pins = others(daemon.online_pcpus(), config.pcpus), .owner = daemon.owner()};
	for (int i = 0; i < config.vcpus; i++)
		spec.pins.push_back(pins_of(config, i));
	return spec;
}

} // namespace

LibvirtGuest::LibvirtGuest(const std::string &name, const GuestConfig &config, const std::string &folder)
	: Guest(name, config, folder), daemon_(config.connect), domain_(daemon_, spec_of(name, config, daemon_))
{
	open_ports();
	if (daemon_.local())
		find_threads();
	domain_.resume();
	wait_ready();
}

LibvirtGuest::~LibvirtGuest()
{
	port_ = JsonLine();	// first: whoever would still write to it is not to wait for us
}

void LibvirtGuest::open_ports()
{
	int log = open(console().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (log < 0)
		fail_errno("cannot write {}", console());
	console_ = std::make_unique<libvirt::Serial>(daemon_, domain_, "serial0", log, false);
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		fail_errno("socketpair");
	port_ = JsonLine(ends[0]);
	protocol_ = std::make_unique<libvirt::Serial>(daemon_, domain_, "serial1", ends[1], true);
}

/// The process by what the kernel says of a thread: libvirt has no name for it.
void LibvirtGuest::find_threads()
{
	threads_ = domain_.vcpu_threads();
	std::string status = read_file(fmt::format("/proc/{}/status", threads_.at(0))), key = "\nTgid:";
	pid_ = std::stoi(status.substr(status.find(key) + key.size()));
}

void LibvirtGuest::want_here() const
{
	if (threads_.empty())
		fail("guest {} runs on the host of {}: its threads cannot be seen from here", name_, daemon_.uri());
}

pid_t LibvirtGuest::pid() const
{
	want_here();
	return pid_;
}

const std::vector<pid_t> &LibvirtGuest::vcpu_threads() const
{
	want_here();
	return threads_;
}

std::string LibvirtGuest::started_by() const
{
	return fmt::format("libvirt {} at {}, pc", daemon_.version(), daemon_.uri());
}

void LibvirtGuest::check_alive()
{
	if (auto how = domain_.ended(); !how.empty())
		fail_ended(how);
}

void LibvirtGuest::signal(int sig)
{
	if (sig == SIGSTOP)
		domain_.suspend();
	else if (sig == SIGCONT)
		domain_.resume();
	else
		domain_.destroy();
}

} // namespace dyield
