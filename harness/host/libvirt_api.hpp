// SPDX-License-Identifier: GPL-2.0
/// @file
/// libvirt's C API, loaded when it is first needed: dyield runs where libvirt is not installed, and the emulated host's
/// image does without the 60 MB of libraries that it brings.
#pragma once
#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <memory>
#include <string>

namespace dyield::libvirt {

/// Every function that we call.
#define DYIELD_LIBVIRT_FUNCTIONS(X) \
	X(virConnectClose) X(virConnectDomainEventDeregisterAny) X(virConnectDomainEventRegisterAny) X(virConnectGetCapabilities) \
	X(virConnectGetLibVersion) X(virConnectGetURI) X(virConnectIsAlive) X(virConnectOpen) X(virConnectSetKeepAlive) \
	X(virDomainCreateXML) X(virDomainDestroy) X(virDomainFree) X(virDomainGetState) X(virDomainGetVcpus) \
	X(virDomainListGetStats) X(virDomainOpenConsole) X(virDomainResume) X(virDomainStatsRecordListFree) X(virDomainSuspend) \
	X(virEventAddHandle) X(virEventAddTimeout) X(virEventRegisterDefaultImpl) X(virEventRemoveHandle) \
	X(virEventRunDefaultImpl) X(virEventUpdateHandle) X(virEventUpdateTimeout) X(virGetLastError) X(virNodeGetCPUMap) \
	X(virSetErrorFunc) X(virStreamAbort) X(virStreamEventAddCallback) X(virStreamEventRemoveCallback) \
	X(virStreamEventUpdateCallback) X(virStreamFree) X(virStreamNew) X(virStreamRecv) X(virStreamSend)
/// Those of libvirt-qemu.so.
#define DYIELD_LIBVIRT_QEMU_FUNCTIONS(X) X(virDomainQemuMonitorCommand)

struct Api {
#define DYIELD_DECLARE(f) decltype(&::f) f;
	DYIELD_LIBVIRT_FUNCTIONS(DYIELD_DECLARE)
	DYIELD_LIBVIRT_QEMU_FUNCTIONS(DYIELD_DECLARE)
#undef DYIELD_DECLARE
};

/// Loads libvirt and starts a thread for its events, once for the whole process. Throws Error (exit_unfit) where it
/// is not installed.
const Api &api();

/// Throws Error: what could not be done, and libvirt's own words on it in the same line.
[[noreturn]] void fail_last(const std::string &what, int exit_code = 1);
/// Why this thread's last call failed, in one line...
std::string last_words();
/// ...and as a number (VIR_ERR_...), 0 if it did not.
int last_error();

/// Frees what libvirt hands out.
struct Release {
	void operator()(virConnectPtr p) const { api().virConnectClose(p); }
	void operator()(virDomainPtr p) const { api().virDomainFree(p); }
	void operator()(virStreamPtr p) const { api().virStreamFree(p); }
	void operator()(void *p) const { std::free(p); }
};
using Connection = std::unique_ptr<virConnect, Release>;
using Domain = std::unique_ptr<virDomain, Release>;
using Stream = std::unique_ptr<virStream, Release>;
/// A string, or an array of bytes.
template <typename T> using Allocated = std::unique_ptr<T, Release>;

} // namespace dyield::libvirt
