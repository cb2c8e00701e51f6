// SPDX-License-Identifier: GPL-2.0
#include "host/libvirt_serial.hpp"
#include "util/error.hpp"
#include <unistd.h>

namespace dyield::libvirt {
namespace {
constexpr std::size_t piece = 16384;
}

/// Both ends, driven by the event loop's thread. Its callbacks hold it: they may come once more after it was closed.
struct Serial::Pump : std::enable_shared_from_this<Serial::Pump> {
	std::mutex lock;
	Stream stream;
	int fd = -1, watch = -1;	// of the loop, if it goes both ways
	std::string to_port;		// read from fd and not yet taken by the port

	~Pump() { close(); }
	void *share() { return new std::shared_ptr<Pump>(shared_from_this()); }
	static void unshare(void *p) { delete static_cast<std::shared_ptr<Pump> *>(p); }
	static std::shared_ptr<Pump> of(void *p) { return *static_cast<std::shared_ptr<Pump> *>(p); }

	void start(bool both_ways);
	void close();			// with `lock` held or nobody else there
	void on_stream(int events);
	void on_fd();
	bool from_port();		// @return false: it has closed
	bool flush();			// likewise
};

void Serial::Pump::start(bool both_ways)
{
	auto stream_event = [](virStreamPtr, int events, void *p) { of(p)->on_stream(events); };
	auto fd_event = [](int, int, int, void *p) { of(p)->on_fd(); };
	std::scoped_lock guard(lock);
	void *mine = share();
	if (api().virStreamEventAddCallback(stream.get(), VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP, stream_event, mine, unshare)) {
		unshare(mine);
		fail_last("cannot listen to a serial port");
	}
	if (!both_ways)
		return;
	mine = share();
	watch = api().virEventAddHandle(fd, VIR_EVENT_HANDLE_READABLE, fd_event, mine, unshare);
	if (watch < 0) {
		unshare(mine);
		fail_last("cannot write to a serial port");
	}
}

void Serial::Pump::close()
{
	if (watch >= 0)
		api().virEventRemoveHandle(watch);
	watch = -1;
	if (stream) {
		api().virStreamEventRemoveCallback(stream.get());
		api().virStreamAbort(stream.get());
		stream.reset();
	}
	if (fd >= 0)
		::close(fd);
	fd = -1;
}

bool Serial::Pump::from_port()
{
	char data[piece];
	int n = api().virStreamRecv(stream.get(), data, sizeof data);
	if (n == -2)	// nothing yet
		return true;
	for (int at = 0; at < n;) {
		ssize_t put = write(fd, data + at, n - at);
		if (put < 0 && errno != EINTR)
			return false;
		at += put > 0 ? int(put) : 0;
	}
	return n > 0;
}

bool Serial::Pump::flush()
{
	while (!to_port.empty()) {
		int n = api().virStreamSend(stream.get(), to_port.data(), to_port.size());
		if (n == -2)
			break;
		if (n < 0)
			return false;
		to_port.erase(0, n);
	}
	int wanted = VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP | (to_port.empty() ? 0 : VIR_STREAM_EVENT_WRITABLE);
	return !api().virStreamEventUpdateCallback(stream.get(), wanted);
}

void Serial::Pump::on_stream(int events)
{
	std::scoped_lock guard(lock);
	if (!stream)
		return;
	bool open = true;
	if (events & VIR_STREAM_EVENT_READABLE)
		open = from_port();
	if (open && (events & VIR_STREAM_EVENT_WRITABLE))
		open = flush();
	if (!open || (events & (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP)))
		close();
}

void Serial::Pump::on_fd()
{
	std::scoped_lock guard(lock);
	if (!stream)
		return;
	char data[piece];
	ssize_t n = read(fd, data, sizeof data);
	if (n < 0 && errno == EINTR)
		return;
	to_port.append(data, n > 0 ? n : 0);
	if (n <= 0 || !flush())
		close();
}

Serial::Serial(const Daemon &daemon, const TransientDomain &domain, const std::string &device, int fd, bool both_ways) : pump_(std::make_shared<Pump>())
{
	pump_->fd = fd;
	pump_->stream.reset(api().virStreamNew(daemon.get(), VIR_STREAM_NONBLOCK));
	if (!pump_->stream || api().virDomainOpenConsole(domain.get(), device.c_str(), pump_->stream.get(), VIR_DOMAIN_CONSOLE_FORCE)) {
		std::string why = fmt::format("libvirt at {} gives no access to the guest's {}: {}", daemon.uri(), device, last_words());
		pump_->stream.reset();	// it was never opened: nothing to abort
		throw Error(why);
	}
	pump_->start(both_ways);
}

Serial::~Serial()
{
	std::scoped_lock guard(pump_->lock);
	pump_->close();
}

} // namespace dyield::libvirt
