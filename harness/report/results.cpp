// SPDX-License-Identifier: GPL-2.0
#include "report/results.hpp"
#include "report/atomic_file.hpp"
#include "report/how.hpp"
#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace dyield {

namespace {

using nlohmann::json;

constexpr std::string_view inconclusive_prefix = "inconclusive: ";

/// The figures that may be unknown, by their names in the file.
constexpr std::pair<const char *, std::optional<double> CellSummary::*> figures[] = {
	{"msgs_per_s", &CellSummary::msgs_per_s},
	{"msgs_per_s_lo", &CellSummary::lo},
	{"msgs_per_s_hi", &CellSummary::hi},
	{"p50_ns", &CellSummary::p50_ns},
	{"p99_ns", &CellSummary::p99_ns},
	{"p999_ns", &CellSummary::p999_ns},
	{"ple_exits_per_s", &CellSummary::ple_exits_per_s},
	{"guest_share", &CellSummary::guest_share},
	{"neighbour_share", &CellSummary::neighbour_share},
	{"cpu_ns_per_msg", &CellSummary::cpu_ns_per_msg},
	{"collapsed", &CellSummary::collapsed},
	{"ratio_to_no_ple", &CellSummary::ratio_to_no_ple},
	{"ratio_to_stock", &CellSummary::ratio_to_stock},
};

constexpr std::pair<const char *, std::optional<double> GuestSummary::*> guest_figures[] = {
	{"share", &GuestSummary::share},
	{"per_s", &GuestSummary::per_s},
	{"p99_ns", &GuestSummary::p99_ns},
};

/// ns for each message; where not even one came all of `measured_ns`, as a lower bound.
double real_time_ns(double msgs_per_s, double measured_ns)
{
	return msgs_per_s > 0 ? 1e9 / msgs_per_s : measured_ns;
}

/// What rows of a cell have in common in Google Benchmark's form.
json benchmark_row(const CellSummary &s)
{
	return {{"name", s.cell.name()}, {"run_name", s.cell.name()}, {"run_type", "iteration"}, {"repetitions", s.boots.size()},
		{"repetition_index", 0}, {"threads", 1}, {"iterations", 0}, {"real_time", 0}, {"cpu_time", 0}, {"time_unit", "ns"}};
}

/// One boot, as one of a benchmark's repetitions: what its U test compares.
json row_of_boot(const CellSummary &s, std::size_t boot)
{
	json row = benchmark_row(s);
	row["repetition_index"] = boot;
	row["iterations"] = s.boots_messages[boot];
	row["real_time"] = real_time_ns(median(s.boots[boot]), s.measured_ns / double(s.boots.size()));
	row["cpu_time"] = s.boots_cpu_ns[boot];
	return row;
}

/// All boots together: an aggregate, or a failed benchmark.
json benchmark_keys(const CellSummary &s)
{
	json row = benchmark_row(s);
	if (!s.msgs_per_s) {
		row["error_occurred"] = true;
		row["error_message"] = std::string(inconclusive_prefix) + s.inconclusive;
		return row;
	}
	row.erase("repetition_index");
	row["name"] = s.cell.name() + "_median";
	row["run_type"] = "aggregate";
	row["aggregate_name"] = "median";
	row["aggregate_unit"] = "time";
	row["iterations"] = s.boots.size();
	row["real_time"] = real_time_ns(*s.msgs_per_s, s.measured_ns);
	row["cpu_time"] = s.cpu_ns_per_msg.value_or(0);
	return row;
}

template <typename Table, typename T>
void write_figures(json &row, const Table &figures, const T &from)
{
	for (auto [name, figure] : figures)
		if (from.*figure)
			row[name] = *(from.*figure);
}

json row_of(const GuestSummary &g)
{
	json row = {{"name", g.name}, {"load", g.load}, {"fair_share", g.fair_share}, {"ran", g.ran}, {"waited", g.waited}};
	write_figures(row, guest_figures, g);
	return row;
}

json row_of(const CellSummary &s)
{
	json row = benchmark_keys(s);
	write_figures(row, figures, s);
	row["interval_kind"] = s.interval_kind;
	row["fair_guest_share"] = s.fair_guest_share;
	row["failed_boots"] = s.failures.size();
	row["failures"] = s.failures;
	row["messages"] = s.messages;
	row["measured_ns"] = s.measured_ns;
	row["boots"] = s.boots;
	row["windows"] = all_windows(s);
	row["warmup_windows"] = s.warmup;
	row["boots_p99_ns"] = s.boots_p99_ns;
	row["boots_cpu_ns"] = s.boots_cpu_ns;
	row["boots_messages"] = s.boots_messages;
	if (!s.latencies.empty())
		row["latency_histogram"] = json(std::vector(s.latencies.begin(), s.latencies.end()));
	row["outliers"] = outliers(boot_medians(s));
	if (auto modes = two_modes(all_windows(s)))
		row["metastable"] = {{"low_windows", modes->low}, {"windows", modes->all},
				     {"low_per_s", modes->low_rate}, {"high_per_s", modes->high_rate}};
	row["counters"] = s.counters;
	if (!s.timeline.is_null())
		row["timeline"] = s.timeline;
	if (!s.perf.is_null())
		row["perf"] = s.perf;
	row["cell"] = s.cell;
	row["guests"] = json::array();
	for (const GuestSummary &g : s.guests)
		row["guests"].push_back(row_of(g));
	if (!s.context.empty())
		row["context"] = s.context;
	return row;
}

template <typename Table, typename T>
void read_figures(const json &row, const Table &figures, T &into)
{
	for (auto [name, figure] : figures)
		if (auto found = row.find(name); found != row.end() && !found->is_null())
			into.*figure = found->template get<double>();
}

GuestSummary guest_of(const json &row)
{
	GuestSummary g;
	row.at("name").get_to(g.name);
	row.at("load").get_to(g.load);
	row.at("fair_share").get_to(g.fair_share);
	row.at("ran").get_to(g.ran);
	row.at("waited").get_to(g.waited);
	read_figures(row, guest_figures, g);
	return g;
}

CellSummary summary_of(const json &row)
{
	CellSummary s;
	row.at("cell").get_to(s.cell);
	read_figures(row, figures, s);
	for (const json &guest : row.at("guests"))
		s.guests.push_back(guest_of(guest));
	row.at("interval_kind").get_to(s.interval_kind);
	row.at("fair_guest_share").get_to(s.fair_guest_share);
	row.at("failures").get_to(s.failures);
	row.at("messages").get_to(s.messages);
	row.at("measured_ns").get_to(s.measured_ns);
	row.at("boots").get_to(s.boots);
	s.warmup = row.value("warmup_windows", s.warmup);
	s.boots_p99_ns = row.value("boots_p99_ns", s.boots_p99_ns);
	s.boots_cpu_ns = row.value("boots_cpu_ns", std::vector<double>(s.boots.size()));
	s.boots_messages = row.value("boots_messages", std::vector<std::int64_t>(s.boots.size()));
	for (const json &range : row.value("latency_histogram", json::array()))
		s.latencies[range.at(0)] = range.at(1);
	row.at("counters").get_to(s.counters);
	s.timeline = row.value("timeline", json());
	s.perf = row.value("perf", json());
	s.context = row.value("context", json::object());
	if (row.value("error_occurred", false)) {
		s.inconclusive = row.value("error_message", "");
		if (s.inconclusive.starts_with(inconclusive_prefix))
			s.inconclusive.erase(0, inconclusive_prefix.size());
	}
	return s;
}

json context_of(const Summary &summary, std::string_view date)
{
	json context = {{"host_name", ""}, {"executable", "dyield"}, {"num_cpus", 0}, {"mhz_per_cpu", 0},
			{"cpu_scaling_enabled", false}, {"caches", json::array()},
			{"load_avg", json::array()}, {"library_build_type", "release"}};
	context.update(summary.context);
	context["date"] = date;
	context["how"] = how_line(summary);
	context.erase("to_come");
	for (const CellSummary &s : summary.cells)
		if (s.to_come())
			context["to_come"].push_back(s.cell);
	return context;
}

} // namespace

bool is_cell(const json &row)
{
	return row.contains("cell");
}

json results_json(const Summary &summary, std::string_view date)
{
	json rows = json::array();
	std::string place;
	int family = -1, instance = 0;
	for (const CellSummary &s : summary.cells) {
		if (s.to_come())
			continue;
		instance = s.cell.place() == place ? instance + 1 : 0;
		family += instance == 0;
		place = s.cell.place();
		auto add = [&](json row) {
			row["family_index"] = family;
			row["per_family_instance_index"] = instance;
			rows.push_back(std::move(row));
		};
		for (std::size_t boot = 0; s.msgs_per_s && boot < s.boots.size(); boot++)
			add(row_of_boot(s, boot));
		add(row_of(s));
	}
	return {{"context", context_of(summary, date)}, {"benchmarks", std::move(rows)}};
}

Summary summary_from_json(const json &results)
try {
	Summary summary;
	summary.context = results.at("context");
	for (const json &row : results.at("benchmarks"))
		if (is_cell(row))
			summary.cells.push_back(summary_of(row));
	if (summary.cells.empty() && !results.at("benchmarks").empty())
		throw std::runtime_error("not results of dyield: no benchmark in it is a cell");
	for (const json &cell : summary.context.value("to_come", json::array()))
		summary.cells.emplace_back(cell.get<Cell>());
	std::ranges::sort(summary.cells, table_order, &CellSummary::cell);
	return summary;
} catch (const json::exception &e) {
	throw std::runtime_error(fmt::format("not results of dyield: {}", e.what()));
}

void write_results(const std::filesystem::path &path, const json &results)
{
	// Texts come from elsewhere (error messages of guests): a stray byte must not lose the results.
	write_atomically(path, results.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

json read_results(const std::filesystem::path &path)
{
	std::ifstream file(path);
	if (!file)
		throw std::system_error(errno, std::generic_category(),
					fmt::format("cannot read {}", path.string()));
	try {
		return json::parse(file);
	} catch (const json::parse_error &e) {
		throw std::runtime_error(fmt::format("{} is not JSON: {}", path.string(), e.what()));
	}
}

} // namespace dyield
