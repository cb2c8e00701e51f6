// SPDX-License-Identifier: GPL-2.0
/*
 * Functions of KVM that it keeps to itself, or exports only to its own modules,
 * one of the livepatch core, and one of the scheduler. If the module linked against
 * KVM's, KVM would have to be loaded before it. Kprobes know where they are; called
 * they are directly, as the places of exported functions that kprobes tell lie behind
 * the ENDBR that an indirect call needs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/kprobes.h>
#include <linux/kvm_host.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/static_call.h>

#include "compat.h"

struct klp_ops;

/* What stands in where a kernel has no such function, and while there is no KVM. */
static bool no_file(struct file *file)
{
	return false;
}

static bool no_get(struct kvm *kvm)
{
	return false;
}

static void no_put(struct kvm *kvm)
{
}

static struct kvm_vcpu *no_running(void)
{
	return NULL;
}

static bool no_runnable(struct kvm_vcpu *vcpu)
{
	return true;
}

static bool no_interrupt(struct kvm_vcpu *vcpu)
{
	return false;
}

static unsigned int none_running(void)
{
	return 0;
}

static struct klp_ops *no_find_ops(void *func)
{
	return NULL;
}

DEFINE_STATIC_CALL(dy_klp_find_ops, no_find_ops);
DEFINE_STATIC_CALL(dy_file_is_kvm, no_file);
DEFINE_STATIC_CALL(dy_kvm_get_safe, no_get);
DEFINE_STATIC_CALL(dy_kvm_put, no_put);
DEFINE_STATIC_CALL(dy_running, no_running);
DEFINE_STATIC_CALL(dy_runnable, no_runnable);
DEFINE_STATIC_CALL(dy_interrupt, no_interrupt);
DEFINE_STATIC_CALL(dy_running_tasks, none_running);

static void *address_of(const char *name)
{
	struct kprobe probe = {
		.symbol_name = name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	void *addr = NULL;

	if (!register_kprobe(&probe)) {
		addr = probe.addr;
		unregister_kprobe(&probe);
	} else {
		pr_info("no %s() here: what needs it is left out\n", name);
	}
	return addr;
}

/**
 * dy_is_livepatched() - has another livepatch replaced a function?
 * @func: where the function is
 *
 * To be called by a livepatch's callback, as it needs the lock of those.
 *
 * Return: true if one has; false if not, or if this kernel does not tell.
 */
bool dy_is_livepatched(void *func)
{
	void *find_ops = address_of("klp_find_ops");

	if (!find_ops)
		return false;
	static_call_update(dy_klp_find_ops, (typeof(no_find_ops) *)find_ops);
	return static_call(dy_klp_find_ops)(func);
}

static bool found;

#define find(call, stand_in, name)						\
	static_call_update(call, (typeof(stand_in) *)address_of(name) ?: stand_in)

/**
 * dy_symbols_find() - look KVM's functions up, KVM being loaded
 */
void dy_symbols_find(void)
{
	find(dy_file_is_kvm, no_file, "file_is_kvm");
	find(dy_kvm_put, no_put, "kvm_put_kvm");
	find(dy_kvm_get_safe, no_get, "kvm_get_kvm_safe");
	find(dy_running, no_running, "kvm_get_running_vcpu");
	find(dy_runnable, no_runnable, "kvm_arch_dy_runnable");
	find(dy_interrupt, no_interrupt, "kvm_arch_dy_has_pending_interrupt");
	find(dy_running_tasks, none_running, "nr_running");
	found = true;
}

/**
 * dy_symbols_found() - is KVM loaded?
 *
 * Return: true if dy_symbols_find() was called, and not dy_symbols_drop() since.
 */
bool dy_symbols_found(void)
{
	return found;
}

/**
 * dy_symbols_drop() - forget them, KVM being about to go
 */
void dy_symbols_drop(void)
{
	/* Not dy_kvm_put: somebody may hold a reference, and with it KVM. */
	static_call_update(dy_file_is_kvm, no_file);
	static_call_update(dy_kvm_get_safe, no_get);
	static_call_update(dy_running, no_running);
	static_call_update(dy_runnable, no_runnable);
	static_call_update(dy_interrupt, no_interrupt);
	found = false;
}

/**
 * dy_vcpu_running() - the vCPU whose thread this is
 *
 * Return: NULL if it is none.
 */
struct kvm_vcpu *dy_vcpu_running(void)
{
	return static_call(dy_running)();
}

/**
 * dy_vcpu_runnable() - has a vCPU something to do?
 * @vcpu: the vCPU
 *
 * Return: as kvm_arch_dy_runnable().
 */
bool dy_vcpu_runnable(struct kvm_vcpu *vcpu)
{
	return static_call(dy_runnable)(vcpu);
}

/**
 * dy_vcpu_interrupt() - does an interrupt wait for a vCPU that is not running?
 * @vcpu: the vCPU
 *
 * Return: as kvm_arch_dy_has_pending_interrupt().
 */
bool dy_vcpu_interrupt(struct kvm_vcpu *vcpu)
{
	return static_call(dy_interrupt)(vcpu);
}

/**
 * dy_tasks_running() - how many tasks run, or wait for a CPU
 *
 * Asks every CPU, so not to be called all the time.
 *
 * Return: as nr_running(); 0 if this kernel does not tell.
 */
unsigned int dy_tasks_running(void)
{
	return static_call(dy_running_tasks)();
}

struct wanted {
	unsigned int fd;
	struct kvm *kvm;
};

/* Under the lock of the files, for the first that is open from the wanted one on. */
static int take(const void *data, struct file *file, unsigned int fd)
{
	struct wanted *wanted = (struct wanted *)data;

	if (fd == wanted->fd && static_call(dy_file_is_kvm)(file) &&
	    static_call(dy_kvm_get_safe)(file->private_data))
		wanted->kvm = file->private_data;
	return 1;
}

/**
 * dy_kvm_get() - get the VM of a process
 * @pid: the process, or any of its threads
 * @fd: and its file descriptor
 *
 * Return: the VM with a reference, to be dropped with dy_kvm_put(); ERR_PTR of
 * -ENOENT if that is no VM.
 */
struct kvm *dy_kvm_get(int pid, unsigned int fd)
{
	struct wanted wanted = { .fd = fd };
	struct task_struct *task;
	struct pid *p = find_get_pid(pid);

	task = get_pid_task(p, PIDTYPE_PID);
	put_pid(p);
	if (!task)
		return ERR_PTR(-ENOENT);
	task_lock(task);
	if (task->files)
		iterate_fd(task->files, fd, take, &wanted);
	task_unlock(task);
	put_task_struct(task);
	return wanted.kvm ?: ERR_PTR(-ENOENT);
}

/**
 * dy_kvm_put() - drop a reference to a VM, in a context that may sleep
 * @kvm: the VM
 */
void dy_kvm_put(struct kvm *kvm)
{
	static_call(dy_kvm_put)(kvm);
}
