// SPDX-License-Identifier: GPL-2.0
#include "report/svg.hpp"
#include "report/chart.hpp"
#include "report/html.hpp"
#include "report/page.hpp"
#include "report/picture.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace dyield {

namespace {

constexpr double margin = 20, title_height = 56, heading_height = 26, gap = 24, foot_height = 24;
constexpr std::size_t columns = 2;

/// A chart with its heading, its left upper corner at x, y.
std::string placed(const Block &block, double x, double y, const Frame &frame)
{
	return fmt::format("<text class=\"heading\" x=\"{:g}\" y=\"{:g}\">{}</text>\n"
			   "<svg x=\"{:g}\" y=\"{:g}\" width=\"{:g}\" height=\"{:g}\">{}</svg>\n",
			   x + 8, y + 14, html_escaped(block.heading), x, y + heading_height, frame.width, frame.height, bar_chart(block));
}

} // namespace

std::string svg_page(const Summary &summary)
{
	auto blocks = make_blocks(summary);
	std::string body;
	double y = title_height, width = 2 * margin + columns * bar_chart_width + gap;
	for (std::size_t first = 0; first < blocks.size(); first += columns) {
		double row_height = 0;
		for (std::size_t i = first; i < std::min(blocks.size(), first + columns); i++) {
			Frame frame(Palette(blocks[i].cells), bar_chart_width);
			body += placed(blocks[i], margin + double(i - first) * (bar_chart_width + gap), y, frame);
			row_height = std::max(row_height, heading_height + frame.height);
		}
		y += row_height + gap;
	}
	return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" height=\"{1:g}\">\n"
			   "<title>{2}</title>\n<style>\n{3}</style>\n<rect class=\"ground\" width=\"{0:g}\" height=\"{1:g}\"/>\n"
			   "<text class=\"title\" x=\"{4:g}\" y=\"36\">{2}</text>\n{5}"
			   "<text class=\"soft\" x=\"{4:g}\" y=\"{6:g}\">Bars: medians over boots. Whiskers: 95 % bootstrap over boots, their range if "
			   "fewer than 3. ?: inconclusive.</text>\n</svg>\n",
			   width, y + foot_height, html_escaped(report_title(summary)), picture_style, margin + 8, body, y + 4);
}

} // namespace dyield
