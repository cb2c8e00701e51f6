// SPDX-License-Identifier: GPL-2.0
#include "report/table.hpp"
#include "report/side_by_side.hpp"
#include <algorithm>
#include <fmt/color.h>
#include <fmt/format.h>
#include <sstream>

namespace dyield {

namespace {

constexpr std::size_t page_width = 120;

/// Columns on the screen: UTF-8 characters, all of ours being one column wide.
std::size_t width(std::string_view text)
{
	return std::size_t(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string padded(const std::string &text, std::size_t columns, bool right)
{
	std::string space(columns - std::min(columns, width(text)), ' ');
	return right ? space + text : text + space;
}

class Painter {
public:
	explicit Painter(bool colour) : colour_(colour) {}

	std::string operator()(const std::string &text, const fmt::text_style &style) const
	{
		return colour_ ? fmt::format(style, "{}", text) : text;
	}

	std::string operator()(const std::string &text, Mark mark) const
	{
		switch (mark) {
		case Mark::better:
			return (*this)(text, fg(fmt::terminal_color::green));
		case Mark::worse:
			return (*this)(text, fg(fmt::terminal_color::red));
		case Mark::warning:
			return (*this)(text, fg(fmt::terminal_color::yellow));
		case Mark::faint:
			return (*this)(text, fmt::emphasis::faint);
		default:
			return text;
		}
	}

private:
	bool colour_;
};

std::vector<std::size_t> column_widths(const Grid &grid)
{
	std::vector<std::size_t> widths;
	for (const auto &head : grid.head)
		widths.push_back(width(head));
	for (const auto &row : grid.rows)
		for (std::size_t i = 0; i < row.size(); i++)
			widths[i] = std::max(widths[i], width(row[i].text));
	return widths;
}

/// The first `left` columns are set to the left, the others, figures, to the right.
std::string draw(const Grid &grid, std::size_t left, const Painter &paint)
{
	auto widths = column_widths(grid);
	std::string out;
	auto field = [&](std::size_t i, const std::string &text) {
		return (i == 0 ? "" : "  ") + padded(text, widths[i], i >= left);
	};
	for (std::size_t i = 0; i < grid.head.size(); i++)
		out += paint(field(i, grid.head[i]), fmt::emphasis::underline);
	out += '\n';
	for (const auto &row : grid.rows) {
		std::string line;
		for (std::size_t i = 0; i < row.size(); i++)
			line += paint(field(i, row[i].text), row[i].mark);
		out += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
	}
	return out;
}

std::string wrapped(const std::string &text)
{
	std::istringstream words(text);
	std::string out, word;
	std::size_t column = 0;
	while (words >> word) {
		if (column > 0 && column + 1 + width(word) > page_width) {
			out += "\n  ";
			column = 2;
		} else if (column > 0) {
			out += ' ';
			column++;
		}
		out += word;
		column += width(word);
	}
	return out + '\n';
}

std::string markdown_row(const std::vector<std::string> &fields)
{
	std::string out = "|";
	for (const auto &field : fields) {
		out += ' ';
		for (char c : field)
			out += c == '|' ? "\\|" : std::string(1, c);
		out += " |";
	}
	return out + '\n';
}

std::string markdown_grid(const Grid &grid, std::size_t left)
{
	std::string out = markdown_row(grid.head) + '|';
	for (std::size_t i = 0; i < grid.head.size(); i++)
		out += i < left ? "---|" : "--:|";
	out += '\n';
	for (const auto &row : grid.rows) {
		std::vector<std::string> texts;
		for (const Field &field : row)
			texts.push_back(field.text);
		out += markdown_row(texts);
	}
	return out;
}

/// A list, apart from what stands before it.
std::string markdown_notes(std::span<const std::string> notes)
{
	std::string out = notes.empty() ? "" : "\n";
	for (const auto &note : notes)
		out += fmt::format("- {}\n", note);
	return out;
}

std::string with_figures(const CellSummary &s)
{
	std::string out = rate_field(s).text + (rate_unit(s.cell) == "messages/s" ? " msgs/s" : ' ' + rate_unit(s.cell));
	if (s.ratio_to_no_ple && s.cell.setting != Setting::no_ple)
		out += fmt::format(", {:.2f} of no PLE", *s.ratio_to_no_ple);
	if (s.ratio_to_stock && s.cell.setting != Setting::stock)
		out += fmt::format(", {:.2f} of stock", *s.ratio_to_stock);
	if (s.guest_share)
		out += fmt::format(", share {:.0f} % (fair {:.0f} %)", 100 * *s.guest_share, 100 * s.fair_guest_share);
	if (s.ple_exits_per_s)
		out += fmt::format(", {} exits/s", figure_text(*s.ple_exits_per_s));
	return out;
}

} // namespace

std::string terminal_grid(const Grid &grid, std::size_t left, bool colour)
{
	return draw(grid, left, Painter(colour));
}

std::string terminal_table(const Summary &summary, bool colour)
{
	Painter paint(colour);
	std::string out = paint(report_title(summary), fmt::emphasis::bold) + '\n';
	for (const Block &block : make_blocks(summary)) {
		out += '\n' + paint(block.heading, fmt::emphasis::bold) + '\n' + draw(block.rik, 1, paint);
		if (!block.times.rows.empty())
			out += '\n' + draw(block.times, 1, paint);
		if (!block.detail.rows.empty())
			out += '\n' + draw(block.detail, 2, paint);
		if (!block.guests.rows.empty())
			out += '\n' + draw(block.guests, 4, paint);
		for (const auto &note : block.notes)
			out += paint(wrapped(note), Mark::warning);
	}
	return out + '\n' + wrapped(report_how(summary));
}

std::string markdown_table(const Summary &summary)
{
	std::string out = fmt::format("**{}**\n", report_title(summary));
	for (const Block &block : make_blocks(summary)) {
		out += fmt::format("\n{}:\n\n{}", block.heading, markdown_grid(block.rik, 1));
		if (!block.times.rows.empty())
			out += '\n' + markdown_grid(block.times, 1);
		if (!block.detail.rows.empty())
			out += '\n' + markdown_grid(block.detail, 2);
		if (!block.guests.rows.empty())
			out += '\n' + markdown_grid(block.guests, 4);
		out += markdown_notes(block.notes);
	}
	return out + '\n' + report_how(summary) + '\n';
}

std::string terminal_table(const SideBySide &campaigns, bool colour)
{
	Painter paint(colour);
	std::string out = paint(campaigns.title, fmt::emphasis::bold) + '\n';
	for (const auto &line : campaigns.differences)
		out += paint(wrapped("They differ: " + line), Mark::warning);
	for (const auto &place : campaigns.places) {
		out += '\n' + paint(place.heading, fmt::emphasis::bold) + '\n' + draw(place.rates, 2, paint);
		if (!place.p99.rows.empty())
			out += '\n' + draw(place.p99, 2, paint);
		for (const auto &note : place.notes)
			out += paint(wrapped(note), Mark::warning);
	}
	out += '\n';
	for (const auto &[name, how] : campaigns.how)
		out += wrapped(fmt::format("{}: {}", name, how));
	return out;
}

std::string markdown_table(const SideBySide &campaigns)
{
	std::string out = fmt::format("**{}**\n", campaigns.title);
	if (!campaigns.differences.empty())
		out += "\nThey differ:\n" + markdown_notes(campaigns.differences);
	for (const auto &place : campaigns.places) {
		out += fmt::format("\n{}:\n\n{}", place.heading, markdown_grid(place.rates, 2));
		if (!place.p99.rows.empty())
			out += '\n' + markdown_grid(place.p99, 2);
		out += markdown_notes(place.notes);
	}
	out += '\n';
	for (const auto &[name, how] : campaigns.how)
		out += fmt::format("- {}: {}\n", name, how);
	return out;
}

std::string format_cell_line(const CellSummary &s, bool colour)
{
	Painter paint(colour);
	auto line = paint(s.cell.name(), fmt::emphasis::bold) + ": ";
	if (s.to_come())
		return line + "to come";
	line += s.msgs_per_s ? with_figures(s) : paint("inconclusive: " + s.inconclusive, Mark::warning);
	line += fmt::format(", {} boot{}", s.boots.size(), s.boots.size() == 1 ? "" : "s");
	if (!s.failures.empty())
		line += fmt::format(", {} failed", s.failures.size());
	return line;
}

} // namespace dyield
