// SPDX-License-Identifier: GPL-2.0
#include "host/guests.hpp"
#include "host/direct_guest.hpp"
#include "host/libvirt_guest.hpp"
#include "util/error.hpp"

namespace dyield {

void require_libvirts_layout(bool libvirts_layout)
{
	if (!libvirts_layout)
		throw Error("libvirt's guests are measured in the cgroups that libvirt makes, --layouts vcpu-cgroups: for others --guests direct", exit_usage);
}

std::string choose_guests(GuestConfig &config, bool libvirts_layout)
{
	Guests asked = config.guests;
	config.guests = Guests::direct;
	if (asked == Guests::direct)
		return "guests by QEMU itself, as asked";
	if (asked == Guests::libvirt)
		require_libvirts_layout(libvirts_layout);
	if (!libvirts_layout)
		return "guests by QEMU itself, because libvirt's stay in the cgroups that it makes and other layouts are to be measured";
	try {
		libvirt::Daemon daemon(config.connect);
		daemon.domain_type();
		if (!daemon.local())
			throw Error(fmt::format("PAUSE exits, policies and counters are those of the host of {}: run dyield there, or go there by qemu+ssh://", config.connect), exit_unfit);
		config.guests = Guests::libvirt;
		return fmt::format("guests through libvirt {} at {}", daemon.version(), daemon.uri());
	} catch (const Error &e) {
		if (asked == Guests::libvirt)
			throw;
		return fmt::format("guests by QEMU itself, because {}", e.what());
	}
}

std::unique_ptr<Guest> start_guest(const std::string &name, const GuestConfig &config, const std::string &folder)
{
	if (config.guests == Guests::libvirt)
		return std::make_unique<LibvirtGuest>(name, config, folder);
	return std::make_unique<DirectGuest>(name, config, folder);
}

} // namespace dyield
