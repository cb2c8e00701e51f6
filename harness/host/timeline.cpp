// SPDX-License-Identifier: GPL-2.0
#include "host/timeline.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <algorithm>
#include <filesystem>
#include <fmt/ranges.h>
#include <functional>
#include <memory>
#include <regex>
#include <sstream>
#include <thread>
#include <unistd.h>

extern "C" {	// it does not say so itself
#include <tracefs.h>
}

namespace fs = std::filesystem;
namespace dyield {
namespace {

/// What follows -name in QEMU's command line, less its options; "" if there is none.
std::string name_of_guest(const std::string &pid)
{
	std::istringstream words(read_or("/proc/" + pid + "/cmdline", ""));
	for (std::string word, before; std::getline(words, word, '\0'); before = word)
		if (before == "-name") {
			word = word.substr(0, word.find(','));
			return word.starts_with("guest=") ? word.substr(6) : word;
		}
	return "";
}

/// Calls `f` with the name of each entry that `pattern` matches; a folder that goes meanwhile has none.
void each_entry(const std::string &folder, const std::regex &pattern, const std::function<void(const std::string &name, const std::smatch &)> &f)
{
	std::error_code ec;
	for (fs::directory_iterator i(folder, ec), end; !ec && i != end; i.increment(ec)) {
		std::string name = i->path().filename().string();
		std::smatch parts;
		if (std::regex_match(name, parts, pattern))
			f(name, parts);
	}
}

std::vector<VcpuThread> threads_of_debugfs()
{
	static const std::regex vm_folder("([0-9]+)-[0-9]+"), vcpu_folder("vcpu([0-9]+)");
	const std::string kvm = "/sys/kernel/debug/kvm";
	std::vector<VcpuThread> all;
	each_entry(kvm, vm_folder, [&](auto &vm, auto &pid) {
		std::string guest = name_of_guest(pid[1]);
		each_entry(kvm + "/" + vm, vcpu_folder, [&](auto &vcpu, auto &number) {
			if (auto thread = read_or(kvm + "/" + vm + "/" + vcpu + "/pid", ""); !thread.empty())
				all.push_back({guest.empty() ? vm : guest, std::stoi(number[1]), std::stoi(thread), vm});
		});
	});
	return all;
}

std::vector<VcpuThread> threads_of_proc()
{
	static const std::regex number("([0-9]+)"), comm("CPU ([0-9]+)/KVM");
	std::vector<VcpuThread> all;
	each_entry("/proc", number, [&](auto &pid, auto &) {
		each_entry("/proc/" + pid + "/task", number, [&](auto &thread, auto &) {
			std::string name = read_or("/proc/" + pid + "/task/" + thread + "/comm", "");
			std::smatch vcpu;
			if (std::regex_match(name, vcpu, comm)) {
				std::string guest = name_of_guest(pid);
				all.push_back({guest.empty() ? pid : guest, std::stoi(vcpu[1]), std::stoi(thread), ""});
			}
		});
	});
	return all;
}

/// An instance of tracefs: buffers and events that nobody else's tracing has to do with.
class Instance {
public:
	Instance()
	{
		remove_left_ones();
		std::string name = prefix + std::to_string(getpid());
		instance_ = tracefs_instance_create(name.c_str());
		if (!instance_)
			throw Error(fmt::format("cannot record: no instance of tracefs can be made ({}): be root, mount -t tracefs tracefs /sys/kernel/tracing",
						std::strerror(errno)), exit_unfit);
		write("tracing_on", "0");
	}
	~Instance()
	{
		tracefs_instance_file_write(instance_, "tracing_on", "0");
		if (tracefs_instance_destroy(instance_))
			fmt::print(stderr, "dyield: an instance of tracefs stays behind: {}\n", tracefs_instance_get_name(instance_));
		tracefs_instance_free(instance_);
	}
	Instance(const Instance &) = delete;

	tracefs_instance *get() const { return instance_; }
	void write(const char *file, const std::string &text)
	{
		if (tracefs_instance_file_write(instance_, file, text.c_str()) < 0)
			fail_errno("cannot record: '{}' cannot be written to tracefs' {}", text, file);
	}
	void enable(const char *system, const char *event, const char *filter = nullptr)
	{
		if (filter && tracefs_event_file_write(instance_, system, event, "filter", filter) < 0)
			fail_errno("cannot record: {}:{} does not take the filter '{}'", system, event, filter);
		if (tracefs_event_enable(instance_, system, event))
			fail_errno("cannot record {}:{}", system, event);
	}
	bool has(const char *system, const char *event) const { return tracefs_event_file_exists(instance_, system, event, "enable"); }
	/// Events that were dropped because the buffers were full.
	std::int64_t lost() const
	{
		std::int64_t n = 0;
		each_entry(std::string(tracefs_instance_get_trace_dir(instance_)) + "/instances/" + tracefs_instance_get_name(instance_) + "/per_cpu",
			   std::regex("cpu[0-9]+"), [&](auto &cpu, auto &) {
				   std::unique_ptr<char, decltype(&free)> text(tracefs_instance_file_read(instance_, ("per_cpu/" + cpu + "/stats").c_str(), nullptr), &free);
				   std::istringstream lines(text ? text.get() : "");
				   for (std::string line; std::getline(lines, line);)
					   for (std::string kind : {"overrun: ", "dropped events: "})
						   if (line.starts_with(kind))
							   n += std::stoll(line.substr(kind.size()));
			   });
		return n;
	}

private:
	static constexpr const char *prefix = "dyield-";

	static int remove_one(const char *name, void *)
	{
		std::string text(name);
		static const std::regex ours("dyield-([0-9]+)");
		std::smatch pid;
		if (std::regex_match(text, pid, ours) && !fs::exists("/proc/" + pid.str(1)))
			if (auto *left = tracefs_instance_alloc(nullptr, name)) {
				tracefs_instance_destroy(left);
				tracefs_instance_free(left);
			}
		return 0;
	}
	static void remove_left_ones() { tracefs_instances_walk(remove_one, nullptr); }

	tracefs_instance *instance_;
};

/// The value of an event's field, also of those that all have; 0 if it has none of that name.
long long field(tep_event *event, tep_record *record, const char *name)
{
	unsigned long long value = 0;
	return tep_get_any_field_val(nullptr, event, name, record, &value, 0) ? 0 : (long long)value;
}

std::string text_field(tep_event *event, tep_record *record, const char *name)
{
	int length = 0;
	auto *text = static_cast<const char *>(tep_get_field_raw(nullptr, event, name, record, &length, 0));
	return text ? std::string(text, strnlen(text, length)) : "";
}

/// libtraceevent's view of an event as ours. @return false for one that is none of ours.
bool read_event(tep_event *event, tep_record *record, int cpu, TraceEvent &e)
{
	std::string name = event->name;
	e.at_ns = std::int64_t(record->ts);
	e.pcpu = cpu;
	e.thread = pid_t(field(event, record, "common_pid"));
	if (name == "sched_switch") {
		e.kind = TraceEvent::switched;
		e.thread = pid_t(field(event, record, "prev_pid"));
		e.next = pid_t(field(event, record, "next_pid"));
		e.runnable = !(field(event, record, "prev_state") & 0xff);	// R, and R+ with a bit above
	} else if (name == "sched_waking") {
		e.kind = TraceEvent::woken;
		e.thread = pid_t(field(event, record, "pid"));
	} else if (name == "kvm_exit") {
		e.kind = TraceEvent::pause;
	} else if (name == "boost") {
		e.kind = TraceEvent::boost;
		e.vm = text_field(event, record, "vm");
		e.target = int(field(event, record, "target"));
		e.taken = field(event, record, "taken");
	} else {
		return false;
	}
	return true;
}

int collect(tep_event *event, tep_record *record, int cpu, void *events)
{
	if (TraceEvent e; read_event(event, record, cpu, e))
		static_cast<std::vector<TraceEvent> *>(events)->push_back(std::move(e));
	return 0;
}

std::vector<TraceEvent> read_events(const Instance &instance)
{
	static const char *const systems[] = {"sched", "kvm", "dyield", nullptr};
	tep_set_loglevel(TEP_LOG_NONE);	// it complains of print formats, which are not used
	std::unique_ptr<tep_handle, decltype(&tep_free)> tep(tracefs_local_events_system(nullptr, systems), &tep_free);
	std::vector<TraceEvent> events;
	if (!tep || tracefs_iterate_raw_events(tep.get(), instance.get(), nullptr, 0, collect, &events) < 0)
		fail_errno("cannot read what tracefs recorded");
	std::stable_sort(events.begin(), events.end(), [](auto &a, auto &b) { return a.at_ns < b.at_ns; });
	return events;
}

void set_up(Instance &instance, const std::vector<VcpuThread> &threads)
{
	std::vector<pid_t> pids;
	for (auto &t : threads)
		pids.push_back(t.thread);
	instance.write("set_event_pid", fmt::format("{}", fmt::join(pids, " ")));	// switches to or from them, what they do, their waking
	instance.write("trace_clock", "mono");
	instance.write("options/overwrite", "0");	// a full buffer drops what comes, so that what there is has no holes
	int kib = std::max(256, std::min(4096, int(262144 / std::max(1u, std::thread::hardware_concurrency()))));
	instance.write("buffer_size_kb", std::to_string(kib));
	instance.enable("sched", "sched_switch");
	instance.enable("sched", "sched_waking");
	if (instance.has("kvm", "kvm_exit"))	// isa 1 is VMX, 2 SVM
		instance.enable("kvm", "kvm_exit", "(isa == 1 && exit_reason == 40) || (isa == 2 && exit_reason == 0x77)");
	if (instance.has("dyield", "boost"))
		instance.enable("dyield", "boost");
}

std::int64_t mono_ns()
{
	timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * std::int64_t(1'000'000'000) + t.tv_nsec;
}

/// A thread's CPU time; 0 if it has ended.
std::int64_t ran_ns(pid_t thread)
{
	std::istringstream text(read_or(fmt::format("/proc/{}/schedstat", thread), ""));
	std::int64_t ns = 0;
	text >> ns;
	return ns;
}

/// The pCPU that a thread runs on, or ran on last.
int pcpu_of(pid_t thread)
{
	std::string stat = read_or(fmt::format("/proc/{}/stat", thread), "");
	std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));	// a name may have spaces
	std::string field;
	for (int i = 3; i <= 39; i++)
		fields >> field;
	return field.empty() ? 0 : std::stoi(field);
}

} // namespace

std::vector<VcpuThread> find_vcpu_threads()
{
	auto all = threads_of_debugfs();
	if (all.empty())
		all = threads_of_proc();
	std::sort(all.begin(), all.end(), [](auto &a, auto &b) { return std::tie(a.guest, a.vm, a.vcpu) < std::tie(b.guest, b.vm, b.vcpu); });
	return all;
}

Timeline record_timeline(const std::vector<VcpuThread> &threads, milliseconds length)
{
	Instance instance;
	set_up(instance, threads);
	std::vector<std::int64_t> ran;
	for (auto &t : threads)
		ran.push_back(ran_ns(t.thread));
	auto begin = mono_ns();
	instance.write("tracing_on", "1");
	pause_for(length);
	instance.write("tracing_on", "0");
	auto end = mono_ns();

	TimelineBuilder builder(threads, begin);
	for (auto &e : read_events(instance))
		builder.add(e);
	for (std::size_t i = 0; i < threads.size(); i++)
		if (ran_ns(threads[i].thread) - ran[i] > (end - begin) / 2)
			builder.ran_throughout(threads[i].thread, pcpu_of(threads[i].thread));
	Timeline timeline = builder.finish(end);
	timeline.lost_events = instance.lost();
	return timeline;
}

TimelineBuilder::TimelineBuilder(const std::vector<VcpuThread> &threads, std::int64_t begin_ns)
	: threads_(threads), begin_ns_(begin_ns), states_(threads.size())
{
	for (auto &t : threads_) {
		index_[t.thread] = int(timeline_.vcpus.size());
		timeline_.vcpus.push_back({t.guest, t.vcpu, int(t.thread)});
	}
}

std::optional<int> TimelineBuilder::find(pid_t thread) const
{
	auto i = index_.find(thread);
	return i == index_.end() ? std::nullopt : std::optional(i->second);
}

void TimelineBuilder::end_stint(int vcpu, std::int64_t at, bool preempted)
{
	State &s = states_[vcpu];
	if (s.runs)
		timeline_.stints.push_back({vcpu, s.pcpu, *s.runs - begin_ns_, at - begin_ns_, preempted});
	s.runs.reset();
}

void TimelineBuilder::end_wait(int vcpu, std::int64_t at)
{
	State &s = states_[vcpu];
	if (s.waits && at > *s.waits)
		timeline_.waits.push_back({vcpu, *s.waits - begin_ns_, at - begin_ns_});
	s.waits.reset();
}

void TimelineBuilder::leaves(int vcpu, const TraceEvent &e)
{
	State &s = states_[vcpu];
	if (!s.seen) {	// it had its pCPU before the recording; one that runs can be woken too
		s.runs = begin_ns_;
		s.waits.reset();
		s.pcpu = e.pcpu;
	}
	s.seen = true;
	end_stint(vcpu, e.at_ns, e.runnable);
	if (e.runnable)
		s.waits = e.at_ns;
}

void TimelineBuilder::arrives(int vcpu, const TraceEvent &e)
{
	State &s = states_[vcpu];
	if (!s.seen && !s.waits)	// it was woken or preempted before the recording
		s.waits = begin_ns_;
	s.seen = true;
	end_wait(vcpu, e.at_ns);
	s.runs = e.at_ns;
	s.pcpu = e.pcpu;
}

void TimelineBuilder::add(const TraceEvent &e)
{
	auto vcpu = find(e.thread);
	switch (e.kind) {
	case TraceEvent::switched:
		if (vcpu)
			leaves(*vcpu, e);
		if (auto next = find(e.next))
			arrives(*next, e);
		break;
	case TraceEvent::woken:
		if (vcpu && !states_[*vcpu].runs && !states_[*vcpu].waits)
			states_[*vcpu].waits = e.at_ns;
		break;
	case TraceEvent::pause:
		if (vcpu)
			timeline_.pauses.push_back({e.at_ns - begin_ns_, *vcpu, e.pcpu});
		break;
	case TraceEvent::boost:
		for (std::size_t i = 0; vcpu && i < threads_.size(); i++)
			if (threads_[i].vm == e.vm && threads_[i].vcpu == e.target)
				timeline_.boosts.push_back({e.at_ns - begin_ns_, *vcpu, int(i), e.taken});
	}
}

void TimelineBuilder::ran_throughout(pid_t thread, int pcpu) { throughout_.emplace_back(thread, pcpu); }

Timeline TimelineBuilder::finish(std::int64_t end_ns)
{
	for (auto [thread, pcpu] : throughout_)
		if (auto vcpu = find(thread); vcpu && !states_[*vcpu].seen) {
			states_[*vcpu].runs = begin_ns_;
			states_[*vcpu].waits.reset();
			states_[*vcpu].pcpu = pcpu;
		}
	for (std::size_t i = 0; i < states_.size(); i++) {
		end_stint(int(i), end_ns, false);
		end_wait(int(i), end_ns);
	}
	timeline_.length_ns = end_ns - begin_ns_;
	return timeline_;
}

} // namespace dyield
