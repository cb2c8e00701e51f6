// SPDX-License-Identifier: GPL-2.0
#include "host/libvirt_xml.hpp"
#include "util/error.hpp"
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <fmt/ranges.h>
#include <sstream>

namespace pt = boost::property_tree;
namespace dyield::libvirt {
namespace {

/// An element with attributes and, if not empty, a text.
pt::ptree element(std::initializer_list<std::pair<const char *, std::string>> attributes, const std::string &text = "")
{
	pt::ptree e(text);
	for (auto &[name, value] : attributes)
		e.put(std::string("<xmlattr>.") + name, value);
	return e;
}

std::string cpuset(const std::vector<int> &pcpus) { return fmt::format("{}", fmt::join(pcpus, ",")); }

pt::ptree pinning(const DomainSpec &spec)
{
	pt::ptree tune;
	for (std::size_t i = 0; i < spec.pins.size(); i++)
		tune.add_child("vcpupin", element({{"vcpu", std::to_string(i)}, {"cpuset", cpuset(spec.pins[i])}}));
	if (!spec.emulator_pins.empty())
		tune.add_child("emulatorpin", element({{"cpuset", cpuset(spec.emulator_pins)}}));
	return tune;
}

pt::ptree direct_boot(const DomainSpec &spec)
{
	pt::ptree os;
	os.add_child("type", element({{"arch", "x86_64"}, {"machine", "pc"}}, "hvm"));
	os.add("kernel", spec.kernel);
	os.add("initrd", spec.initrd);
	os.add("cmdline", spec.cmdline);
	return os;
}

pt::ptree devices()
{
	pt::ptree all;
	all.add_child("controller", element({{"type", "usb"}, {"model", "none"}}));
	for (auto port : {"0", "1"}) {
		auto serial = element({{"type", "pty"}});
		serial.add_child("target", element({{"type", "isa-serial"}, {"port", port}}));
		all.add_child("serial", serial);
	}
	all.add_child("memballoon", element({{"model", "none"}}));
	return all;
}

} // namespace

std::string domain_xml(const DomainSpec &spec)
{
	pt::ptree tree;
	auto &domain = tree.add_child("domain", element({{"type", spec.type}}));
	domain.add("name", spec.name);
	domain.add_child("memory", element({{"unit", "MiB"}}, std::to_string(spec.memory_mib)));
	domain.add_child("vcpu", element({{"placement", "static"}}, std::to_string(spec.vcpus)));
	if (auto tune = pinning(spec); !tune.empty())
		domain.add_child("cputune", tune);
	domain.add_child("os", direct_boot(spec));
	domain.add("features.acpi", "");
	domain.add("features.apic", "");
	domain.add_child("cpu", element({{"mode", "host-passthrough"}, {"check", "none"}, {"migratable", "off"}}));
	domain.add_child("clock", element({{"offset", "utc"}}));
	for (auto event : {"on_poweroff", "on_reboot", "on_crash"})	// a panic reboots: nobody is to wait for a second boot
		domain.add(event, "destroy");
	domain.add_child("devices", devices());
	if (!spec.owner.empty()) {
		auto label = element({{"type", "static"}, {"model", "dac"}, {"relabel", "no"}});
		label.add("label", spec.owner);
		domain.add_child("seclabel", label);
	}
	std::ostringstream out;
	pt::write_xml(out, tree);
	return out.str();
}

Capabilities read_capabilities(const std::string &xml)
try {
	pt::ptree tree;
	std::istringstream in(xml);
	pt::read_xml(in, tree);
	Capabilities c;
	for (auto &[name, node] : tree.get_child("capabilities")) {
		if (name == "host")
			for (auto &[part, model] : node)
				c.owners = c.owners || (part == "secmodel" && model.get("model", "") == "dac");
		if (name == "guest")
			for (auto &[part, domain] : node.get_child("arch"))
				if (part == "domain")
					c.types.insert(domain.get("<xmlattr>.type", ""));
	}
	return c;
} catch (const pt::ptree_error &e) {
	fail("libvirt's capabilities cannot be read: {}", e.what());
}

} // namespace dyield::libvirt
