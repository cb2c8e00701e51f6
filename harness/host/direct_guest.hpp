// SPDX-License-Identifier: GPL-2.0
/// @file
/// A guest whose QEMU we start ourselves: a microvm, killed with us.
#pragma once
#include "host/guest.hpp"
#include "util/child.hpp"

namespace dyield {

class DirectGuest : public Guest {
public:
	/// Boots a guest and waits until it is ready and idle; its console goes to <folder>/<name>.console.
	/// Throws Error (with the console's last line if it died), Interrupted.
	DirectGuest(const std::string &name, const GuestConfig &config, const std::string &folder);

	pid_t pid() const override { return qemu_.pid(); }
	const std::vector<pid_t> &vcpu_threads() const override { return vcpus_; }
	bool in_foreign_cgroups() const override { return false; }
	std::string started_by() const override { return "QEMU itself, microvm"; }
	std::vector<VcpuTime> vcpu_times() const override;
	void check_alive() override;
	void signal(int sig) override { qemu_.signal(sig); }

private:
	std::vector<std::vector<int>> pins() const override;
	JsonLine connect(const std::string &socket);
	void open_lines();
	void find_vcpus();
	std::string vcpu_name(std::size_t vcpu) const;
	void pin() const;

	Child qemu_;
	JsonLine qmp_;
	std::vector<pid_t> vcpus_;
};

} // namespace dyield
