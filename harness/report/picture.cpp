// SPDX-License-Identifier: GPL-2.0
#include "report/picture.hpp"
#include "report/blocks.hpp"
#include "report/html.hpp"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace dyield {

namespace {

constexpr int colours = 11;	// .s0 no PLE, .s1 stock, .s2 to .s10 policies
constexpr double margin = 8, axis_width = 80, unit_height = 24, line_height = 20, plot_height = 210, texts_below = 42;

/// An entry's width in the legend; the widest of the fonts that browsers take has some 7.4 a character.
double width_of(const Palette::Entry &entry)
{
	return 17 + 7.4 * double(entry.label.size()) + 10;
}

/// Where each entry stands, in lines from 0 on.
std::vector<std::pair<double, int>> places(const Palette &palette, double width)
{
	std::vector<std::pair<double, int>> at;
	double x = margin;
	int line = 0;
	for (const auto &entry : palette.entries()) {
		if (x > margin && x + width_of(entry) > width) {
			x = margin;
			line++;
		}
		at.emplace_back(x, line);
		x += width_of(entry);
	}
	return at;
}

std::string legend(const Frame &frame, const Palette &palette)
{
	std::string out;
	auto at = places(palette, frame.width);
	for (std::size_t i = 0; i < at.size(); i++) {
		auto [x, line] = at[i];
		double y = unit_height + line_height * line;
		out += fmt::format("<rect class=\"s{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"12\" height=\"12\"/><text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
				   palette.entries()[i].colour, x, y, x + 17, y + 10, html_escaped(palette.entries()[i].label));
	}
	return out;
}

double step_to(double top)
{
	double power = std::pow(10, std::floor(std::log10(top / 4)));
	for (double step : {5 * power, 2 * power})
		if (top / step >= 4)
			return step;
	return power;
}

} // namespace

Palette::Palette(std::span<const Cell> cells)
{
	for (const Cell &cell : cells)
		add(cell);
	std::ranges::sort(entries_, {}, [](const Entry &e) { return std::pair(e.setting, e.name); });
	int policies = 0;
	for (Entry &e : entries_)
		e.colour = e.setting == Setting::no_ple ? 0 : e.setting == Setting::stock ? 1 : 2 + policies++ % (colours - 2);
}

Palette::Palette(std::span<const CellSummary> summaries, const Palette *others)
{
	std::vector<Cell> cells;
	std::ranges::transform(summaries, std::back_inserter(cells), &CellSummary::cell);
	*this = Palette(cells);
	if (others)
		for (Entry &e : entries_)
			e.colour = std::ranges::find(others->entries_, e.name, &Entry::name)->colour;
}

void Palette::add(const Cell &cell)
{
	if (std::ranges::find(entries_, cell.setting_name(), &Entry::name) == entries_.end())
		entries_.push_back({cell.setting, cell.setting_name(), setting_label(cell), 0});
}

int Palette::colour(const Cell &cell) const
{
	return std::ranges::find(entries_, cell.setting_name(), &Entry::name)->colour;
}

Frame::Frame(const Palette &palette, double w) : width(w), left(axis_width), right(w - margin)
{
	auto at = places(palette, width);
	top = unit_height + line_height * (at.empty() ? 0 : at.back().second + 1) + 18;
	bottom = top + plot_height;
	height = bottom + texts_below;
}

std::string picture(const Frame &frame, const Palette &palette, const std::string &label, const std::string &unit, const std::string &below,
		    const std::string &body)
{
	return fmt::format("<svg class=\"picture\" viewBox=\"0 0 {:g} {:g}\" role=\"img\" aria-label=\"{}\">\n"
			   "<text class=\"soft\" x=\"{}\" y=\"14\">{}</text>\n{}{}"
			   "<text class=\"soft\" x=\"{:g}\" y=\"{:g}\" text-anchor=\"end\">{}</text>\n</svg>",
			   frame.width, frame.height, html_escaped(label), margin, html_escaped(unit), legend(frame, palette), body, frame.right,
			   frame.height - 6, html_escaped(below));
}

std::string across(const Frame &frame, double share, const std::string &figure)
{
	return fmt::format("<line class=\"line\" x1=\"{0:g}\" x2=\"{1:g}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>"
			   "<text class=\"soft\" x=\"{3:g}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
			   frame.left, frame.right, frame.y(share), frame.left - 6, frame.y(share) + 4, figure);
}

std::string beneath(const Frame &frame, double x, const std::string &text)
{
	return fmt::format("<text class=\"soft\" x=\"{:.1f}\" y=\"{:g}\" text-anchor=\"middle\">{}</text>\n", x, frame.bottom + 17, html_escaped(text));
}

Ticks::Ticks(double highest) : step(step_to(highest > 0 ? highest : 1)), top(std::max(1.0, std::ceil(highest / step)) * step) {}

std::string across(const Frame &frame, const Ticks &ticks)
{
	std::string out;
	for (int i = 0; i * ticks.step <= ticks.top * 1.001; i++)
		out += across(frame, i * ticks.step / ticks.top, tick_text(i * ticks.step));
	return out;
}

std::string tick_text(double value)
{
	return fmt::format("{:.10g}", value);
}

} // namespace dyield
