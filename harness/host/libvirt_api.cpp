// SPDX-License-Identifier: GPL-2.0
#include "host/libvirt_api.hpp"
#include "util/error.hpp"
#include <algorithm>
#include <atomic>
#include <dlfcn.h>
#include <thread>

namespace dyield::libvirt {
namespace {

void *load(const char *library)
{
	// Never closed: libvirt has threads and handlers of its own.
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		throw Error(fmt::format("libvirt is not installed: {} (apt-get install libvirt0)", dlerror()), exit_unfit);
	return handle;
}

template <typename F> void find(void *library, const char *name, F &function)
{
	function = reinterpret_cast<F>(dlsym(library, name));
	if (!function)
		throw Error(fmt::format("this libvirt is too old: it has no {}", name), exit_unfit);
}

Api load_all()
{
	Api a;
	void *common = load("libvirt.so.0"), *qemu = load("libvirt-qemu.so.0");
#define DYIELD_FIND(f) find(common, #f, a.f);
	DYIELD_LIBVIRT_FUNCTIONS(DYIELD_FIND)
#undef DYIELD_FIND
#define DYIELD_FIND(f) find(qemu, #f, a.f);
	DYIELD_LIBVIRT_QEMU_FUNCTIONS(DYIELD_FIND)
#undef DYIELD_FIND
	return a;
}

/// Connections that last, streams and events want a loop that runs all the time.
class EventLoop {
public:
	explicit EventLoop(const Api &a) : api_(a)
	{
		a.virSetErrorFunc(nullptr, [](void *, virErrorPtr) {});	// it would print them: we throw them
		if (a.virEventRegisterDefaultImpl() < 0 || (timer_ = a.virEventAddTimeout(-1, [](int, void *) {}, nullptr, nullptr)) < 0)
			fail("libvirt's event loop does not start");
		thread_ = std::thread([this] {
			while (!stop_)
				api_.virEventRunDefaultImpl();
		});
	}
	~EventLoop()
	{
		stop_ = true;
		api_.virEventUpdateTimeout(timer_, 0);
		thread_.join();
	}

private:
	const Api &api_;
	int timer_ = -1;	// wakes the loop
	std::atomic<bool> stop_{false};
	std::thread thread_;
};

} // namespace

const Api &api()
{
	static const Api a = load_all();
	static const EventLoop loop(a);
	return a;
}

std::string last_words()
{
	virErrorPtr e = api().virGetLastError();
	std::string why = e && e->message ? e->message : "libvirt gives no reason";
	std::replace(why.begin(), why.end(), '\n', ' ');
	return why;
}

void fail_last(const std::string &what, int exit_code)
{
	throw Error(what + ": " + last_words(), exit_code);
}

int last_error()
{
	virErrorPtr e = api().virGetLastError();
	return e ? e->code : 0;
}

} // namespace dyield::libvirt
