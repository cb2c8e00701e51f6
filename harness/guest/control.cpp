// SPDX-License-Identifier: GPL-2.0
#include "guest/control.hpp"
#include "guest/clock.hpp"
#include "guest/interrupts.hpp"
#include "guest/log.hpp"
#include <fmt/format.h>
#include <initializer_list>
#include <stdexcept>

namespace dyield::guest {

namespace {

using std::invalid_argument;

constexpr const char *commands = "start, measure, sample, stop, interrupts, poweroff";
const Option window_option{"window_ms", Option::Kind::integer, 1000, 10, 3'600'000, "length of a window in ms"};

std::string shown(std::string_view line)	// in an error message: not a whole screen
{
	constexpr std::size_t most = 60;
	return line.size() <= most ? std::string(line) : std::string(line.substr(0, most)) + "...";
}

std::string string_of(const nlohmann::json &command, const char *key, const std::string &valid)
{
	auto value = command.find(key);
	if (value == command.end() || !value->is_string())
		throw invalid_argument(fmt::format("\"{}\" must be a string: valid are {}", key, valid));
	return value->get<std::string>();
}

// The command without its own keys: options, which Options checks.
nlohmann::json without(nlohmann::json command, std::initializer_list<const char *> keys)
{
	for (auto key : keys)
		command.erase(key);
	return command;
}

void expect_no_options(const nlohmann::json &command)
{
	auto rest = without(command, {"cmd"});
	if (!rest.empty())
		throw invalid_argument(fmt::format("{} takes no \"{}\": valid is the command alone",
						   command["cmd"].get<std::string>(), rest.items().begin().key()));
}

} // namespace

Control::Next Control::handle(std::string_view line)
{
	auto command = Json::parse(line, nullptr, false);
	if (!command.is_object()) {
		error(fmt::format("not a JSON object: {}", shown(line)));
		return Next::go_on;
	}
	try {
		return dispatch(command);
	} catch (const std::exception &e) {
		error(e.what());
		return Next::go_on;
	}
}

Control::Next Control::dispatch(const Json &command)
{
	auto name = string_of(command, "cmd", commands);
	if (name == "start")
		start(command);
	else if (name == "measure")
		measure(command);
	else if (name == "sample")
		sample(command);
	else if (name == "stop")
		stop(command);
	else if (name == "interrupts") {
		expect_no_options(command);
		emit({{"event", "interrupts"}, {"taken", interrupts_taken()}});
	} else if (name == "poweroff") {
		expect_no_options(command);
		return Next::power_off;
	} else
		throw invalid_argument(fmt::format("unknown command \"{}\": valid are {}", name, commands));
	return Next::go_on;
}

void Control::start(const Json &command)
{
	if (load)
		throw invalid_argument(fmt::format("load {} already runs: stop it first", load_name));
	std::string names;
	for (const auto &kind : load_kinds())
		names += (names.empty() ? "" : ", ") + kind.name;
	auto name = string_of(command, "load", names);
	auto starting = make_load(name, without(command, {"cmd", "load"}));
	starting->start();
	load = std::move(starting);
	load_name = name;
	measured = failure_told = false;
	steal_before.reset();
	meter.clear();
	emit({{"event", "started"}});
}

void Control::measure(const Json &command)
{
	if (!load)
		throw invalid_argument("measure needs a load that runs: start one first");
	if (measured)
		throw invalid_argument("this load is already being measured: stop it, then start again");
	Options given("measure", {window_option}, without(command, {"cmd"}));
	steal_before = read_steal();
	load->record_latency(true);
	meter.begin(now_ns(), load->mark(), given.get("window_ms") * ns_per_ms);
	measured = true;
	emit({{"event", "measuring"}});
}

void Control::sample(const Json &command)
{
	expect_no_options(command);
	if (!load)
		throw invalid_argument("sample needs a load that runs: start one first");
	emit({{"event", "sample"}, {"progress", load->progress()}});
}

void Control::stop(const Json &command)
{
	expect_no_options(command);
	if (!load)
		throw invalid_argument("stop needs a load that runs: start one first");
	meter.end();
	load->record_latency(false);
	auto steal = steal_since_measure();
	load->stop();
	auto event = result(steal);
	load.reset();
	emit(event);
}

Control::Event Control::steal_since_measure() const
{
	auto now = steal_before ? read_steal() : std::nullopt;
	if (!now)
		return nullptr;
	Event vcpus = Event::array();
	for (auto [cpu, ns] : now->cpu_ns) {
		auto before = steal_before->cpu_ns.find(cpu);
		vcpus.push_back(before == steal_before->cpu_ns.end() ? 0 : ns - before->second);
	}
	return {{"interval_ns", now->at_ns - steal_before->at_ns}, {"vcpus_ns", vcpus}};
}

Control::Event Control::result(const Event &steal)
{
	Event windows = Event::array();
	for (const auto &w : meter.windows())
		windows.push_back({{"dur_ns", w.dur_ns}, {"msgs", w.msgs}});
	auto latency = load->latency();
	return {{"event", "result"},
		{"load", load_name},
		{"windows", windows},
		{"latency", {{"count", latency.count()},
			     {"p50_ns", latency.quantile(0.5)},
			     {"p99_ns", latency.quantile(0.99)},
			     {"p999_ns", latency.quantile(0.999)},
			     {"histogram", latency.ranges()}}},
		{"steal", steal},
		{"sent", load->sent()},
		{"received", load->received()},
		{"progress", load->progress()},
		{"options", load->options().json()}};
}

void Control::tick()
{
	if (!load)
		return;
	if (!meter.tick(now_ns(), load->mark()))
		log("{} windows measured: no more are kept", Meter::max_windows);
	if (failure_told)
		return;
	if (auto why = load->failure(); !why.empty()) {
		failure_told = true;
		error(why);
	}
}

void Control::error(std::string_view message)
{
	emit({{"event", "error"}, {"message", message}});
}

} // namespace dyield::guest
