// SPDX-License-Identifier: GPL-2.0
#include "host/libvirt_domain.hpp"
#include "util/error.hpp"
#include <nlohmann/json.hpp>
#include <optional>

namespace dyield::libvirt {
namespace {

std::string no_connection(const std::string &uri)
{
	std::string why = last_words();
	for (auto refused : {"ermission denied", "uthentication", "ccess denied"})
		if (why.find(refused) != std::string::npos)
			return fmt::format("no permission to use libvirt at {} (be root, or join the group libvirt there)", uri);
	return fmt::format("no libvirt daemon answers at {} (systemctl start libvirtd, another --connect, or --guests direct)", uri);
}

Connection connect(const std::string &uri)
{
	Connection c(api().virConnectOpen(uri.c_str()));
	if (!c)
		fail_last(no_connection(uri), exit_unfit);
	// A daemon on another host may go without a word. Not every driver has a line to keep alive: local ones need none.
	constexpr int every_s = 15, missed = 4;
	api().virConnectSetKeepAlive(c.get(), every_s, missed);
	return c;
}

/// What to do about a domain that was not created.
std::string not_started(const std::string &uri, const DomainSpec &spec)
{
	std::string why = last_words();
	if (why.find(spec.kernel) != std::string::npos || why.find(spec.initrd) != std::string::npos)
		return fmt::format(" (kernel {} and initramfs {} must lie on that host and be readable)", spec.kernel, spec.initrd);
	if (why.find("already exists") != std::string::npos)
		return fmt::format(" (does another bench run? if not: virsh -c {} destroy {})", uri, spec.name);
	return "";
}

std::vector<int> set_bits(const unsigned char *map, std::size_t bytes)
{
	std::vector<int> all;
	for (std::size_t p = 0; p < bytes * 8; p++)
		if (VIR_CPU_USED(map, p))
			all.push_back(int(p));
	return all;
}

} // namespace

Daemon::Daemon(const std::string &uri) : uri_(uri), connection_(connect(uri))
{
	Allocated<char> xml(api().virConnectGetCapabilities(get()));
	if (!xml)
		fail_last("libvirt at " + uri + " does not say what it can do", exit_unfit);
	capabilities_ = read_capabilities(xml.get());
}

bool Daemon::local() const
{
	auto authority = uri_.find("//");
	return authority == std::string::npos || uri_.substr(authority + 2).starts_with("/");
}

std::string Daemon::version() const
{
	unsigned long v = 0;
	if (api().virConnectGetLibVersion(get(), &v))
		fail_last("libvirt at " + uri_ + " does not tell its version");
	return fmt::format("{}.{}.{}", v / 1000000, v / 1000 % 1000, v % 1000);
}

std::string Daemon::domain_type() const
{
	for (auto type : {"kvm", "test"})
		if (capabilities_.types.contains(type))
			return type;
	throw Error(fmt::format("libvirt at {} has no KVM: enable virtualisation in that host's firmware, install qemu-system-x86", uri_), exit_unfit);
}

std::string Daemon::owner() const { return capabilities_.owners ? "+0:+0" : ""; }

std::vector<int> Daemon::online_pcpus() const
{
	unsigned char *map = nullptr;
	int n = api().virNodeGetCPUMap(get(), &map, nullptr, 0);
	Allocated<unsigned char> holder(map);
	if (n < 0)
		fail_last("libvirt at " + uri_ + " does not tell which pCPUs it has");
	return set_bits(map, VIR_CPU_MAPLEN(n));
}

bool Daemon::alive() const { return api().virConnectIsAlive(get()) == 1; }

TransientDomain::TransientDomain(const Daemon &daemon, const DomainSpec &spec, unsigned flags)
	: daemon_(daemon), name_(spec.name), vcpus_(spec.vcpus)
{
	domain_.reset(api().virDomainCreateXML(daemon.get(), domain_xml(spec).c_str(), flags));
	if (!domain_)
		fail_last(fmt::format("libvirt at {} does not start guest {}{}", daemon.uri(), name_, not_started(daemon.uri(), spec)));
	watch();
}

TransientDomain::~TransientDomain()
{
	if (watch_ >= 0)
		api().virConnectDomainEventDeregisterAny(daemon_.get(), watch_);
	api().virDomainDestroy(get());	// fails if it has ended by itself
}

void TransientDomain::watch()
{
	using Shared = std::shared_ptr<LastEvent>;
	virConnectDomainEventCallback note = [](virConnectPtr, virDomainPtr, int event, int detail, void *last) {
		auto &shared = **static_cast<Shared *>(last);
		std::scoped_lock guard(shared.lock);
		if (auto end = end_in_words(event, detail); !end.empty())
			shared.what = end;
		return 0;
	};
	auto *shared = new Shared(last_event_);	// the loop's thread may still hold it when we have gone
	watch_ = api().virConnectDomainEventRegisterAny(daemon_.get(), get(), VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(note), shared,
							[](void *last) { delete static_cast<Shared *>(last); });
	if (watch_ < 0)
		delete shared;	// its end is seen all the same, without a reason
}

void TransientDomain::resume()
{
	if (api().virDomainResume(get()))
		fail_last("guest " + name_ + " does not run on");
}

void TransientDomain::suspend()
{
	if (api().virDomainSuspend(get()))
		fail_last("guest " + name_ + " does not stop");
}

void TransientDomain::destroy()
{
	if (api().virDomainDestroy(get()))
		fail_last("guest " + name_ + " cannot be destroyed");
}

std::vector<std::vector<int>> TransientDomain::pins() const
{
	std::size_t bytes = VIR_CPU_MAPLEN(daemon_.online_pcpus().back() + 1);
	std::vector<virVcpuInfo> infos(vcpus_);
	std::vector<unsigned char> maps(vcpus_ * bytes);
	if (api().virDomainGetVcpus(get(), infos.data(), int(vcpus_), maps.data(), int(bytes)) != int(vcpus_))
		fail_last("libvirt does not tell where the vCPUs of " + name_ + " may run");
	std::vector<std::vector<int>> pins;
	for (std::size_t i = 0; i < vcpus_; i++)
		pins.push_back(set_bits(maps.data() + i * bytes, bytes));
	return pins;
}

std::vector<VcpuTime> TransientDomain::vcpu_times() const
{
	virDomainPtr domains[] = {get(), nullptr};
	virDomainStatsRecordPtr *records = nullptr;
	if (api().virDomainListGetStats(domains, VIR_DOMAIN_STATS_VCPU, &records, 0) != 1)
		fail_last("libvirt does not tell the CPU time of guest " + name_);
	auto times = read_vcpu_times({records[0]->params, std::size_t(records[0]->nparams)}, vcpus_);
	api().virDomainStatsRecordListFree(records);
	if (times.empty())
		fail("libvirt at {} does not tell the CPU time of guest {}'s vCPUs", daemon_.uri(), name_);
	return times;
}

std::vector<pid_t> TransientDomain::vcpu_threads() const
{
	char *text = nullptr;
	if (api().virDomainQemuMonitorCommand(get(), R"({"execute":"query-cpus-fast"})", &text, 0))
		fail_last("the QEMU of guest " + name_ + " does not tell its vCPUs' threads");
	Allocated<char> holder(text);
	std::vector<pid_t> threads(vcpus_);
	auto answer = nlohmann::json::parse(text);
	for (auto &cpu : answer.at("return"))
		threads.at(cpu.at("cpu-index").get<int>()) = cpu.at("thread-id").get<pid_t>();
	return threads;
}

std::string TransientDomain::ended() const
{
	int state = VIR_DOMAIN_NOSTATE;
	if (api().virDomainGetState(get(), &state, nullptr, 0)) {
		std::string why = last_words();
		bool gone = last_error() == VIR_ERR_NO_DOMAIN;	// asked before the next call
		if (!daemon_.alive())
			fail("the connection to libvirt at {} has broken: its daemon was restarted or killed", daemon_.uri());
		if (!gone)
			fail("libvirt does not tell how guest {} is: {}", name_, why);
	} else if (state != VIR_DOMAIN_SHUTOFF && state != VIR_DOMAIN_CRASHED) {
		return "";
	}
	std::scoped_lock guard(last_event_->lock);
	return last_event_->what.empty() ? "libvirt gives no reason" : last_event_->what;
}

std::vector<VcpuTime> read_vcpu_times(std::span<const virTypedParameter> statistics, std::size_t vcpus)
{
	auto find = [&](std::size_t vcpu, const char *what) -> std::optional<std::int64_t> {
		std::string name = fmt::format("vcpu.{}.{}", vcpu, what);
		for (auto &p : statistics)
			if (name == p.field && p.type == VIR_TYPED_PARAM_ULLONG)
				return std::int64_t(p.value.ul);
		return {};
	};
	std::vector<VcpuTime> times;
	for (std::size_t i = 0; i < vcpus; i++) {
		auto ran = find(i, "time");
		if (!ran)
			return {};
		times.push_back({*ran, find(i, "delay")});
	}
	return times;
}

std::string end_in_words(int event, int detail)
{
	if (event == VIR_DOMAIN_EVENT_CRASHED)
		return detail == VIR_DOMAIN_EVENT_CRASHED_PANICKED ? "its kernel panicked" : "it crashed";
	if (event != VIR_DOMAIN_EVENT_STOPPED)
		return "";
	switch (detail) {
	case VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN: return "it shut down or rebooted";
	case VIR_DOMAIN_EVENT_STOPPED_DESTROYED: return "it was destroyed";
	case VIR_DOMAIN_EVENT_STOPPED_CRASHED: return "it crashed";
	default: return "its QEMU failed or was killed";
	}
}

} // namespace dyield::libvirt
