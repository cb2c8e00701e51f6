// SPDX-License-Identifier: GPL-2.0
#include "browser.hpp"
#include "util/error.hpp"
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dyield::test {

namespace {

using nlohmann::json;

constexpr int answer_limit_ms = 120000;	// of a machine that has much else to do

/// A named pipe, both ends open so that neither side waits for the other. @return our descriptor.
int pipe_at(const std::string &path)
{
	if (mkfifo(path.c_str(), 0600) < 0)
		fail_errno("cannot make {}", path);
	int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail_errno("cannot open {}", path);
	return fd;
}

} // namespace

Browser::Browser() : to_(pipe_at(folder_.path() + "/to")), from_(pipe_at(folder_.path() + "/from"))
{
	// It reads commands from descriptor 3 and writes answers to 4. Its sandbox cannot be had as root.
	chromium_ = Child({"sh", "-c",
			   "exec chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --user-data-dir=\"$0/profile\" "
			   "--remote-debugging-pipe 3< \"$0/to\" 4> \"$0/from\"",
			   folder_.path()},
			  folder_.path() + "/log");
	auto target = call("Target.createTarget", {{"url", "about:blank"}}).at("targetId");
	session_ = call("Target.attachToTarget", {{"targetId", target}, {"flatten", true}}).at("sessionId");
	for (auto domain : {"Page.enable", "Runtime.enable", "Log.enable"})
		call(domain, json::object());
}

Browser::~Browser()
{
	chromium_.kill();
	close(to_);
	close(from_);
}

void Browser::open(const std::string &file, int width_px, bool dark)
{
	call("Emulation.setDeviceMetricsOverride", {{"width", width_px}, {"height", 900}, {"deviceScaleFactor", 1}, {"mobile", false}});
	call("Emulation.setEmulatedMedia", {{"features", {{{"name", "prefers-color-scheme"}, {"value", dark ? "dark" : "light"}}}}});
	errors_.clear();
	int before = loads_;
	auto answer = call("Page.navigate", {{"url", "file://" + file}});
	if (answer.contains("errorText"))
		fail("{} does not open: {}", file, answer["errorText"].dump());
	while (loads_ == before)
		note(receive());
}

json Browser::evaluate(const std::string &expression)
{
	auto answer = call("Runtime.evaluate", {{"expression", expression}, {"returnByValue", true}});
	if (answer.contains("exceptionDetails"))
		fail("JavaScript: {}", answer["exceptionDetails"].dump());
	return answer.at("result").value("value", json());
}

json Browser::call(const std::string &method, json params)
{
	json message = {{"id", ++last_call_}, {"method", method}, {"params", std::move(params)}};
	if (!session_.empty())
		message["sessionId"] = session_;
	std::string text = message.dump() + '\0';
	for (std::size_t sent = 0; sent < text.size();) {
		auto n = write(to_, text.data() + sent, text.size() - sent);
		if (n < 0)
			fail_errno("cannot write to chromium");
		sent += std::size_t(n);
	}
	for (;;) {
		json answer = receive();
		note(answer);
		if (answer.value("id", 0) != last_call_)
			continue;
		if (answer.contains("error"))
			fail("chromium: {}: {}", method, answer["error"].dump());
		return answer.at("result");
	}
}

/// The next message: they end with a NUL.
json Browser::receive()
{
	for (int waited_ms = 0;;) {
		if (auto end = buffer_.find('\0'); end != buffer_.npos) {
			auto message = json::parse(buffer_.substr(0, end));
			buffer_.erase(0, end + 1);
			return message;
		}
		if (!chromium_.running())
			fail("chromium ended with {}: {}", chromium_.ended_how(), last_line(folder_.path() + "/log"));
		pollfd ready{.fd = from_, .events = POLLIN, .revents = 0};
		if (poll(&ready, 1, 100) <= 0) {
			if ((waited_ms += 100) > answer_limit_ms)
				fail("chromium does not answer: {}", last_line(folder_.path() + "/log"));
			continue;
		}
		char data[65536];
		auto n = read(from_, data, sizeof(data));
		if (n < 0)
			fail_errno("cannot read from chromium");
		buffer_.append(data, std::size_t(n));
	}
}

void Browser::note(const json &event)
{
	auto method = event.value("method", "");
	auto params = event.value("params", json::object());
	if (method == "Page.loadEventFired")
		loads_++;
	else if (method == "Runtime.exceptionThrown")
		errors_.push_back(params.dump());
	else if (method == "Runtime.consoleAPICalled" && (params["type"] == "error" || params["type"] == "assert"))
		errors_.push_back(params.dump());
	else if (method == "Log.entryAdded" && params["entry"]["level"] == "error")
		errors_.push_back(params.dump());
}

} // namespace dyield::test
