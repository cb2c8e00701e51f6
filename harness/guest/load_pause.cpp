// SPDX-License-Identifier: GPL-2.0
// A known number of PAUSEs in a row at one address, in user mode: by it a host proves that PAUSE exits come, and at
// the window that was set.
#include "guest/counter.hpp"
#include "guest/load.hpp"
#include "guest/pause.hpp"

namespace dyield::guest {

namespace {

class PauseLoad final : public Load {
public:
	explicit PauseLoad(Options o) : opts(std::move(o)) { }

	/// Runs the whole burst, in the caller's thread: it is over when it "started".
	void start() override
	{
		std::int64_t n = opts.get("pauses");
		for (std::int64_t i = 0; i < n; i++)
			pause_once();
		done = n;
	}
	void stop() override { }
	std::uint64_t progress() const override { return done; }
	std::uint64_t sent() const override { return 0; }
	std::uint64_t received() const override { return 0; }
	void record_latency(bool) override { }
	Histogram latency() const override { return {}; }
	std::string failure() override { return {}; }
	const Options &options() const override { return opts; }

private:
	Options opts;
	std::int64_t done = 0;
};

} // namespace

LoadKind pause_kind()
{
	return {"pause", "a burst of PAUSEs at one address in user mode, over when started (for self-tests)",
		{{"pauses", Option::Kind::integer, 100'000, 1, 1'000'000'000, "how many"}},
		[](Options o) -> std::unique_ptr<Load> { return std::make_unique<PauseLoad>(std::move(o)); }};
}

} // namespace dyield::guest
