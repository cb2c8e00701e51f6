// SPDX-License-Identifier: GPL-2.0
/// @file
/// What `dyield compare` says of two results, or of one against its baseline: cell by cell, judged as one table.
#pragma once
#include "report/difference.hpp"
#include "report/summary.hpp"
#include <optional>
#include <string>
#include <vector>

namespace dyield {

enum class Verdict {
	better, worse,		///< significant, and by the threshold or more
	same,			///< the whole interval lies within the threshold
	cannot_tell,
};

struct CompareOptions {
	double threshold = 0.05;	///< 0..1: smaller changes are of no interest
	double alpha = 0.05;		///< 0..1: the chance of any false alarm in the whole table
	bool also_p99 = false;		///< judge the latency, too
};

/// What is compared.
enum class Figure {
	rate,	///< messages/s, more is better
	p99,	///< CellSummary::boots_p99_ns, less is better
};

/// One figure a boot; none where the cell says nothing of it.
std::vector<double> boot_figures(const CellSummary &cell, Figure figure);

/// One cell of B beside one of A.
struct ComparedCell {
	const CellSummary *a, *b;		///< borrowed
	Figure figure = Figure::rate;
	std::optional<Difference> difference;	///< none if one of them has no figure
	double p = 1;				///< Difference::p after holm()
	Verdict verdict = Verdict::cannot_tell;
	std::string why;			///< it cannot be told
};

/// All cells that are in both; it borrows from the summaries, which must outlive it.
struct Comparison {
	CompareOptions options;
	std::vector<ComparedCell> cells;		///< in table_order()
	std::size_t tests = 0;				///< how many p were corrected together
	std::vector<std::string> only_a, only_b;	///< names of cells that have no partner
	/// How many cells have this verdict.
	std::size_t count(Verdict verdict) const;
};

/// Compares the cells of one name, over boots. Holm corrects over the cells that have boots enough to be
/// significant at all (Tarone 1990: the others cannot raise a false alarm).
Comparison compare_results(const Summary &a, const Summary &b, const CompareOptions &options);

/// Compares every other setting with the setting named `baseline` (Cell::setting_name()) at the same place. Cells whose
/// place lacks the baseline are in only_b.
Comparison compare_with_baseline(const Summary &results, const std::string &baseline, const CompareOptions &options);

/// On what the contexts of cells in both differ, a line each: "kernel: 6.12.107 in A, 7.2.12 in B". What Google Benchmark
/// puts in of its own and what tells only when and what was measured does not count.
std::vector<std::string> context_differences(const Summary &a, const Summary &b);

/// The table for a terminal, with what it leaves open and a line that counts the verdicts; at most 120 columns wide for
/// cells of common names. `colour` asks for ANSI colours.
std::string comparison_table(const Comparison &comparison, bool colour);

/// The same for scripts: threshold, alpha, tests, counts by verdict, cells (name, figure, against, a and b with median and
/// boots, ratio, lo, hi, p, p_uncorrected, smallest_p, cliffs_delta, verdict, why), only_a, only_b. Unknown is null.
nlohmann::json comparison_json(const Comparison &comparison);

NLOHMANN_JSON_SERIALIZE_ENUM(Figure, {{Figure::rate, "msgs_per_s"}, {Figure::p99, "p99_ns"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Verdict, {{Verdict::cannot_tell, "cannot tell"}, {Verdict::better, "better"},
				       {Verdict::worse, "worse"}, {Verdict::same, "same"}})

} // namespace dyield
