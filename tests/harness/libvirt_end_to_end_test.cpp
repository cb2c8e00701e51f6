// SPDX-License-Identifier: GPL-2.0
// Cells at 2x in guests of libvirt's, in the cgroups that it makes, in the emulated host with its daemon in it.
// DYIELD_LIBVIRT_IMAGE names the image (scripts/lab/with-libvirt).
#include "bench/store.hpp"
#include "util/child.hpp"
#include "util/file.hpp"
#include <cstdlib>
#include <gtest/gtest.h>

using namespace dyield;

namespace {

TEST(Libvirt, GuestsAreMeasuredInItsOwnLayout)
{
	const char *image = std::getenv("DYIELD_LIBVIRT_IMAGE");
	ASSERT_NE(image, nullptr) << "set it to what scripts/lab/with-libvirt \"$(cat build/image)\" prints";
	TempDir folder("dyield-libvirt");
	Child c({DYIELD, "bench", "--host", "emulated", "--image", image, "--out", folder.path(), "--loads", "ipc", "--overcommit", "2x", "--layouts", "vcpu-cgroups",
		 "--settings", "stock,directed", "--boots", "1", "--windows", "4", "--warmup", "500", "--window", "500"}, folder.path() + "/log");
	ASSERT_TRUE(c.wait(std::chrono::minutes(20)));
	ASSERT_EQ(c.ended_how(), "exit status 0") << read_or(folder.path() + "/log", "");
	auto runs = read_runs(folder.path() + "/runs.jsonl");
	ASSERT_EQ(runs.size(), 2u);
	for (auto &r : runs) {
		SCOPED_TRACE(r.cell.name());
		EXPECT_EQ(r.error, "");
		EXPECT_TRUE(r.context.value("guests", "").starts_with("libvirt ")) << r.context;
		EXPECT_GT(r.ple_exits, 0);
		ASSERT_EQ(r.guests.size(), 2u);
		EXPECT_GT(r.first().received, 0);
		EXPECT_EQ(r.first().sent, r.first().received);
		EXPECT_GT(r.guests[1].progress, 0);
		// A cgroup a VM, so both VMs have the same claim; and together they have nothing but the host.
		double both = double(r.cpu_ns()), host = 4.0 * double(r.interval_ns), first = double(r.first().cpu_ns());
		EXPECT_LE(both, host * 1.03);
		EXPECT_GT(both, host * 0.5);
		EXPECT_GT(first, 0.3 * both);
		EXPECT_LT(first, 0.7 * both);
	}
}

} // namespace
