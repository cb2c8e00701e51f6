// SPDX-License-Identifier: GPL-2.0
/// @file
/// From raw runs to one line a cell: what every report shows.
#pragma once
#include "model/run.hpp"
#include "report/stats.hpp"
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dyield {

/// What all boots of one cell say of one guest. A figure without a value is unknown.
struct GuestSummary {
	std::string name, load;			///< as in GuestSpec; no load: it was idle
	double fair_share = 0;			///< fair_shares() of the cell, 0..1
	std::optional<double> share;		///< of the CPU time of all guests, 0..1
	std::optional<double> per_s;		///< messages, or steps of a load without them, in a second
	std::optional<double> p99_ns;		///< of its messages' latency
	std::vector<double> ran, waited;	///< of each vCPU: the share (0..1) of the time that it ran, that it waited for a pCPU
	bool operator==(const GuestSummary &) const = default;
};

/// What all boots of one cell say together. A figure without a value is unknown. Per-boot figures are
/// first taken within each boot, then the median over the boots is taken.
///
/// A cell is in one of three states: to come (no boot yet), inconclusive (a reason, no msgs_per_s), or
/// measured (msgs_per_s has a value); more boots may follow in any of them.
struct CellSummary {
	CellSummary() = default;
	explicit CellSummary(Cell c);		///< a cell to come

	Cell cell;
	std::vector<std::vector<double>> boots;	///< messages/s of each window, one array a good boot
	std::vector<std::size_t> warmup;	///< how many first windows of each good boot are not in boots: warmup_windows()
	std::vector<double> boots_p99_ns;	///< latency of each good boot; 0 where the load has none
	std::vector<double> boots_cpu_ns;	///< CPU time of the first guest for each message of each good boot; 0 where there was none
	std::vector<std::int64_t> boots_messages;	///< delivered in the windows of each good boot
	/// Latencies of the first guest, all good boots together: a range's upper end, ns, and how many are in it (a load may time
	/// only some of its messages). Ranges are 6.3 % wide or less; empty ones are left out. None where the load has no latency
	/// or the results are older.
	std::map<std::int64_t, std::int64_t> latencies;
	std::vector<std::string> failures;	///< why the boots that were left out failed, one each
	std::string inconclusive;		///< why nothing can be said; empty: something can
	std::int64_t messages = 0;		///< delivered in all windows of all good boots
	double measured_ns = 0;			///< length of all windows of all good boots
	IntervalKind interval_kind = IntervalKind::range;	///< what lo and hi are
	double fair_guest_share = 1;		///< the first guest's fair share, 0..1
	std::vector<GuestSummary> guests;	///< in the order of Cell::guests

	std::optional<double> msgs_per_s;	///< median of the boots' medians over windows
	std::optional<double> lo, hi;		///< interval_of_median() of msgs_per_s
	std::optional<double> cpu_ns_per_msg;	///< CPU time of the first guest for each delivered message
	std::optional<double> guest_share;	///< the first guest's, of the CPU time of all guests, 0..1
	std::optional<double> neighbour_share;	///< the rest of it, 0..1
	std::optional<double> ple_exits_per_s;	///< PAUSE exits/s of the host
	std::optional<double> p50_ns, p99_ns, p999_ns;	///< latency from publish to delivery
	/// Share (0..1) of all windows whose rate is under a quarter of what the cell ought to reach: the highest
	/// msgs_per_s of any setting at the same place (Cell::place()) or, if that is more, the first guest's fair share
	/// of the highest where it is alone (Cell::alone()). The convoys that a median hides, also where every setting has them.
	std::optional<double> collapsed;
	std::optional<double> ratio_to_no_ple;	///< msgs_per_s over that of no PLE at the same place
	std::optional<double> ratio_to_stock;	///< msgs_per_s over that of stock at the same place

	nlohmann::json counters = nlohmann::json::array();	///< kvm_dyield's, one element a good boot
	nlohmann::json timeline;	///< Run::timeline of the first good boot that has one; else null
	nlohmann::json perf;		///< Run::perf of the first good boot that has it; else null
	nlohmann::json context = nlohmann::json::object();	///< what differs from cell to cell of Run::context

	/// No boot has been tried yet.
	bool to_come() const { return boots.empty() && failures.empty(); }
	bool operator==(const CellSummary &) const = default;
};

/// All cells of one campaign and where they were measured.
struct Summary {
	std::vector<CellSummary> cells;	///< in table_order()
	/// Run::context of all runs merged; a key on which runs differ holds an array of its values, and
	/// each cell then has its own in CellSummary::context.
	nlohmann::json context = nlohmann::json::object();
};

/// Sums up `runs`, in any order and however many boots there are so far. Of several runs of the same cell
/// and boot the last counts, so that a boot can be measured anew. `planned` cells without a run come out as
/// to_come().
///
/// A boot fails, is left out and counted, if it has an error, a guest that lost or duplicated messages, or no window.
/// A cell is inconclusive if all its boots failed, or if it is a PLE setting (stock or a policy) under which
/// not one PAUSE exit was counted: then the setting was not at work, whatever the rates say.
Summary summarize(std::span<const Run> runs, std::span<const Cell> planned = {});

/// The figure of each good boot: the median of its windows, messages/s.
std::vector<double> boot_medians(const CellSummary &cell);

/// The windows of all good boots, messages/s.
std::vector<double> all_windows(const CellSummary &cell);

/// Why this boot cannot be used; empty if it can.
std::string boot_error(const Run &run);

/// Order of cells in every report: scenario, series, locks, pins, layout, overcommit, then no PLE, stock, policies.
/// Numbers in texts are in their order, too.
bool table_order(const Cell &a, const Cell &b);

} // namespace dyield
