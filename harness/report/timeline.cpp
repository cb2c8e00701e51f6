// SPDX-License-Identifier: GPL-2.0
#include "report/timeline.hpp"
#include "report/html.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace dyield {

namespace {

// In SVG units, about pixels at full size.
constexpr double page_width = 900, plot_left = 110, plot_right = 890, row = 22, bar = 13, gap = 26, axis_height = 22;
constexpr double finest = 0.4;	// what is narrower cannot be seen: such neighbours are drawn as one
constexpr int colours = 10;	// .s1 to .s10, as in page.html

class Chart {
public:
	explicit Chart(const Timeline &t) : t_(t)
	{
		for (auto &s : t.stints)
			pcpus_.try_emplace(s.pcpu, 0);
		int n = 0;
		for (auto &[pcpu, place] : pcpus_)
			place = n++;
	}

	std::string draw() const
	{
		double height = vcpu_top() + row * double(t_.vcpus.size()) + axis_height;
		auto out = fmt::format("<svg class=\"timeline\" viewBox=\"0 0 {} {:.0f}\" role=\"img\" aria-label=\"Who ran on which pCPU for {:.0f} ms\">\n", page_width, height,
				       double(t_.length_ns) / 1e6);
		out += axis(height) + labels();
		for (auto &s : thinned(t_.stints))
			out += on_pcpu(s) + on_vcpu(s);
		for (auto &w : thinned(t_.waits))
			out += waiting(w);
		return out + pauses() + boosts() + "</svg>";
	}

private:
	double x(std::int64_t ns) const { return plot_left + (plot_right - plot_left) * double(ns) / double(std::max<std::int64_t>(1, t_.length_ns)); }
	double pcpu_top() const { return 16; }
	double vcpu_top() const { return pcpu_top() + row * double(pcpus_.size()) + gap; }
	double pcpu_y(int pcpu) const { return pcpu_top() + row * pcpus_.at(pcpu); }
	double vcpu_y(int vcpu) const { return vcpu_top() + row * vcpu; }
	static int colour(int vcpu) { return 1 + vcpu % colours; }
	static double ms(std::int64_t ns) { return double(ns) / 1e6; }
	std::string name(int vcpu) const { return html_escaped(fmt::format("{} {}", t_.vcpus.at(vcpu).guest, t_.vcpus.at(vcpu).vcpu)); }

	/// Of pieces too narrow to be seen, each vCPU's first in a place.
	template <typename Piece>
	std::vector<Piece> thinned(const std::vector<Piece> &all) const
	{
		std::map<int, double> drawn_to;
		std::vector<Piece> some;
		for (auto &p : all) {
			double end = x(p.to_ns);
			auto [last, first] = drawn_to.try_emplace(p.vcpu, -1);
			if (end - x(p.from_ns) < finest && end < last->second + finest && !first)
				continue;
			last->second = end;
			some.push_back(p);
		}
		return some;
	}

	std::string rectangle(double left, double right, double top, double height, const std::string &kind, const std::string &title) const
	{
		return fmt::format("<rect class=\"{}\" x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{}\"><title>{}</title></rect>\n", kind, left, top,
				   std::max(finest, right - left), height, title);
	}

	std::string axis(double height) const
	{
		std::string out;
		double bottom = height - axis_height;
		for (int i = 0; i <= 6; i++) {
			std::int64_t at = t_.length_ns * i / 6;
			out += fmt::format("<line class=\"line\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2:.1f}\"/>"
					   "<text class=\"soft\" x=\"{0:.1f}\" y=\"{3:.1f}\" text-anchor=\"{4}\">{5:.4g} ms</text>\n",
					   x(at), pcpu_top() - 4, bottom, bottom + 15, i == 6 ? "end" : "middle", ms(at));
		}
		return out;
	}

	std::string labels() const
	{
		std::string out;
		for (auto &[pcpu, place] : pcpus_)
			out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">pCPU {}</text>\n", plot_left - 8, pcpu_y(pcpu) + 11, pcpu);
		for (std::size_t i = 0; i < t_.vcpus.size(); i++)
			out += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", plot_left - 8, vcpu_y(int(i)) + 11, name(int(i)));
		return out;
	}

	std::string tell(const Timeline::Stint &s) const
	{
		return fmt::format("{} on pCPU {}, {:.3f} to {:.3f} ms{}", name(s.vcpu), s.pcpu, ms(s.from_ns), ms(s.to_ns), s.preempted ? ", preempted" : "");
	}

	std::string on_pcpu(const Timeline::Stint &s) const
	{
		return rectangle(x(s.from_ns), x(s.to_ns), pcpu_y(s.pcpu), bar, fmt::format("s{}", colour(s.vcpu)), tell(s));
	}

	std::string on_vcpu(const Timeline::Stint &s) const
	{
		auto out = rectangle(x(s.from_ns), x(s.to_ns), vcpu_y(s.vcpu), bar, fmt::format("s{}", colour(s.vcpu)), tell(s));
		if (s.preempted)
			out += fmt::format("<path class=\"preempted\" d=\"M{:.2f} {:.1f}v{}\"/>\n", x(s.to_ns), vcpu_y(s.vcpu) - 1, bar + 2);
		return out;
	}

	std::string waiting(const Timeline::Wait &w) const
	{
		return rectangle(x(w.from_ns), x(w.to_ns), vcpu_y(w.vcpu) + 4, bar - 8, fmt::format("s{} waiting", colour(w.vcpu)),
				 fmt::format("{} waits for a pCPU, {:.3f} to {:.3f} ms", name(w.vcpu), ms(w.from_ns), ms(w.to_ns)));
	}

	/// One path of ticks; a storm of exits is a bar.
	std::string pauses() const
	{
		std::set<std::pair<int, int>> drawn;
		std::string path;
		for (auto &p : t_.pauses)
			if (drawn.emplace(p.vcpu, int(x(p.at_ns) / finest)).second)
				path += fmt::format("M{:.1f} {:.1f}v4", x(p.at_ns), vcpu_y(p.vcpu) + bar + 1);
		return path.empty() ? "" : fmt::format("<path class=\"pause\" d=\"{}\"><title>PAUSE exits</title></path>\n", path);
	}

	std::string boosts() const
	{
		std::set<std::tuple<int, int, bool, int>> drawn;
		std::string out;
		for (auto &b : t_.boosts) {
			if (!drawn.emplace(b.vcpu, b.target, b.taken, int(x(b.at_ns))).second)
				continue;
			double from = vcpu_y(b.vcpu) + bar / 2, to = vcpu_y(b.target) + bar / 2, head = to > from ? -4 : 4;
			out += fmt::format("<path class=\"boost{}\" d=\"M{:.1f} {:.1f}V{:.1f}m-2.5 {}l2.5 {}l2.5 {}\"><title>{} {} {}, {:.3f} ms</title></path>\n", b.taken ? "" : " refused",
					   x(b.at_ns), from, to, head, -head, head, name(b.vcpu), b.taken ? "gives way to" : "would give way, in vain, to", name(b.target),
					   ms(b.at_ns));
		}
		return out;
	}

	const Timeline &t_;
	std::map<int, int> pcpus_;	///< those that any of the vCPUs ran on, and their rows
};

} // namespace

std::string timeline_chart(const Timeline &timeline) { return Chart(timeline).draw(); }

std::string timeline_section(const Timeline &timeline, const std::string &heading)
{
	auto preempted = std::ranges::count_if(timeline.stints, [](auto &s) { return s.preempted; });
	std::string out = fmt::format("<section>\n<h2>{}</h2>\n<figure><div class=\"scroll\">{}</div>\n", html_escaped(heading), timeline_chart(timeline));
	out += fmt::format("<figcaption>Above who had each pCPU, below what became of each vCPU: solid it runs, pale it waits for a pCPU, a red edge it was "
			   "preempted; ticks are PAUSE exits, arrows point from a spinner to the vCPU that it gives way to (dashed: in vain). "
			   "{} stints, {} preempted; {} PAUSE exits; {} boosts.</figcaption></figure>\n",
			   timeline.stints.size(), preempted, timeline.pauses.size(), timeline.boosts.size());
	if (timeline.lost_events)
		out += fmt::format("<p class=\"warning\">{} events were lost: the end of the picture has holes.</p>\n", timeline.lost_events);
	return out + "</section>\n";
}

std::string timeline_page(const Timeline &timeline, const std::string &date)
{
	return html_shell("Who ran on which pCPU", date, timeline_section(timeline, fmt::format("{:.0f} ms", double(timeline.length_ns) / 1e6)),
			  "Recorded from the kernel's tracepoints sched_switch, sched_waking, kvm_exit and dyield:boost.");
}

} // namespace dyield
