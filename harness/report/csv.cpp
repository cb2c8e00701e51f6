// SPDX-License-Identifier: GPL-2.0
#include "report/csv.hpp"
#include "report/results.hpp"
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dyield {

namespace {

using nlohmann::json;

constexpr const char *cell_columns[] = {"scenario", "series", "overcommit", "layout", "pins", "locks"};
constexpr const char *row_columns[] = {
	"repetitions", "failed_boots", "msgs_per_s", "msgs_per_s_lo", "msgs_per_s_hi", "interval_kind", "ratio_to_no_ple", "ratio_to_stock",
	"guest_share", "fair_guest_share", "neighbour_share", "ple_exits_per_s", "cpu_ns_per_msg", "p50_ns", "p99_ns", "p999_ns", "collapsed",
};

std::string quoted(std::string text)
{
	if (text.find_first_of(",\"\n\r") == text.npos)
		return text;
	for (std::size_t at = 0; (at = text.find('"', at)) != text.npos; at += 2)
		text.insert(at, 1, '"');
	return '"' + text + '"';
}

std::string field(const json &value)
{
	if (value.is_null())
		return "";
	return quoted(value.is_string() ? value.get<std::string>() : value.dump());
}

std::string line(const json &row)
{
	const json &cell = row.at("cell");
	std::vector<std::string> fields;
	for (auto column : cell_columns)
		fields.push_back(field(cell.value(column, json())));
	fields.push_back(field(cell.get<Cell>().setting_name()));
	for (auto column : row_columns)
		fields.push_back(field(row.value(column, json())));
	fields.push_back(field(row.value("error_message", json())));
	return fmt::format("{}\n", fmt::join(fields, ","));
}

std::string head()
{
	return fmt::format("{},setting,{},inconclusive\n", fmt::join(cell_columns, ","), fmt::join(row_columns, ","));
}

/// Each row begins with `front`.
std::string rows(const Summary &summary, const std::string &front)
{
	std::string out;
	const json results = results_json(summary, "");
	for (const json &row : results.at("benchmarks"))
		if (is_cell(row))
			out += front + line(row);
	return out;
}

} // namespace

std::string csv_table(const Summary &summary)
{
	return head() + rows(summary, "");
}

std::string csv_table(std::span<const Campaign> campaigns)
{
	std::string out = "run," + head();
	for (const Campaign &c : campaigns)
		out += rows(c.summary, quoted(c.name) + ",");
	return out;
}

} // namespace dyield
