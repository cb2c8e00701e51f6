// SPDX-License-Identifier: GPL-2.0
/// @file
/// Records who runs on which pCPU, from the kernel's tracepoints.
#pragma once
#include "model/timeline.hpp"
#include "util/interrupt.hpp"
#include <map>
#include <optional>
#include <sys/types.h>

namespace dyield {

/// A thread to be watched.
struct VcpuThread {
	std::string guest;	///< the name that it is shown by
	int vcpu = 0;
	pid_t thread = 0;
	std::string vm;		///< KVM's name of its VM (pid-fd): boosts are told apart by it; may be empty
};

/// The vCPU threads of all VMs of this host: from KVM's debugfs, where each VM is a folder pid-fd with vcpu<N>/pid in it
/// (Linux 6.0), else by the names that QEMU gives its threads, "CPU <N>/KVM". A guest's name is that of QEMU's -name.
std::vector<VcpuThread> find_vcpu_threads();

/// Records for `length`: switches and wake-ups of these threads, their PAUSE exits, and what kvm_dyield does if it is loaded.
/// Uses an instance of tracefs of its own, which is removed again, as are those that a killed dyield left.
/// Throws Error (exit_unfit if there is no tracefs or no right to it), Interrupted.
Timeline record_timeline(const std::vector<VcpuThread> &threads, milliseconds length);

/// One event, as the tracepoints tell it. Times are the trace clock's, in ns.
struct TraceEvent {
	enum Kind { switched, woken, pause, boost } kind = switched;
	std::int64_t at_ns = 0;
	int pcpu = 0;
	pid_t thread = 0;	///< switched: that leaves the pCPU; woken: that may run; else the one that did it
	pid_t next = 0;		///< switched: that gets the pCPU
	bool runnable = false;	///< switched: it would have gone on
	std::string vm;		///< boost: KVM's name of the VM
	int target = 0;		///< boost: the vCPU
	bool taken = false;	///< boost
};

/// Makes a timeline of events, which come in the order of time.
class TimelineBuilder {
public:
	TimelineBuilder(const std::vector<VcpuThread> &threads, std::int64_t begin_ns);
	void add(const TraceEvent &event);
	/// If there was no switch of this thread: it ran all the time, on this pCPU.
	void ran_throughout(pid_t thread, int pcpu);
	/// What has not ended ends at `end_ns`.
	Timeline finish(std::int64_t end_ns);

private:
	/// Since when a vCPU runs, or waits for a pCPU; neither while it sleeps.
	struct State {
		bool seen = false;			///< any switch
		std::optional<std::int64_t> runs, waits;
		int pcpu = 0;
	};
	std::optional<int> find(pid_t thread) const;
	void leaves(int vcpu, const TraceEvent &event);
	void arrives(int vcpu, const TraceEvent &event);
	void end_stint(int vcpu, std::int64_t at, bool preempted);
	void end_wait(int vcpu, std::int64_t at);

	std::vector<VcpuThread> threads_;
	std::int64_t begin_ns_;
	std::map<pid_t, int> index_;
	std::vector<State> states_;
	std::vector<std::pair<pid_t, int>> throughout_;
	Timeline timeline_;
};

} // namespace dyield
