// SPDX-License-Identifier: GPL-2.0
#include "report/curves.hpp"
#include "report/html.hpp"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>

namespace dyield {

namespace {

constexpr double width = 400;

/// A picture for the cells of each overcommit, which lie side by side.
std::vector<Picture> for_each_column(const Block &block, const std::function<std::string(std::span<const CellSummary>)> &draw)
{
	std::vector<Picture> pictures;
	for (auto rest = block.cells; !rest.empty();) {
		auto column = column_of(rest.front().cell);
		auto end = std::ranges::find_if(rest, [&](const CellSummary &s) { return column_of(s.cell) != column; });
		auto cells = rest.first(std::size_t(end - rest.begin()));
		rest = rest.subspan(cells.size());
		if (auto svg = draw(cells); !svg.empty())
			pictures.push_back({column, column.second + " overcommit", std::move(svg)});
	}
	return pictures;
}

std::int64_t count_of(const CellSummary &s)
{
	std::int64_t count = 0;
	for (const auto &[ns, n] : s.latencies)
		count += n;
	return count;
}

double us_log10(std::int64_t ns)
{
	return std::log10(double(std::max<std::int64_t>(ns, 1)) / 1e3);
}

/// The latencies of one place.
class LatencyChart {
public:
	LatencyChart(std::span<const CellSummary> cells, const Palette &palette, Decades decades)
		: cells_(cells), palette_(palette), decades_(decades), frame_(palette, width)
	{
		for (const CellSummary &s : cells)
			nines_ = std::max(nines_, std::log10(double(std::max<std::int64_t>(1, count_of(s)))));
		nines_ = std::max(1.0, nines_);
	}

	std::string draw() const
	{
		std::string body;
		for (int decade = decades_.low; decade <= decades_.high; decade++)
			body += across(frame_, share(decade), tick_text(std::pow(10, decade)));
		body += percentiles();
		for (const CellSummary &s : cells_)
			if (!s.latencies.empty())
				body += curve(s);
		return picture(frame_, palette_, "latency, " + cells_.front().cell.place(), "latency, us", "% of the messages took no longer", body);
	}

private:
	/// Where a percentile is whose `above` (0..1) is the share of messages beyond it.
	double x(double above) const { return frame_.x(std::min(1.0, -std::log10(above) / nines_)); }
	double share(double log_us) const { return (log_us - decades_.low) / double(decades_.high - decades_.low); }

	std::string percentiles() const
	{
		std::string out = beneath(frame_, x(1), "0") + beneath(frame_, x(0.5), "50");
		for (int nines = 1; nines <= nines_; nines++) {
			double at = x(std::pow(10, -nines));
			out += fmt::format("<line class=\"line\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:g}\" y2=\"{2:g}\"/>\n", at, frame_.top, frame_.bottom);
			if (at < frame_.right - 12 || nines == 1)
				out += beneath(frame_, at, fmt::format("{:.{}f}", 100 - std::pow(10, 2 - nines), std::max(0, nines - 2)));
		}
		return out;
	}

	/// Level as far as a range's messages reach, then up to the next range.
	std::string curve(const CellSummary &s) const
	{
		double count = double(count_of(s)), beyond = count;
		std::string path;
		for (const auto &[ns, n] : s.latencies) {
			path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x(beyond / count), frame_.y(share(us_log10(ns))));
			beyond -= double(n);
			path += fmt::format("H{:.1f}", x(std::max(1.0, beyond) / count));
		}
		return fmt::format("<path class=\"curve s{}\" d=\"{}\"><title>{}, {:.0f} latencies</title></path>\n", palette_.colour(s.cell), path,
				   html_escaped(setting_label(s.cell)), count);
	}

	std::span<const CellSummary> cells_;
	const Palette &palette_;
	Decades decades_;
	Frame frame_;
	double nines_ = 0;	///< how many the plot is wide
};

/// The windows of one place.
class ThroughputChart {
public:
	ThroughputChart(std::span<const CellSummary> cells, const Palette &palette, double highest)
		: cells_(cells), palette_(palette), frame_(palette, width), ticks_(std::max(highest, highest_window(cells)))
	{
		for (const CellSummary &s : cells) {
			for (std::size_t boot = 0; boot < s.boots.size(); boot++)
				windows_ = std::max(windows_, first(s, boot) + s.boots[boot].size());
			measured_ns_ += s.measured_ns;
			measured_windows_ += double(all_windows(s).size());
		}
	}

	std::string draw() const
	{
		std::string body = across(frame_, ticks_);
		auto step = std::max<std::size_t>(1, std::size_t(Ticks(double(windows_)).step));
		for (std::size_t window = step; window <= windows_; window += step)
			body += beneath(frame_, x(window - 1), fmt::format("{}", window));
		for (const CellSummary &s : cells_)
			for (std::size_t boot = 0; boot < s.boots.size(); boot++)
				body += line(s, boot);
		auto unit = rate_unit(cells_.front().cell);
		return picture(frame_, palette_, unit + " over time, " + cells_.front().cell.place(), unit,
			       fmt::format("window ({:.3g} s each)", measured_ns_ / measured_windows_ / 1e9), body);
	}

private:
	/// The number from 0 of a boot's first window that is not warm-up.
	static std::size_t first(const CellSummary &s, std::size_t boot) { return boot < s.warmup.size() ? s.warmup[boot] : 0; }

	double x(std::size_t window) const { return frame_.x((double(window) + 0.5) / double(windows_)); }

	std::string line(const CellSummary &s, std::size_t boot) const
	{
		std::string path, dots;
		auto colour = palette_.colour(s.cell);
		for (std::size_t i = 0; i < s.boots[boot].size(); i++) {
			auto at_x = fmt::format("{:.1f}", x(first(s, boot) + i)), at_y = fmt::format("{:.1f}", frame_.y(s.boots[boot][i] / ticks_.top));
			path += fmt::format("{}{} {}", i ? "L" : "M", at_x, at_y);
			if (windows_ <= 12)
				dots += fmt::format("<circle class=\"s{}\" cx=\"{}\" cy=\"{}\" r=\"2.5\"/>", colour, at_x, at_y);
		}
		return fmt::format("<g><title>{}, boot {} of {}</title><path class=\"curve s{}\" d=\"{}\"/>{}</g>\n", html_escaped(setting_label(s.cell)),
				   boot + 1, s.boots.size(), colour, path, dots);
	}

	std::span<const CellSummary> cells_;
	const Palette &palette_;
	Frame frame_;
	Ticks ticks_;
	std::size_t windows_ = 0;
	double measured_ns_ = 0, measured_windows_ = 0;
};

bool has_latencies(const CellSummary &s)
{
	return !s.latencies.empty();
}

bool has_two_windows(const CellSummary &s)
{
	return std::ranges::any_of(s.boots, [](const auto &rates) { return rates.size() > 1; });
}

} // namespace

std::optional<Decades> Decades::of(std::span<const CellSummary> cells)
{
	std::optional<Decades> all;
	for (const CellSummary &s : cells) {
		if (s.latencies.empty())
			continue;
		int low = int(std::floor(us_log10(s.latencies.begin()->first)));
		Decades own{low, std::max(low + 1, int(std::ceil(us_log10(s.latencies.rbegin()->first))))};
		all = all ? all->with(own) : own;
	}
	return all;
}

Decades Decades::with(const Decades &other) const
{
	return {std::min(low, other.low), std::max(high, other.high)};
}

std::vector<Picture> latency_pictures(const Block &block, std::optional<Decades> axis, const Palette *colours)
{
	Palette palette(block.cells, colours);
	auto decades = axis ? axis : Decades::of(block.cells);
	return for_each_column(block, [&](std::span<const CellSummary> cells) {
		return std::ranges::any_of(cells, has_latencies) ? LatencyChart(cells, palette, *decades).draw() : "";
	});
}

double highest_window(std::span<const CellSummary> cells)
{
	double most = 0;
	for (const CellSummary &s : cells)
		for (double rate : all_windows(s))
			most = std::max(most, rate);
	return most;
}

std::vector<Picture> throughput_pictures(const Block &block, double highest, const Palette *colours)
{
	Palette palette(block.cells, colours);
	return for_each_column(block, [&](std::span<const CellSummary> cells) {
		return std::ranges::any_of(cells, has_two_windows) ? ThroughputChart(cells, palette, highest).draw() : "";
	});
}

} // namespace dyield
