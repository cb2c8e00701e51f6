// SPDX-License-Identifier: GPL-2.0
#include "host/perf.hpp"
#include "util/child.hpp"
#include "util/error.hpp"
#include "util/file.hpp"
#include <boost/algorithm/string/trim.hpp>
#include <fmt/ranges.h>
#include <sstream>

namespace dyield {
namespace {

using nlohmann::json;

constexpr auto events = "cycles,cycles:G,cycles:H,instructions,cache-misses,context-switches,cpu-migrations";
constexpr milliseconds slack(20000);	// for perf to start and to write its file

/// perf's output, and why there is none.
struct Output {
	std::string text, error;
};

/// Of a perf command that ends by itself within `limit`; what it has to say is in `file`, or on its stdout.
Output output_of(Child &perf, milliseconds limit, const std::string &log, const std::string &file)
{
	if (!perf.wait(limit))
		return {"", "it does not end"};
	if (perf.ended_how() == "exit status 127")
		return {"", "it is not installed (Debian: apt install linux-perf)"};
	if (perf.ended_how() != "exit status 0")
		return {"", fmt::format("{}: {}", perf.ended_how(), last_line(log))};
	return {read_or(file, ""), ""};
}

/// Lines of JSON, one an event, as of perf 5.17.
void read_counters(const std::string &text, json &into)
{
	std::istringstream lines(text);
	for (std::string line; std::getline(lines, line);) {
		auto j = json::parse(line, nullptr, false);
		if (!j.is_object() || !j.contains("event"))
			continue;
		std::string event = j["event"], value = j.value("counter-value", "");
		char *end = nullptr;
		double number = std::strtod(value.c_str(), &end);
		if (end == value.c_str())
			into["missing"].push_back(fmt::format("{}: {}", event, value));
		else
			into["counters"][event] = number;
	}
}

void read_exits(const std::string &report, json &into)
{
	if (report.find("Total Samples:0,") != report.npos || report.find("Total Samples:") == report.npos)
		into["missing"].push_back("VM exits by reason: perf kvm stat saw none");
	else
		into["exits"] = boost::algorithm::trim_copy(report);
}

} // namespace

json watch_with_perf(const std::vector<pid_t> &processes, milliseconds length)
{
	TempDir folder("dyield-perf");
	const std::string pids = fmt::format("{}", fmt::join(processes, ",")), seconds = fmt::format("{:.3f}", double(length.count()) / 1000);
	const std::string base = folder.path() + "/perf", counts = base + ".counts", data = base + ".data", report = base + ".report";
	json result{{"length_ns", length.count() * 1'000'000}, {"counters", json::object()}, {"missing", json::array()}};
	auto run = [&](std::vector<std::string> arguments, const std::string &log) {
		arguments.insert(arguments.begin(), "perf");
		return Child(arguments, log);
	};

	Child stat = run({"stat", "-j", "-e", events, "-p", pids, "-o", counts, "--", "sleep", seconds}, counts + ".log");
	Child record = run({"kvm", "stat", "record", "-p", pids, "-o", data, "--", "sleep", seconds}, data + ".log");
	auto counted = output_of(stat, length + slack, counts + ".log", counts);
	auto recorded = output_of(record, length + slack, data + ".log", "");
	if (counted.error.empty())
		read_counters(counted.text, result);
	else
		result["missing"].push_back("perf stat: " + counted.error);

	if (recorded.error.empty()) {
		Child reporter = run({"kvm", "-i", data, "stat", "report", "--event=vmexit"}, report);
		recorded = output_of(reporter, slack, report, report);
	}
	if (recorded.error.empty())
		read_exits(recorded.text, result);
	else
		result["missing"].push_back("perf kvm stat: " + recorded.error);
	return result;
}

} // namespace dyield
