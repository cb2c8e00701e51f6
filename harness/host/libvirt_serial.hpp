// SPDX-License-Identifier: GPL-2.0
/// @file
/// A domain's serial port as a descriptor, over libvirt's own connection: the same for this host and for another.
#pragma once
#include "host/libvirt_domain.hpp"

namespace dyield::libvirt {

class Serial {
public:
	/// Copies what comes from the port `device` ("serial0") to `fd`, a socket or a file, and, if `both_ways`, what can be read
	/// from `fd` to the port. Takes the descriptor over and closes it when the port closes. Throws Error.
	Serial(const Daemon &daemon, const TransientDomain &domain, const std::string &device, int fd, bool both_ways);
	~Serial();
	Serial(const Serial &) = delete;
	Serial &operator=(const Serial &) = delete;

private:
	struct Pump;
	std::shared_ptr<Pump> pump_;
};

} // namespace dyield::libvirt
