// SPDX-License-Identifier: GPL-2.0
/// @file
/// The line to the host: lines in, lines out.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dyield::guest {

/// A serial port in raw mode, or stdin and stdout.
class Port {
public:
	static constexpr std::size_t longest_line = 65536;

	/// Opens a tty by its path, or "stdio".  @throws std::system_error
	explicit Port(const std::string &path);
	/// For descriptors that stay the caller's.
	Port(int in, int out) : in(in), out(out) { }
	~Port();
	Port(const Port &) = delete;
	Port &operator=(const Port &) = delete;

	/// Waits at most `timeout_ns` (>= 0) for input and returns the lines it completed, perhaps none, without
	/// '\n' and any '\r', empty ones left out.  A line beyond longest_line comes cut to that length.
	/// @throws std::system_error
	std::vector<std::string> read(std::int64_t timeout_ns);
	/// The other side has closed.
	bool at_end() const noexcept { return ended; }
	/// Writes a line, the '\n' included here, to its end.  @throws std::system_error
	void write(std::string_view line);
	/// Waits until all is on its way.
	void flush();

private:
	void take(char byte, std::vector<std::string> &lines);

	int in, out;
	bool own = false, ended = false;
	std::string partial;
};

} // namespace dyield::guest
