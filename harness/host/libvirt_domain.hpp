// SPDX-License-Identifier: GPL-2.0
/// @file
/// A host that libvirt's daemon runs VMs on, this one or another, and a transient domain there.
#pragma once
#include "host/guest.hpp"
#include "host/libvirt_api.hpp"
#include "host/libvirt_xml.hpp"
#include <mutex>
#include <span>

namespace dyield::libvirt {

/// A connection to a daemon.
class Daemon {
public:
	/// Connects to a URI (https://libvirt.org/uri.html). Throws Error (exit_unfit): no libvirt, no daemon, no permission.
	explicit Daemon(const std::string &uri);

	const std::string &uri() const { return uri_; }
	bool local() const;			///< it is this machine's
	std::string version() const;		///< "11.3.0"
	/// The type of the domains to make: "kvm"; with libvirt's test driver "test". Throws Error (exit_unfit) if it has no KVM.
	std::string domain_type() const;
	/// Whom QEMU should run as to read kernel and initramfs wherever they lie and without their changing hands:
	/// DomainSpec::owner.
	std::string owner() const;
	/// Throws Error.
	std::vector<int> online_pcpus() const;
	bool alive() const;
	virConnectPtr get() const { return connection_.get(); }

private:
	std::string uri_;
	Connection connection_;
	Capabilities capabilities_;
};

/// Destroyed when this goes, and by the daemon (autodestroy) when we die however we die.
class TransientDomain {
public:
	static constexpr unsigned paused = VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY;

	/// Creates it. Throws Error: a domain of that name is there, the daemon refuses, QEMU does not start.
	TransientDomain(const Daemon &daemon, const DomainSpec &spec, unsigned flags = paused);
	~TransientDomain();
	TransientDomain(const TransientDomain &) = delete;
	TransientDomain &operator=(const TransientDomain &) = delete;

	void resume();			///< throws Error, as the two below
	void suspend();			///< no vCPU is in guest mode then
	void destroy();
	/// Where each vCPU may run by what the host's kernel says, ascending. Throws Error.
	std::vector<std::vector<int>> pins() const;
	/// Throws Error.
	std::vector<VcpuTime> vcpu_times() const;
	/// The vCPUs' threads on the daemon's host, by what its QEMU says. Throws Error.
	std::vector<pid_t> vcpu_threads() const;
	/// How it ended ("it was destroyed"...); "" while it is there. Throws Error when the daemon has gone.
	std::string ended() const;
	virDomainPtr get() const { return domain_.get(); }

private:
	struct LastEvent {
		std::mutex lock;
		std::string what;
	};
	void watch();

	const Daemon &daemon_;
	std::string name_;
	std::size_t vcpus_;
	Domain domain_;
	std::shared_ptr<LastEvent> last_event_ = std::make_shared<LastEvent>();
	int watch_ = -1;
};

/// The vCPUs' times from the statistics of VIR_DOMAIN_STATS_VCPU; empty if they lack some of `vcpus`.
std::vector<VcpuTime> read_vcpu_times(std::span<const virTypedParameter> statistics, std::size_t vcpus);

/// What a lifecycle event says of a domain's end ("its kernel panicked"); "" for events that are none.
std::string end_in_words(int event, int detail);

} // namespace dyield::libvirt
