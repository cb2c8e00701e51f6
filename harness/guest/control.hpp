// SPDX-License-Identifier: GPL-2.0
/// @file
/// The protocol's state machine: commands in, events out; knows no port and no process.
///
/// Commands, one JSON object each:
///   {"cmd":"start","load":NAME, OPTION:VALUE...}  → started, when the load runs (describe_loads(): the options)
///   {"cmd":"measure","window_ms":N}               → measuring; windows and latencies begin (10..3600000, 1000)
///   {"cmd":"sample"}                              → sample, with the progress since the start
///   {"cmd":"stop"}                                → result, when drained; the load is gone.  Its latency has
///                                                   "histogram": [[UPPER_NS, COUNT]...], its "steal" is null if the
///                                                   kernel does not know, else over "interval_ns", from measure to stop
///   {"cmd":"poweroff"}                            → nothing; handle() says so
/// What cannot be done gives {"event":"error","message":...} and changes nothing.
#pragma once
#include "guest/load.hpp"
#include "guest/meter.hpp"
#include "guest/steal.hpp"
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace dyield::guest {

class Control {
public:
	using Event = nlohmann::ordered_json;
	enum class Next { go_on, power_off };

	/// `emit` gets every event.
	explicit Control(std::function<void(const Event &)> emit) : emit(std::move(emit)) { }

	/// Executes one command; returns when it is done (start and stop take their time).
	Next handle(std::string_view line);
	/// Cuts the window that is due and reports a load that has failed; to be called at deadline() and before
	/// handle(), and about once a second besides.
	void tick();
	/// CLOCK_MONOTONIC in ns at which tick() is due; Meter::never: nothing is.
	std::int64_t deadline() const noexcept { return meter.deadline(); }
	bool running() const noexcept { return load != nullptr; }

private:
	using Json = nlohmann::json;

	Next dispatch(const Json &command);
	void start(const Json &command);
	void measure(const Json &command);
	void sample(const Json &command);
	void stop(const Json &command);
	void error(std::string_view message);
	Event result(const Event &steal);
	Event steal_since_measure() const;

	std::function<void(const Event &)> emit;
	std::unique_ptr<Load> load;
	std::string load_name;
	Meter meter;
	std::optional<StealReading> steal_before;
	bool measured = false;		// this load has been
	bool failure_told = false;
};

} // namespace dyield::guest
