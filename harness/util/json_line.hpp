// SPDX-License-Identifier: GPL-2.0
/// @file
/// One JSON object a line over a socket, a tty or two pipes: QMP, the guests' protocol and the emulated host's.
#pragma once
#include "util/interrupt.hpp"
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace dyield {

class JsonLine {
public:
	JsonLine() = default;
	/// Takes the descriptor over.
	explicit JsonLine(int fd) : in_(fd), out_(fd) {}
	JsonLine(JsonLine &&o) noexcept { swap(o); }
	JsonLine &operator=(JsonLine &&o) noexcept { swap(o); return *this; }
	~JsonLine();

	/// Connects to a Unix socket, trying again until `limit` (who listens may still be starting). Throws Error.
	static JsonLine connect(const std::string &path, milliseconds limit);
	/// Opens a tty and makes it raw. Throws Error.
	static JsonLine open_tty(const std::string &path);
	/// stdin and stdout of this process. What is printed on stdout from here on goes to stderr. Throws Error.
	static JsonLine standard();

	void send(const nlohmann::json &object);	///< throws Error
	/// The next line that is a JSON object; other lines (noise on a serial line) are passed over.
	/// @return nothing when `limit` has passed. Throws Error when the other side has gone, Interrupted.
	std::optional<nlohmann::json> receive(milliseconds limit);
	/// Waits for {"event": event}; other events are passed over, but {"event":"error"} throws Error with its
	/// message. `who` and `limit` are for the error that a time-out throws.
	nlohmann::json expect(const std::string &event, milliseconds limit, const std::string &who);

private:
	void swap(JsonLine &o) noexcept
	{
		std::swap(in_, o.in_);
		std::swap(out_, o.out_);
		buffer_.swap(o.buffer_);
	}
	int in_ = -1, out_ = -1;	// one and the same but for standard()
	std::string buffer_;
};

} // namespace dyield
