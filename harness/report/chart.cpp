// SPDX-License-Identifier: GPL-2.0
#include "report/chart.hpp"
#include "report/html.hpp"
#include "report/table.hpp"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <set>

namespace dyield {

namespace {

// In SVG units, about pixels at full size.
constexpr double page_width = 900, plot_left = 70, plot_right = 890, plot_top = 50, plot_bottom = 290, height = 325;
constexpr int colours = 11;	// .s0 no PLE, .s1 stock, .s2 to .s10 policies: as in page.html

/// 1, 2 or 5 times a power of ten, so that four to ten of them reach `top`.
double tick_step(double top)
{
	double power = std::pow(10, std::floor(std::log10(top / 4)));
	for (double step : {5 * power, 2 * power})
		if (top / step >= 4)
			return step;
	return power;
}

class Chart {
public:
	explicit Chart(const Block &block) : block_(block), unit_(rate_unit(block.cells.front().cell))
	{
		double highest = 0;
		for (const CellSummary &s : block.cells) {
			highest = std::max({highest, s.msgs_per_s.value_or(0), s.hi.value_or(0)});
			slots_.try_emplace({s.cell.setting, s.cell.setting_name()}, setting_label(s.cell));
			groups_.insert(column_of(s.cell));
		}
		step_ = tick_step(highest > 0 ? highest : 1);
		top_ = std::max(1.0, std::ceil(highest / step_)) * step_;
		slot_width_ = group_width() * 0.8 / double(slots_.size());
	}

	std::string draw() const
	{
		auto out = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}, {}\">\n",
				       page_width, height, unit_, html_escaped(block_.heading));
		out += axis() + legend();
		int group = 0;
		for (const auto &column : groups_) {
			out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
					   plot_left + group_width() * (group + 0.5), plot_bottom + 20, html_escaped(column.second));
			int slot = 0;
			for (const auto &[setting, label] : slots_)
				out += bar(find(column, setting), group, slot++);
			group++;
		}
		return out + "</svg>";
	}

private:
	using Key = std::pair<Setting, std::string>;

	double group_width() const { return (plot_right - plot_left) / double(groups_.size()); }
	double y(double rate) const { return plot_bottom - (plot_bottom - plot_top) * rate / top_; }

	const CellSummary *find(const Column &column, const Key &setting) const
	{
		auto found = std::ranges::find_if(block_.cells, [&](const CellSummary &s) {
			return column_of(s.cell) == column && Key(s.cell.setting, s.cell.setting_name()) == setting;
		});
		return found == block_.cells.end() ? nullptr : &*found;
	}

	/// No PLE and stock keep their colours in every chart, whatever else is there.
	int colour(int slot) const
	{
		auto setting = std::next(slots_.begin(), slot)->first.first;
		if (setting != Setting::policy)
			return setting == Setting::no_ple ? 0 : 1;
		auto before = std::ranges::count_if(slots_, [](const auto &s) { return s.first.first != Setting::policy; });
		return 2 + (slot - int(before)) % (colours - 2);
	}

	std::string axis() const
	{
		std::string out;
		for (double rate = 0; rate <= top_ * 1.001; rate += step_)
			out += fmt::format("<line class=\"line\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>"
					   "<text class=\"soft\" x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5:g}</text>\n",
					   plot_left, plot_right, y(rate), plot_left - 8, y(rate) + 4, rate);
		return out;
	}

	std::string legend() const
	{
		auto out = fmt::format("<text class=\"soft\" x=\"{}\" y=\"16\">{}</text>\n", 8, unit_);
		double x = plot_left + 40;
		int slot = 0;
		for (const auto &[setting, label] : slots_) {
			double length = 30 + 7.0 * double(label.size());
			if (x + length > plot_right && x > plot_left + 40)
				break;	// the table has them all
			out += fmt::format("<rect class=\"s{}\" x=\"{:.1f}\" y=\"6\" width=\"12\" height=\"12\"/>"
					   "<text x=\"{:.1f}\" y=\"16\">{}</text>\n",
					   colour(slot++), x, x + 17, html_escaped(label));
			x += length;
		}
		return out;
	}

	std::string bar(const CellSummary *s, int group, int slot) const
	{
		double left = plot_left + group_width() * (group + 0.1) + slot_width_ * slot, middle = left + slot_width_ / 2;
		if (!s || s->to_come())
			return sign(middle, "soft", "…");
		auto out = fmt::format("<g><title>{}</title>\n", html_escaped(format_cell_line(*s)));
		double x = left + slot_width_ * 0.08, width = slot_width_ * 0.84;
		if (!s->msgs_per_s) {
			out += fmt::format("<rect class=\"doubt\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>", x,
					   plot_bottom - 40, width, 40);
			return out + sign(middle, "warning", "?") + "</g>\n";
		}
		out += fmt::format("<rect class=\"s{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
				   colour(slot), x, y(*s->msgs_per_s), width, plot_bottom - y(*s->msgs_per_s));
		return out + whisker(*s, middle) + value(*s, middle) + "</g>\n";
	}

	static std::string sign(double x, const char *kind, const char *text)
	{
		return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", kind, x,
				   plot_bottom - 14, text);
	}

	/// One boot has no spread to show.
	std::string whisker(const CellSummary &s, double x) const
	{
		if (s.boots.size() < 2 || !s.lo || !s.hi)
			return "";
		return fmt::format("<path class=\"whisker\" fill=\"none\" d=\"M{0:.1f} {3:.1f}H{1:.1f}M{2:.1f} {3:.1f}V{4:.1f}"
				   "M{0:.1f} {4:.1f}H{1:.1f}\"/>\n",
				   x - 4, x + 4, x, y(*s.lo), y(*s.hi));
	}

	std::string value(const CellSummary &s, double x) const
	{
		if (slot_width_ < 38)
			return "";	// would run into its neighbour's
		return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", x,
				   y(std::max(*s.msgs_per_s, s.hi.value_or(0))) - 5, figure_text(*s.msgs_per_s));
	}

	const Block &block_;
	std::string unit_;
	std::map<Key, std::string> slots_;	///< setting -> label
	std::set<Column> groups_;		///< overcommits
	double step_ = 1, top_ = 1, slot_width_ = 1;
};

} // namespace

std::string bar_chart(const Block &block)
{
	return Chart(block).draw();
}

} // namespace dyield
