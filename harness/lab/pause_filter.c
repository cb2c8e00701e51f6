/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * AMD's pause filter for QEMU's TCG, as a TCG plugin: pause_filter.so,count=N
 *
 * TCG emulates SVM and honours the PAUSE intercept, but knows no filter: with
 * the intercept on, every PAUSE exits.  This plugin skips `count` PAUSEs in a
 * row at one address, then lets one through, which then exits.  It reads the
 * count from its own argument, not from the VMCB: KVM's growing and shrinking
 * of the window has no effect here.
 *
 * It also closes a QEMU bug (seen in 11.1.2 and 11.1.3) that hangs or triple
 * faults nested guests within a minute under load: helper_vmrun() leaves an
 * injected vector behind in CPUState.exception_index, and the next exit from
 * the CPU loop that does not reset that field delivers the interrupt a second
 * time, interrupts disabled or not.  So each injection, and each skip, leaves
 * the loop through cpu_loop_exit_noexc().
 *
 * The internal functions below are exported by Debian's binary (-rdynamic).
 * Plugin API 7 (QEMU 11.1); hangs were seen with QEMU 7.2 and 10.0.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
enum { DISCON_INTERRUPT = 1, CB_RW_REGS_PC = 3, GDB_RIP = 16, MAX_CPUS = 256 };

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef struct {
	const char *target_name;
	struct { int min, cur; } version;
	bool system_emulation;
	struct { int smp_vcpus, max_vcpus; } system;
} qemu_info_t;

EXPORT int qemu_plugin_version = 7;
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*cb)(struct qemu_plugin_tb *, void *), void *data);
void qemu_plugin_register_flush_cb(uint64_t id, void (*cb)(void *), void *data);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*cb)(void *), void *data);
void qemu_plugin_register_vcpu_discon_cb(uint64_t id, int type, void (*cb)(void), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *, void *, size_t);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*cb)(unsigned, void *), int flags, void *data);

/* internal to QEMU */
extern __thread void *current_cpu;
void *tcg_tb_lookup(uintptr_t host_pc);
void cpu_restore_state_from_tb(void *cpu, void *tb, uintptr_t host_pc);
typedef struct { uint8_t *data; unsigned len; } byte_array;	/* GLib's GByteArray */
byte_array *g_byte_array_new(void);
byte_array *g_byte_array_set_size(byte_array *array, unsigned length);
int x86_cpu_gdb_read_register(void *cpu, byte_array *value, int n);
int x86_cpu_gdb_write_register(void *cpu, uint8_t *value, int n);
__attribute__((noreturn)) void cpu_loop_exit_noexc(void *cpu);
bool bql_locked(void);

static unsigned long count = 256;
static struct {
	void *pc;
	uint64_t left, skipped, passed;
	uintptr_t host_pc;	/* the code of the PAUSE... */
	void *tb;		/* ...and its translation block, until the code cache is flushed */
} filter[MAX_CPUS];

/* A PAUSE that is spun on comes from the same code each time: the search for its block was a fifth of all time. */
static void restore_state(unsigned cpu, uintptr_t host_pc)
{
	if (filter[cpu].host_pc != host_pc) {
		filter[cpu].tb = tcg_tb_lookup(host_pc);
		filter[cpu].host_pc = host_pc;
	}
	cpu_restore_state_from_tb(current_cpu, filter[cpu].tb, host_pc);
}

static void on_flush(void *data)
{
	for (int cpu = 0; cpu < MAX_CPUS; cpu++)
		filter[cpu].host_pc = 0;
}

/*
 * Goes on behind the PAUSE.  Where that is only the CPU knows: one translation
 * serves all addresses that a page is mapped at, say by two processes that share
 * a library, and was told just the first of them.  Needs restore_state() before.
 */
static void skip_pause(void)
{
	static byte_array *rip;
	uint64_t next;

	if (!rip)
		rip = g_byte_array_new();
	g_byte_array_set_size(rip, 0);
	x86_cpu_gdb_read_register(current_cpu, rip, GDB_RIP);
	memcpy(&next, rip->data, sizeof(next));
	next += 2;
	x86_cpu_gdb_write_register(current_cpu, (uint8_t *)&next, GDB_RIP);
}

/* @pc: where it was when it was translated; tells PAUSEs apart, and nothing else */
static void on_pause(unsigned cpu, void *pc)
{
	if (filter[cpu].pc != pc)
		filter[cpu].left = count;
	filter[cpu].pc = pc;

	if (filter[cpu].left) {
		filter[cpu].left--;
		filter[cpu].skipped++;
		restore_state(cpu, (uintptr_t)__builtin_return_address(0));
		skip_pause();
		cpu_loop_exit_noexc(current_cpu);
	}
	filter[cpu].left = count;
	filter[cpu].passed++;
}

/* Called at the end of do_interrupt_all(); only helper_vmrun() calls that without the BQL. */
static void on_interrupt(void)
{
	if (!bql_locked())
		cpu_loop_exit_noexc(current_cpu);
}

static void on_translate(struct qemu_plugin_tb *tb, void *data)
{
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t pc = qemu_plugin_insn_vaddr(insn);
		uint8_t op[2];

		/* 64-bit code only (kernel, or user mode above 4 GiB): elsewhere the linear address need not be RIP. */
		if (qemu_plugin_insn_size(insn) != 2 || !(pc >> 32))
			continue;
		qemu_plugin_insn_data(insn, op, 2);
		if (op[0] == 0xf3 && op[1] == 0x90)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_pause, CB_RW_REGS_PC, (void *)pc);
	}
}

static void report(void *data)
{
	for (int cpu = 0; cpu < MAX_CPUS; cpu++)
		if (filter[cpu].skipped)
			fprintf(stderr, "pause filter: cpu %d skipped %lu passed %lu\n",
				cpu, filter[cpu].skipped, filter[cpu].passed);
}

EXPORT int qemu_plugin_install(uint64_t id, const qemu_info_t *info, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "count=", 6))
			count = strtoul(argv[i] + 6, NULL, 0);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate, NULL);
	qemu_plugin_register_vcpu_discon_cb(id, DISCON_INTERRUPT, on_interrupt, NULL);
	qemu_plugin_register_flush_cb(id, on_flush, NULL);
	qemu_plugin_register_atexit_cb(id, report, NULL);
	return 0;
}
