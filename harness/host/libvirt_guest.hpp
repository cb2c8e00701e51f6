// SPDX-License-Identifier: GPL-2.0
/// @file
/// A guest as a transient domain of libvirt's, on this host or on any that libvirt reaches: pins, times and both serial ports
/// come over libvirt's connection. Its cgroups stay as libvirt makes them.
#pragma once
#include "host/libvirt_serial.hpp"

namespace dyield {

class LibvirtGuest : public Guest {
public:
	/// As DirectGuest's; the domain's name is dyield-<name>.
	LibvirtGuest(const std::string &name, const GuestConfig &config, const std::string &folder);
	~LibvirtGuest() override;

	pid_t pid() const override;
	const std::vector<pid_t> &vcpu_threads() const override;
	bool in_foreign_cgroups() const override { return true; }
	std::string started_by() const override;
	std::vector<VcpuTime> vcpu_times() const override { return domain_.vcpu_times(); }
	void check_alive() override;
	/// SIGSTOP: suspends it, SIGCONT: resumes, SIGKILL: destroys.
	void signal(int sig) override;

private:
	std::vector<std::vector<int>> pins() const override { return domain_.pins(); }
	void open_ports();
	void find_threads();
	void want_here() const;

	libvirt::Daemon daemon_;
	libvirt::TransientDomain domain_;
	std::unique_ptr<libvirt::Serial> console_, protocol_;
	pid_t pid_ = 0;			// on another host: 0 and none
	std::vector<pid_t> threads_;
};

} // namespace dyield
