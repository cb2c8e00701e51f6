// SPDX-License-Identifier: GPL-2.0
#include "report/chart.hpp"
#include "report/html.hpp"
#include "report/table.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace dyield {

namespace {

constexpr double widest_slot = 64;

class Chart {
public:
	Chart(const Block &block, double highest, const Palette *colours)
		: block_(block), palette_(block.cells, colours), frame_(palette_, bar_chart_width), ticks_(std::max(highest, highest_bar(block)))
	{
		for (const CellSummary &s : block.cells)
			groups_.insert(column_of(s.cell));
		group_width_ = (frame_.right - frame_.left) / double(groups_.size());
		slot_width_ = std::min(widest_slot, group_width_ * 0.84 / double(palette_.entries().size()));
		with_values_ = std::ranges::all_of(block.cells, [this](const CellSummary &s) { return value_fits(s); });
	}

	std::string draw() const
	{
		std::string body = across(frame_, ticks_);
		int group = 0;
		for (const auto &column : groups_) {
			body += beneath(frame_, frame_.left + group_width_ * (group + 0.5), column.second);
			double left = frame_.left + group_width_ * (group + 0.5) - slot_width_ * double(palette_.entries().size()) / 2;
			for (const auto &entry : palette_.entries()) {
				body += bar(find(column, entry), entry.colour, left);
				left += slot_width_;
			}
			group++;
		}
		auto unit = rate_unit(block_.cells.front().cell);
		return picture(frame_, palette_, unit + ", " + block_.heading, unit, "overcommit", body);
	}

private:
	double y(double rate) const { return frame_.y(rate / ticks_.top); }

	const CellSummary *find(const Column &column, const Palette::Entry &entry) const
	{
		auto found = std::ranges::find_if(block_.cells, [&](const CellSummary &s) {
			return column_of(s.cell) == column && s.cell.setting == entry.setting && s.cell.setting_name() == entry.name;
		});
		return found == block_.cells.end() ? nullptr : &*found;
	}

	std::string bar(const CellSummary *s, int colour, double left) const
	{
		double middle = left + slot_width_ / 2, x = left + slot_width_ * 0.08, bar_width = slot_width_ * 0.84;
		if (!s || s->to_come())
			return sign(middle, "soft", "…");
		auto out = fmt::format("<g><title>{}</title>\n", html_escaped(format_cell_line(*s)));
		if (!s->msgs_per_s) {
			out += fmt::format("<rect class=\"doubt\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>", x,
					   frame_.bottom - 40, bar_width, 40);
			return out + sign(middle, "warning", "?") + "</g>\n";
		}
		out += fmt::format("<rect class=\"s{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
				   colour, x, y(*s->msgs_per_s), bar_width, frame_.bottom - y(*s->msgs_per_s));
		return out + whisker(*s, middle) + (with_values_ ? value(*s, middle) : "") + "</g>\n";
	}

	std::string sign(double x, const char *kind, const char *text) const
	{
		return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:g}\" text-anchor=\"middle\">{}</text>\n", kind, x, frame_.bottom - 14, text);
	}

	/// One boot has no spread to show.
	std::string whisker(const CellSummary &s, double x) const
	{
		if (s.boots.size() < 2 || !s.lo || !s.hi)
			return "";
		double half = std::min(4.0, slot_width_ / 3);
		return fmt::format("<path class=\"whisker\" d=\"M{0:.1f} {3:.1f}H{1:.1f}M{2:.1f} {3:.1f}V{4:.1f}M{0:.1f} {4:.1f}H{1:.1f}\"/>\n",
				   x - half, x + half, x, y(*s.lo), y(*s.hi));
	}

	std::string value(const CellSummary &s, double x) const
	{
		return fmt::format("<text class=\"value\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", x,
				   y(std::max(*s.msgs_per_s, s.hi.value_or(0))) - 5, figure_text(*s.msgs_per_s));
	}

	/// Its value would not run into its neighbour's.
	bool value_fits(const CellSummary &s) const
	{
		return !s.msgs_per_s || 6.5 * double(figure_text(*s.msgs_per_s).size()) < slot_width_;
	}

	const Block &block_;
	Palette palette_;
	Frame frame_;
	Ticks ticks_;
	std::set<Column> groups_;		///< overcommits
	double group_width_ = 1, slot_width_ = 1;
	bool with_values_ = false;
};

} // namespace

double highest_bar(const Block &block)
{
	double highest = 0;
	for (const CellSummary &s : block.cells)
		highest = std::max({highest, s.msgs_per_s.value_or(0), s.hi.value_or(0)});
	return highest;
}

std::string bar_chart(const Block &block, double highest, const Palette *colours)
{
	return Chart(block, highest, colours).draw();
}

} // namespace dyield
