// SPDX-License-Identifier: GPL-2.0
/// @file
/// What all pictures of cells have in common: colours, legend, axes.
#pragma once
#include "report/summary.hpp"
#include <string>
#include <utility>
#include <vector>

namespace dyield {

/// The settings of some cells in the tables' order, each with a colour that no PLE and stock have in every picture.
class Palette {
public:
	explicit Palette(std::span<const Cell> cells);
	/// Colours are those of `others`, in which all settings are, if there is one: for pictures that stand side by side.
	explicit Palette(std::span<const CellSummary> cells, const Palette *others = nullptr);

	struct Entry {
		Setting setting;
		std::string name;	///< Cell::setting_name()
		std::string label;	///< setting_label()
		int colour;		///< picture.css has it as .s0 to .s10
	};
	const std::vector<Entry> &entries() const { return entries_; }
	int colour(const Cell &cell) const;

private:
	void add(const Cell &cell);
	std::vector<Entry> entries_;
};

/// Where a picture has its axes: a unit and a legend above, a plot, two lines of text below. In SVG units, pixels at full size.
struct Frame {
	Frame(const Palette &palette, double width);
	double width, left, right, top, bottom, height;
	double x(double share) const { return left + (right - left) * share; }	///< share 0..1 of the plot's width
	double y(double share) const { return bottom - (bottom - top) * share; }	///< share 0..1 of its height
};

/// A whole picture, an SVG element that picture.css colours: `body` within unit of the vertical axis, legend and `below`, the
/// title of the horizontal one. `label` is for those who cannot see it. All texts are plain text, `body` is SVG.
std::string picture(const Frame &frame, const Palette &palette, const std::string &label, const std::string &unit, const std::string &below,
		    const std::string &body);

/// A line across the plot at a share 0..1 of its height, and its figure beside it.
std::string across(const Frame &frame, double share, const std::string &figure);

/// A text below the plot at x.
std::string beneath(const Frame &frame, double x, const std::string &text);

/// An axis from 0 to `top`, at least `highest`: 1, 2 or 5 times a power of ten apart, four to ten steps.
struct Ticks {
	explicit Ticks(double highest);
	double step, top;
};

/// The lines across of such an axis.
std::string across(const Frame &frame, const Ticks &ticks);

/// A figure on an axis: never as 1e+06.
std::string tick_text(double value);

} // namespace dyield
