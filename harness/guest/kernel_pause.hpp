// SPDX-License-Identifier: GPL-2.0
/// @file
/// PAUSE in kernel mode, on purpose: the kernel waits in a loop of PAUSEs before it takes a message to its log, if it is
/// told to (sysctl kernel.printk_delay), and takes messages from user mode.
#pragma once
#include <map>
#include <string>

namespace dyield::guest {

/// The kernel's settings for that, while it lives; needs root.
class KernelPause {
public:
	/// @throws std::system_error where a setting cannot be read or written
	KernelPause();
	~KernelPause();
	KernelPause(const KernelPause &) = delete;

	/// Spins for `burst_ms` in kernel mode, on the caller's CPU and with no lock held; may be called by many threads at once.
	/// A signal does not end it. @throws std::system_error
	void burst();

	static constexpr int burst_ms = 10;

private:
	void set(const std::string &name, const std::string &value);
	void restore() noexcept;

	std::map<std::string, std::string> saved;
	int log = -1;
};

} // namespace dyield::guest
