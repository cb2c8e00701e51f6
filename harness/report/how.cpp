// SPDX-License-Identifier: GPL-2.0
#include "report/how.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace dyield {

namespace {

using nlohmann::json;

bool holds(const json &context, const char *key, const json &wanted)
{
	auto found = context.find(key);
	if (found == context.end())
		return false;
	return *found == wanted || (found->is_array() && std::ranges::find(*found, wanted) != found->end());
}

std::string text_of(const json &value)
{
	if (value.is_string())
		return value.get<std::string>();
	if (value.is_number())
		return fmt::format("{:g}", value.get<double>());
	if (!value.is_array())
		return value.dump();
	std::vector<std::string> parts;
	for (const json &part : value)
		parts.push_back(text_of(part));
	return fmt::format("{}", fmt::join(parts, " or "));
}

std::string host(const json &context)
{
	std::string text = is_emulated(context) ? "emulated host" : "real host";
	if (is_emulated(context) && holds(context, "emulated", false))
		text = "partly emulated host";
	return text + (is_emulated(context) ? " in virtual time" : "");
}

/// The filter windows of the runs that had one: no PLE reports 0.
json windows_in_use(const json &context, const char *key)
{
	json values = context.value(key, json());
	if (!values.is_array())
		return values == 0 ? json() : values;
	json used = json::array();
	std::ranges::copy_if(values, std::back_inserter(used), [](const json &v) { return v != 0; });
	return used.empty() ? json() : used;
}

/// base_slice_ns in ms; null unless it is one number.
json milliseconds(const json &context)
{
	auto found = context.find("base_slice_ns");
	if (found == context.end() || !found->is_number())
		return {};
	return found->get<double>() / 1e6;
}

bool holds_text(const json &context, const char *key, std::string_view start)
{
	auto found = context.find(key);
	return found != context.end() && found->is_string() && found->get<std::string>().starts_with(start);
}

std::string layouts(const Summary &summary)
{
	std::set<Layout> used;
	for (const CellSummary &s : summary.cells)
		used.insert(s.cell.layout);
	std::vector<std::string> texts;
	if (used.contains(Layout::flat))
		texts.push_back("flat = every vCPU thread in the root cgroup");
	if (used.contains(Layout::vm_cgroup))
		texts.push_back("vm-cgroup = a cgroup a VM");
	if (used.contains(Layout::vcpu_cgroups))
		texts.push_back("vcpu-cgroups = a cgroup a vCPU, as libvirt does it");
	return fmt::format("{}", fmt::join(texts, ", "));
}

std::string from_to(const std::set<std::size_t> &numbers)
{
	if (*numbers.begin() == *numbers.rbegin())
		return fmt::format("{}", *numbers.begin());
	return fmt::format("{} to {}", *numbers.begin(), *numbers.rbegin());
}

bool left_out(const CellSummary &s)
{
	return std::ranges::any_of(s.warmup, [](auto windows) { return windows > 0; });
}

std::string repetitions(const Summary &summary)
{
	std::set<std::size_t> boots, windows;
	double ns = 0, count = 0;
	for (const CellSummary &s : summary.cells) {
		if (s.boots.empty())
			continue;
		boots.insert(s.boots.size());
		ns += s.measured_ns;
		for (const auto &rates : s.boots) {
			windows.insert(rates.size());
			count += double(rates.size());
		}
	}
	if (boots.empty())
		return "nothing measured yet";
	bool looked = *windows.rbegin() >= least_warmup_windows || std::ranges::any_of(summary.cells, left_out);
	return fmt::format("{} boot(s) a cell with {} window(s) of {:.3g} s each{}", from_to(boots), from_to(windows), ns / count / 1e9,
			   looked ? "" : fmt::format(", too few to look for a longer warm-up (that takes {})", least_warmup_windows));
}

} // namespace

bool is_emulated(const json &context)
{
	return holds(context, "emulated", true);
}

std::string how_line(const Summary &summary)
{
	json context = summary.context;
	std::vector<std::string> parts = {host(context)};
	auto add = [&](const char *key, const char *before, const char *after = "") {
		if (auto found = context.find(key); found != context.end() && !found->is_null())
			parts.push_back(before + text_of(*found) + after);
	};
	context["window"] = windows_in_use(context, "filter_window");
	context["window_max"] = windows_in_use(context, "filter_window_max");
	context["slice_ms"] = milliseconds(context);
	add("qemu", "QEMU ");
	add("kernel", "kernel ");
	add("guest_kernel", "guest kernel ");
	add("cpu", "CPU ");
	add("guests", "guests started by ");
	add("guest_lock", "guest locks ");
	add("pins", "pins ");
	add("window", "PAUSE filter window ");
	add("window_max", "growing while a vCPU spins on to ");
	add("dilation", "time constants dilated ", "x");
	add("slice_ms", "slice ", " ms");
	add("ns_per_instruction", "", " ns an instruction");
	add("turn_instructions", "a pCPU runs at most ", " instructions before the others do");
	parts.push_back(layouts(summary));
	parts.push_back(repetitions(summary));
	if (!holds_text(context, "boots_shared_by", "nothing"))
		add("boots_shared_by", "");
	add("ratios", "");
	parts.push_back("[lo–hi] = 95 % bootstrap over boots, their range if fewer than 3");
	return fmt::format("How: {}.", fmt::join(parts, "; "));
}

} // namespace dyield
