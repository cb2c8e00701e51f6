// SPDX-License-Identifier: GPL-2.0
/// @file
/// A running emulated host: QEMU, and the line to `dyield serve` in it.
#pragma once
#include "host/host.hpp"
#include "lab/image.hpp"
#include "util/child.hpp"
#include "util/file.hpp"
#include "util/json_line.hpp"

namespace dyield {

class Lab {
public:
	/// Boots it (about 10 s), or continues a snapshot (about 2 s) if one is given. Throws Error.
	Lab(const LabImage &image, const LabConfig &config, const std::string &snapshot = "");

	/// Sends an order to `dyield serve` inside and waits for its event; progress goes to `progress`.
	/// `limit` is wall time. Throws Error (with the console's last line if the host died), Interrupted.
	nlohmann::json order(const nlohmann::json &order, const std::string &event, milliseconds limit, const Host::Progress &progress);
	/// Waits until `dyield serve` is there (after a boot). Throws Error.
	void wait_serving();
	/// Writes the whole machine to a file and ends it. No vCPU may be in guest mode (QEMU cannot take that in
	/// again): LocalHost::freeze(). Throws Error; no half-written file stays behind.
	void snapshot(const std::string &path);
	/// Ends QEMU in good order. @return what the plugin reported: {"skipped":N,"passed":N} over all pCPUs.
	nlohmann::json quit();
	/// Waits for the machine's own end, copying its console to stdout; at `stop`, if not 0, it is told to come to that.
	/// @return /init reported status 0. Throws Error, also if it has not ended by `limit`.
	bool run_to_end(milliseconds limit, milliseconds stop = milliseconds(0));
	std::string console() const { return run_.path() + "/console"; }

private:
	void restore(const std::string &snapshot);
	[[noreturn]] void explain(const std::string &what);

	TempDir run_;
	Child qemu_;
	JsonLine qmp_, port_;
};

} // namespace dyield
