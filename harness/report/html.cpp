// SPDX-License-Identifier: GPL-2.0
#include "report/html.hpp"
#include "report/blocks.hpp"
#include "report/chart.hpp"
#include "report/curves.hpp"
#include "report/page.hpp"
#include "report/timeline.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <map>

namespace dyield {

namespace {

constexpr const char *marks = R"( <span class="better">Green</span> and <span class="worse">red</span>: better, worse than stock at
the same place by 5 % or more, as <code>dyield compare --baseline stock</code> judges all cells together (rank test over boots, 5 %
chance of any false alarm); no colour: the same, or it cannot tell, as always with fewer than 4 boots. Collapsed: windows under a quarter of
what the cell ought to reach.)";

/// Replaces each {{name}} of the template.
std::string fill(std::string_view text, const std::map<std::string, std::string, std::less<>> &values)
{
	std::string out;
	for (std::size_t at = 0;;) {
		auto begin = text.find("{{", at);
		auto end = text.find("}}", begin);
		if (begin == text.npos || end == text.npos)
			return out.append(text.substr(at));
		out.append(text.substr(at, begin - at));
		auto name = text.substr(begin + 2, end - begin - 2);
		if (auto found = values.find(name); found != values.end())
			out.append(found->second);
		at = end + 2;
	}
}

const char *class_of(Mark mark)
{
	switch (mark) {
	case Mark::faint:
		return "faint";
	case Mark::warning:
		return "warning";
	case Mark::better:
		return "better";
	case Mark::worse:
		return "worse";
	default:
		return "";
	}
}

/// The first `left` columns hold words, the others figures.
std::string table(const Grid &grid, std::size_t left, const char *kind)
{
	auto side = [=](std::size_t i) { return i < left ? "text" : ""; };
	std::string out = fmt::format("<div class=\"scroll\"><table class=\"{}\">\n<tr>", kind);
	for (std::size_t i = 0; i < grid.head.size(); i++)
		out += fmt::format("<th class=\"{}\">{}</th>", side(i), html_escaped(grid.head[i]));
	out += "</tr>\n";
	for (const auto &row : grid.rows) {
		out += "<tr>";
		for (std::size_t i = 0; i < row.size(); i++)
			out += fmt::format("<td class=\"{} {}\">{}</td>", side(i), class_of(row[i].mark),
					   html_escaped(row[i].text));
		out += "</tr>\n";
	}
	return out + "</table></div>\n";
}

std::string warnings(std::span<const std::string> notes)
{
	std::string out;
	for (const auto &note : notes)
		out += fmt::format("<p class=\"warning\">{}</p>\n", html_escaped(note));
	return out;
}

constexpr const char *latency_heading = "Latency, all boots together", *throughput_heading = "Throughput over time, a line a boot";

std::string figure(const std::string &caption, const std::string &svg)
{
	return fmt::format("<figure><figcaption>{}</figcaption>{}</figure>\n", html_escaped(caption), svg);
}

std::string pictures(const std::vector<Picture> &all, const char *heading)
{
	if (all.empty())
		return "";
	auto out = fmt::format("<h3>{}</h3>\n<div class=\"pictures\">\n", heading);
	for (const Picture &p : all)
		out += figure(p.heading, p.svg);
	return out + "</div>\n";
}

/// The same pictures of all campaigns beside each other, a row an overcommit.
std::string pictures_beside(const SideBySide::Place &place, const char *heading, const std::function<std::vector<Picture>(const Block &)> &draw)
{
	std::map<Column, std::string> rows;
	for (const auto &[name, block] : place.blocks)
		for (const Picture &p : draw(block))
			rows[p.column] += figure(fmt::format("{}, {}", p.heading, name), p.svg);
	std::string out = rows.empty() ? "" : fmt::format("<h3>{}</h3>\n", heading);
	for (const auto &[column, figures] : rows)
		out += fmt::format("<div class=\"pictures\">\n{}</div>\n", figures);
	return out;
}

/// On the same axes, in the same colours.
std::string curves_beside(const SideBySide::Place &place)
{
	std::optional<Decades> axis;
	double highest = 0;
	Palette colours(place.cells);
	for (const auto &[name, block] : place.blocks) {
		highest = std::max(highest, highest_window(block.cells));
		if (auto own = Decades::of(block.cells))
			axis = axis ? axis->with(*own) : *own;
	}
	return pictures_beside(place, latency_heading, [&](const Block &b) { return latency_pictures(b, axis, &colours); }) +
	       pictures_beside(place, throughput_heading, [&](const Block &b) { return throughput_pictures(b, highest, &colours); });
}

/// What perf counted of a cell, what it could not, and its table of VM exits.
std::string perf_section(const nlohmann::json &perf, const std::string &heading)
{
	auto out = fmt::format("<section>\n<h2>{}</h2>\n", html_escaped(heading));
	Grid counters{{"in the guests, a second", ""}, {}};
	double seconds = perf.at("length_ns").get<double>() / 1e9;
	for (const auto &[name, count] : perf.at("counters").items())
		counters.rows.push_back({{name}, {fmt::format("{:.4g}", count.get<double>() / seconds)}});
	if (!counters.rows.empty())
		out += table(counters, 1, "detail");
	if (perf.contains("exits"))
		out += fmt::format("<div class=\"scroll\"><pre>{}</pre></div>\n", html_escaped(perf["exits"].get<std::string>()));
	for (const auto &line : perf.at("missing"))
		out += fmt::format("<p class=\"warning\">Not on this host: {}</p>\n", html_escaped(line.get<std::string>()));
	return out + "</section>\n";
}

/// Who ran where, and what perf counted, of each cell that has it; `name` is its campaign's.
std::string close_looks(const Block &block, const std::string &name = "")
{
	std::string out;
	for (const CellSummary &cell : block.cells) {
		auto who = cell.cell.name() + (name.empty() ? "" : ", " + name);
		if (!cell.timeline.is_null())
			out += timeline_section(cell.timeline.get<Timeline>(), who + ": who ran where");
		if (!cell.perf.is_null())
			out += perf_section(cell.perf, who + ": perf, before the windows");
	}
	return out;
}

std::string section(const SideBySide::Place &place)
{
	double highest = 0;
	Palette colours(place.cells);
	for (const auto &[name, block] : place.blocks)
		highest = std::max(highest, highest_bar(block));
	auto out = fmt::format("<section>\n<h2>{}</h2>\n<div class=\"pictures bars-beside\">\n", html_escaped(place.heading));
	for (const auto &[name, block] : place.blocks)
		out += figure(name, bar_chart(block, highest, &colours));
	out += "</div>\n" + table(place.rates, 2, "rik");
	if (!place.p99.rows.empty())
		out += table(place.p99, 2, "rik");
	out += warnings(place.notes);
	out += curves_beside(place) + "</section>\n";
	for (const auto &[name, block] : place.blocks)
		out += close_looks(block, name);
	return out;
}

std::string section(const Block &block)
{
	std::string out = fmt::format("<section>\n<h2>{}</h2>\n", html_escaped(block.heading));
	out += fmt::format("<figure class=\"bars\">{}</figure>\n", bar_chart(block));
	out += table(block.rik, 1, "rik");
	if (!block.times.rows.empty())
		out += table(block.times, 1, "rik");
	if (!block.detail.rows.empty())
		out += table(block.detail, 2, "detail");
	if (!block.guests.rows.empty())
		out += table(block.guests, 4, "detail");
	out += warnings(block.notes);
	out += pictures(latency_pictures(block), latency_heading);
	out += pictures(throughput_pictures(block), throughput_heading);
	return out + "</section>\n" + close_looks(block);
}

} // namespace

std::string html_page(const Summary &summary)
{
	std::string blocks;
	for (const Block &block : make_blocks(summary))
		blocks += section(block);
	return html_shell(report_title(summary), summary.context.value("date", ""), blocks, html_escaped(report_how(summary)) + marks);
}

std::string html_page(const SideBySide &campaigns)
{
	std::string body, how;
	for (const auto &line : campaigns.differences)
		body += fmt::format("<p class=\"warning\">They differ: {}</p>\n", html_escaped(line));
	for (const auto &place : campaigns.places)
		body += section(place);
	for (const auto &[name, text] : campaigns.how)
		how += fmt::format("<b>{}</b>: {}<br>\n", html_escaped(name), html_escaped(text));
	return html_shell(campaigns.title, "", body, how);
}

std::string html_shell(const std::string &title, const std::string &date, const std::string &blocks, const std::string &how)
{
	return fill(page, {{"style", std::string(picture_style)}, {"title", html_escaped(title)}, {"date", html_escaped(date)}, {"blocks", blocks}, {"how", how}});
}

std::string html_escaped(std::string_view text)
{
	std::string out;
	for (char c : text) {
		switch (c) {
		case '&':
			out += "&amp;";
			break;
		case '<':
			out += "&lt;";
			break;
		case '>':
			out += "&gt;";
			break;
		case '"':
			out += "&quot;";
			break;
		default:
			out += c;
		}
	}
	return out;
}

} // namespace dyield
