// SPDX-License-Identifier: GPL-2.0
/// @file
/// Whether two cells differ, by how much, and whether there are boots enough to tell. docs/statistics.md says why so.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace dyield {

/// How the boots of b differ from those of a, one figure a boot. Boots are compared and not windows, because those of
/// one boot are correlated.
struct Difference {
	double p = 1;		///< two-sided, 0..1, of the exact permutation test of rank sums
	double smallest_p = 1;	///< what p would be if every boot of one side were above every boot of the other
	double ratio = 1;	///< Hodges and Lehmann's (1963): the median of the ratios of each boot of b to each of a
	double lo = 1, hi = 1;	///< where ratio lies with confidence 1 - alpha; the range of all ratios if smallest_p > alpha
	double cliffs_delta = 0;	///< Cliff's (1993): chance that a boot of b is above one of a, less the reverse; -1..1
};

/// Compares the boots of a and b (at least one each, all >= 0). The test is Wilcoxon's and Mann and Whitney's U, with
/// mid-ranks for ties and its distribution counted over all permutations of the boots (Streitberg and Röhmel 1986), so it
/// is exact for two boots as for a hundred. lo and hi come from the same distribution (Hollander and Wolfe 1973): they
/// leave out 1 where p < alpha, ties aside. A ratio to a boot of 0 is infinite, of 0 to 0 it is 1.
/// Throws std::invalid_argument when a side has no boots.
Difference difference(std::span<const double> a, std::span<const double> b, double alpha = 0.05);

/// The p of several tests that are judged together, each raised by Holm (1979) so that the chance of any false alarm among
/// them stays below the level they are held against. In the order of `p`.
std::vector<double> holm(std::span<const double> p);

/// How many boots a side the test needs so that the clearest difference is significant at `alpha` (0 < alpha < 1) among
/// `tests` (>= 1) that Holm corrects: 4 for a single one at 0.05.
std::size_t boots_needed(double alpha, std::size_t tests);

} // namespace dyield
