// SPDX-License-Identifier: GPL-2.0
// Guests through libvirt, against its own test driver where no VM has to run: there what is real is the connection, the
// domain's XML (which it checks against libvirt's schema), its life and its pins.
#include "host/guests.hpp"
#include "host/libvirt_guest.hpp"
#include "util/error.hpp"
#include <boost/property_tree/xml_parser.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>

namespace dyield::libvirt {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string test_driver = "test:///default";	// nothing is shared between connections
constexpr unsigned checked = VIR_DOMAIN_START_VALIDATE;	// it has neither autodestroy nor paused starts

DomainSpec a_guest()
{
	return {.type = "test", .name = "dyield-load", .kernel = "/l2/vmlinux", .initrd = "/l2/initramfs", .cmdline = "console=ttyS0",
		.vcpus = 2, .memory_mib = 256, .pins = {{0, 1}, {3}}, .emulator_pins = {4, 5}, .owner = "+0:+0"};
}

boost::property_tree::ptree parsed(const DomainSpec &spec)
{
	std::istringstream in(domain_xml(spec));
	boost::property_tree::ptree tree;
	read_xml(in, tree);
	return tree;
}

std::string error_of(auto &&what, int code)
{
	try {
		what();
	} catch (const Error &e) {
		EXPECT_EQ(e.code, code) << e.what();
		return e.what();
	}
	ADD_FAILURE() << "no error";
	return "";
}

TEST(LibvirtXml, SaysWhatTheGuestIs)
{
	auto d = parsed(a_guest());
	EXPECT_EQ(d.get<std::string>("domain.<xmlattr>.type"), "test");
	EXPECT_EQ(d.get<std::string>("domain.memory"), "256");
	EXPECT_EQ(d.get<std::string>("domain.memory.<xmlattr>.unit"), "MiB");
	EXPECT_EQ(d.get<std::string>("domain.vcpu"), "2");
	EXPECT_EQ(d.get<std::string>("domain.os.kernel"), "/l2/vmlinux");
	EXPECT_EQ(d.get<std::string>("domain.os.initrd"), "/l2/initramfs");
	EXPECT_EQ(d.get<std::string>("domain.on_reboot"), "destroy");
	EXPECT_EQ(d.get<std::string>("domain.cputune.emulatorpin.<xmlattr>.cpuset"), "4,5");
	EXPECT_EQ(d.get<std::string>("domain.seclabel.label"), "+0:+0");
	EXPECT_EQ(d.get_child("domain.devices").count("serial"), 2u);
}

TEST(LibvirtXml, LeavesOutWhatIsNotAskedFor)
{
	auto spec = a_guest();
	spec.pins.clear();
	spec.emulator_pins.clear();
	spec.owner.clear();
	auto d = parsed(spec);
	EXPECT_EQ(d.count("domain.cputune"), 0u);
	EXPECT_FALSE(d.get_child_optional("domain.cputune"));
	EXPECT_FALSE(d.get_child_optional("domain.seclabel"));
}

TEST(LibvirtXml, NoValueCanBecomeMarkup)
{
	auto spec = a_guest();
	spec.kernel = "/k'\"</kernel><kernel>/evil";
	spec.cmdline = "a=\"1 < 2 && 3 > 2\" ' ]]> <!--";
	spec.owner = "<";
	auto d = parsed(spec);
	EXPECT_EQ(d.get<std::string>("domain.os.kernel"), spec.kernel);
	EXPECT_EQ(d.get<std::string>("domain.os.cmdline"), spec.cmdline);
	EXPECT_EQ(d.get<std::string>("domain.seclabel.label"), spec.owner);
	EXPECT_EQ(d.get_child("domain.os").count("kernel"), 1u);
}

TEST(LibvirtXml, CapabilitiesTellDomainTypesAndOwners)
{
	auto c = read_capabilities("<capabilities><host><secmodel><model>none</model></secmodel><secmodel><model>dac</model></secmodel></host>"
				   "<guest><arch name='i686'><domain type='qemu'/></arch></guest><guest><arch name='x86_64'><domain type='qemu'/><domain type='kvm'/></arch></guest></capabilities>");
	EXPECT_THAT(c.types, ElementsAre("kvm", "qemu"));
	EXPECT_TRUE(c.owners);
	EXPECT_FALSE(read_capabilities("<capabilities><host><secmodel><model>apparmor</model></secmodel></host></capabilities>").owners);
	EXPECT_THROW(read_capabilities("<capabilities>"), Error);
	EXPECT_THROW(read_capabilities("<domain/>"), Error);
}

TEST(LibvirtDaemon, TellsWhatItIs)
{
	Daemon d(test_driver);
	EXPECT_TRUE(d.local());
	EXPECT_TRUE(d.alive());
	EXPECT_EQ(d.domain_type(), "test");
	EXPECT_EQ(d.owner(), "");	// its only security model is none of ownership
	EXPECT_THAT(d.online_pcpus(), ElementsAre(0, 2, 4));	// of 8
	EXPECT_THAT(d.version(), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

TEST(LibvirtDaemon, ThatIsNotThereIsOneLineWithWhatToDo)
{
	for (auto uri : {"qemu+unix:///system?socket=/nonexistent/socket", "qemu+ssh://no-such-host.invalid/system", "nonsense:///"}) {
		auto line = error_of([&] { Daemon d(uri); }, exit_unfit);
		EXPECT_THAT(line, AllOf(HasSubstr("no libvirt daemon answers at " + std::string(uri)), HasSubstr("--guests direct"), Not(HasSubstr("\n"))));
	}
}

TEST(LibvirtDomain, RunsPinnedAndIsGoneWithItsObject)
{
	Daemon d(test_driver);
	{
		TransientDomain domain(d, a_guest(), checked);
		EXPECT_EQ(domain.ended(), "");
		EXPECT_THAT(domain.pins(), ElementsAre(ElementsAre(0, 1), ElementsAre(3)));
		domain.suspend();
		EXPECT_EQ(domain.ended(), "");
		domain.resume();
		EXPECT_THROW(domain.resume(), Error);	// it runs
	}
	TransientDomain again(d, a_guest(), checked);
	EXPECT_EQ(again.ended(), "");
}

TEST(LibvirtDomain, ANameThatIsTakenSaysHowToFreeIt)
{
	Daemon d(test_driver);
	TransientDomain domain(d, a_guest(), checked);
	auto line = error_of([&] { TransientDomain second(d, a_guest(), checked); }, exit_failed);
	EXPECT_THAT(line, AllOf(HasSubstr("guest dyield-load"), HasSubstr("virsh -c test:///default destroy dyield-load"), HasSubstr("already exists"), Not(HasSubstr("\n"))));
	EXPECT_EQ(domain.ended(), "");	// the first is as it was
}

TEST(LibvirtDomain, ADaemonThatCannotDoItIsOneLine)
{
	Daemon d(test_driver);
	// The test driver has no autodestroy: it has to refuse rather than leave a guest behind.
	auto line = error_of([&] { TransientDomain domain(d, a_guest()); }, exit_failed);
	EXPECT_THAT(line, AllOf(HasSubstr("does not start guest dyield-load"), HasSubstr("unsupported flags"), Not(HasSubstr("\n"))));
}

TEST(LibvirtDomain, TheSchemaIsChecked)
{
	Daemon d(test_driver);
	auto spec = a_guest();
	spec.name = "a/b";
	EXPECT_THROW(TransientDomain(d, spec, checked), Error);
	spec = a_guest();
	spec.pins[0] = {100000000};
	EXPECT_THROW(TransientDomain(d, spec, checked), Error);
}

TEST(LibvirtDomain, TellsHowItEnded)
{
	Daemon d(test_driver);
	TransientDomain domain(d, a_guest(), checked);
	domain.destroy();
	std::string how = domain.ended();
	for (int i = 0; i < 100 && how == "libvirt gives no reason"; i++) {	// the event comes by another thread
		pause_for(milliseconds(20));
		how = domain.ended();
	}
	EXPECT_EQ(how, "it was destroyed");
	EXPECT_THROW(domain.suspend(), Error);
	EXPECT_THROW(domain.pins(), Error);
}

TEST(LibvirtDomain, EndsInWords)
{
	EXPECT_EQ(end_in_words(VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_BOOTED), "");
	EXPECT_EQ(end_in_words(VIR_DOMAIN_EVENT_SUSPENDED, 0), "");
	EXPECT_EQ(end_in_words(VIR_DOMAIN_EVENT_CRASHED, VIR_DOMAIN_EVENT_CRASHED_PANICKED), "its kernel panicked");
	EXPECT_EQ(end_in_words(VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_CRASHED), "it crashed");
	EXPECT_EQ(end_in_words(VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_FAILED), "its QEMU failed or was killed");
}

virTypedParameter statistic(const std::string &field, unsigned long long value, int type = VIR_TYPED_PARAM_ULLONG)
{
	virTypedParameter p{};
	field.copy(p.field, sizeof p.field - 1);
	p.type = type;
	p.value.ul = value;
	return p;
}

TEST(LibvirtDomain, VcpuTimesComeFromItsStatistics)
{
	std::vector all{statistic("vcpu.current", 2, VIR_TYPED_PARAM_UINT), statistic("vcpu.1.time", 7), statistic("vcpu.0.time", 5000000000), statistic("vcpu.0.delay", 9),
			statistic("vcpu.0.wait", 1)};
	auto times = read_vcpu_times(all, 2);
	ASSERT_EQ(times.size(), 2u);
	EXPECT_EQ(times[0].ran_ns, 5000000000);
	EXPECT_EQ(times[0].waited_ns, 9);
	EXPECT_EQ(times[1].ran_ns, 7);
	EXPECT_FALSE(times[1].waited_ns);
	EXPECT_TRUE(read_vcpu_times(all, 3).empty());	// one vCPU without a time: no sum can be told
}

TEST(LibvirtDomain, StatisticsThatAreMissingAreAnError)
{
	Daemon d(test_driver);
	TransientDomain domain(d, a_guest(), checked);	// the test driver has none of vCPUs
	EXPECT_THAT(error_of([&] { domain.vcpu_times(); }, exit_failed), HasSubstr("CPU time of guest dyield-load"));
	EXPECT_THAT(error_of([&] { domain.vcpu_threads(); }, exit_failed), HasSubstr("dyield-load"));
}

TEST(LibvirtSerial, APortThatCannotBeOpenedIsOneLine)
{
	Daemon d(test_driver);
	TransientDomain domain(d, a_guest(), checked);
	int ends[2];
	ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	EXPECT_THAT(error_of([&] { Serial s(d, domain, "serial1", ends[1], true); }, exit_failed), AllOf(HasSubstr("serial1"), HasSubstr("not supported")));
	char byte;
	EXPECT_EQ(read(ends[0], &byte, 1), 0);	// it closed its end
	close(ends[0]);
}

TEST(Guests, LibvirtIsChosenWhereItAnswersAndCanMeasureAll)
{
	GuestConfig c;
	c.connect = test_driver;
	EXPECT_THAT(choose_guests(c, true), AllOf(HasSubstr("guests through libvirt"), HasSubstr(test_driver)));
	EXPECT_EQ(c.guests, Guests::libvirt);

	c.guests = Guests::automatic;
	EXPECT_THAT(choose_guests(c, false), HasSubstr("other layouts"));
	EXPECT_EQ(c.guests, Guests::direct);

	c.guests = Guests::automatic;
	c.connect = "qemu+unix:///system?socket=/nonexistent/socket";
	EXPECT_THAT(choose_guests(c, true), HasSubstr("because no libvirt daemon answers"));
	EXPECT_EQ(c.guests, Guests::direct);
}

TEST(Guests, LibvirtThatIsAskedForAndCannotBeIsAnError)
{
	GuestConfig c;
	c.guests = Guests::libvirt;
	c.connect = "qemu+unix:///system?socket=/nonexistent/socket";
	error_of([&] { choose_guests(c, true); }, exit_unfit);
	c.guests = Guests::libvirt;
	c.connect = test_driver;
	EXPECT_THAT(error_of([&] { choose_guests(c, false); }, exit_usage), HasSubstr("--guests direct"));
	c.guests = Guests::direct;
	EXPECT_THAT(choose_guests(c, true), HasSubstr("as asked"));
	EXPECT_EQ(c.guests, Guests::direct);
}

} // namespace
} // namespace dyield::libvirt
