// SPDX-License-Identifier: GPL-2.0
/// @file
/// What libvirt reads and writes as XML: a guest's domain, a host's capabilities.
#pragma once
#include <set>
#include <string>
#include <vector>

namespace dyield::libvirt {

/// A guest as a domain of libvirt's.
struct DomainSpec {
	std::string type = "kvm";
	std::string name;
	std::string kernel, initrd, cmdline;	///< booted directly; paths on the host where the daemon runs
	int vcpus = 4;
	int memory_mib = 256;
	std::vector<std::vector<int>> pins;	///< by vCPU: the pCPUs that it may run on
	std::vector<int> emulator_pins;		///< QEMU's other threads; empty: wherever they like
	std::string owner;			///< who QEMU runs as, "+uid:+gid"; empty: whom the daemon chooses
};

/// The domain's XML (https://libvirt.org/formatdomain.html): an i440FX with two serial ports, serial0 for the console and
/// serial1 for the protocol, and nothing else that would wake its QEMU up.
std::string domain_xml(const DomainSpec &spec);

/// What we want to know of a host's capabilities (https://libvirt.org/formatcaps.html).
struct Capabilities {
	std::set<std::string> types;		///< what domains can be: "kvm", "qemu", "test"
	bool owners = false;			///< DomainSpec::owner can be chosen
};
/// Throws Error when it is no XML.
Capabilities read_capabilities(const std::string &xml);

} // namespace dyield::libvirt
