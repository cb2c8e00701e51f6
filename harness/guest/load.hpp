// SPDX-License-Identifier: GPL-2.0
/// @file
/// What a load is, and which there are.
#pragma once
#include "guest/clock.hpp"
#include "guest/histogram.hpp"
#include "guest/meter.hpp"
#include "guest/options.hpp"
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dyield::guest {

/// A load from its start to its end; used by the control thread only.  Destroying one that runs ends its
/// threads and processes.
class Load {
public:
	virtual ~Load() = default;
	/// Returns once all threads and connections run and, where messages flow, the first was delivered.
	/// @throws std::exception when that fails; the load is then only good for destruction
	virtual void start() = 0;
	/// Ends the senders, drains what is under way, ends all threads.
	virtual void stop() = 0;

	/// Messages delivered (loops: iterations, jobs: completed runs) since the start.  Cheap; at any time.
	virtual std::uint64_t progress() const = 0;
	/// The progress, and since when it is that. Here: now, as if it grew all the time.
	virtual Mark mark() const { return {now_ns(), progress()}; }
	/// Messages by the senders' and by the receivers' count; exact after stop(), 0 for a load without messages.
	/// Of jobs: runs that have ended, and those of them that ended well.
	virtual std::uint64_t sent() const = 0;
	virtual std::uint64_t received() const = 0;

	/// Begins a new latency histogram, or ends recording.
	virtual void record_latency(bool on) = 0;
	/// Publish to delivery (jobs: begin to end of a run; wakeup: wake-up to running), in ns, since record_latency(true);
	/// only after stop().
	virtual Histogram latency() const = 0;

	/// Why the load no longer works as it should; empty while it does.
	virtual std::string failure() = 0;
	/// The options in effect, where the kernel changed one its value.
	virtual const Options &options() const = 0;
};

/// A kind of load.
struct LoadKind {
	std::string name;
	std::string summary;		///< one line
	std::vector<Option> options;
	/// Makes one, not started.  @throws std::invalid_argument when the options do not fit each other
	std::unique_ptr<Load> (*make)(Options);
};

/// All kinds.
const std::vector<LoadKind> &load_kinds();

/// Checks the name and the options (a JSON object) and makes the load, not started.
/// @throws std::invalid_argument in one line: what is wrong and what would be valid
std::unique_ptr<Load> make_load(std::string_view name, const nlohmann::json &options);

/// The loads with their options, defaults and ranges, as text for people.
std::string describe_loads();

LoadKind ipc_kind();	///< load_ipc.cpp
LoadKind amqp_kind();	///< load_amqp.cpp
LoadKind build_kind();	///< load_build.cpp
LoadKind hackbench_kind();	///< load_hackbench.cpp
LoadKind wakeup_kind();	///< load_wakeup.cpp
LoadKind command_kind();	///< load_command.cpp
LoadKind spin_kind();	///< load_spin.cpp
LoadKind pause_kind();	///< load_pause.cpp

} // namespace dyield::guest
