// SPDX-License-Identifier: GPL-2.0
#include "bench/stopping.hpp"
#include "report/summary.hpp"
#include "util/error.hpp"
#include "util/share.hpp"
#include <algorithm>
#include <string_view>

namespace dyield {
namespace {

bool narrow_enough(std::span<const double> boots, double ci)
{
	auto interval = interval_of_median(boots);
	return interval.kind == IntervalKind::bootstrap && (interval.hi - interval.lo) / 2 <= ci * median({boots.begin(), boots.end()});
}

bool fits(std::size_t boots, const StopRules &rules, const Spent &spent)
{
	if (!rules.budget || !spent.boots)
		return true;
	return spent.time + spent.time / double(spent.boots) * double(boots) <= *rules.budget;
}

} // namespace

std::vector<CellProgress> progress_of(std::span<const Cell> cells, std::span<const Run> runs)
{
	auto summary = summarize(runs, cells);
	std::vector<CellProgress> progress;
	for (const Cell &cell : cells) {
		const CellSummary &s = *std::ranges::find(summary.cells, cell, &CellSummary::cell);
		progress.push_back({boot_medians(s), int(s.boots.size() + s.failures.size())});
	}
	return progress;
}

double parse_until(const std::string &rule)
{
	if (rule.starts_with("ci="))
		if (auto share = parse_share(std::string_view(rule).substr(3)); share && *share > 0)
			return *share;
	throw Error(fmt::format("--until takes a relative half-width of the interval such as ci=3%, not '{}'", rule), exit_usage);
}

bool finished(const CellProgress &cell, const StopRules &rules)
{
	if (cell.tried >= rules.most_boots)
		return true;
	if (cell.tried < rules.least_boots)
		return false;
	return cell.boots.empty() || (rules.ci && narrow_enough(cell.boots, *rules.ci));
}

std::vector<std::size_t> next_block(std::span<const CellProgress> cells, const StopRules &rules, const Spent &spent, std::mt19937 &random)
{
	std::vector<std::size_t> block;
	for (std::size_t i = 0; i < cells.size(); i++)
		if (!finished(cells[i], rules))
			block.push_back(i);
	if (!fits(block.size(), rules, spent))
		return {};
	std::shuffle(block.begin(), block.end(), random);
	return block;
}

} // namespace dyield
