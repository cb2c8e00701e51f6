/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * AMD's pause filter for QEMU's TCG, as a TCG plugin.
 *
 * TCG emulates SVM and honours the PAUSE intercept, but knows no filter: with
 * the intercept on, every PAUSE exits.  As the hardware does (AMD's manual,
 * volume 2, "Pause Intercept Filtering"), this plugin takes the count from the
 * VMCB at each VMRUN, skips so many PAUSEs, then lets one through, which exits:
 * so KVM's growing and shrinking of the window is at work.  In the place of the
 * threshold in cycles, after which the hardware begins to count anew, stands
 * a PAUSE at another address.
 *
 * It also closes a QEMU bug (seen in 11.1.2 and 11.1.3) that hangs or triple
 * faults nested guests within a minute under load: helper_vmrun() leaves an
 * injected vector behind in CPUState.exception_index, and the next exit from
 * the CPU loop that does not reset that field delivers the interrupt a second
 * time, interrupts disabled or not.  So each injection, and each skip, leaves
 * the loop through cpu_loop_exit_noexc().
 *
 * And it keeps the pCPUs close together.  With one thread for all, QEMU lets a
 * CPU run until the next timer is due, shared out among the CPUs: up to 250000
 * instructions here, while the others stand.  A vCPU that waits for a lock then
 * spins through many a window before the holder, which runs "beside" it, can
 * let go: PAUSE exits without any overcommit, and a lock that changes hands
 * once in a turn.  With the argument round_ns=N, from the first VMRUN on, a
 * timer is due every N ns of virtual time, so that no turn is longer than its
 * part of N.
 *
 * And it asks which CPU it is on itself.  With one thread for all, QEMU tells
 * callbacks the CPU that translated the code, not the one that runs it, though
 * all share the translations (seen in 11.1.3; gen_cpu_index() takes the lack of
 * CF_PARALLEL for a single CPU).
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
enum { DISCON_INTERRUPT = 1, CB_R_REGS = 1, CB_RW_REGS_PC = 3, GDB_RAX = 0, GDB_RIP = 16, MAX_CPUS = 256 };
enum { VMCB_INTERCEPTS = 0x0c, INTERCEPT_PAUSE = 1 << 23, VMCB_PAUSE_FILTER_COUNT = 0x3e };

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
typedef struct { uint8_t *data; unsigned len; } byte_array;	/* GLib's GByteArray */
int qemu_plugin_read_memory_hwaddr(uint64_t addr, byte_array *data, size_t len);

/* internal to QEMU */
extern __thread void *current_cpu;
void *qemu_get_cpu(int index);
void *tcg_tb_lookup(uintptr_t host_pc);
void cpu_restore_state_from_tb(void *cpu, void *tb, uintptr_t host_pc);
byte_array *g_byte_array_new(void);
byte_array *g_byte_array_set_size(byte_array *array, unsigned length);
int x86_cpu_gdb_read_register(void *cpu, byte_array *value, int n);
int x86_cpu_gdb_write_register(void *cpu, uint8_t *value, int n);
__attribute__((noreturn)) void cpu_loop_exit_noexc(void *cpu);
bool bql_locked(void);
enum { QEMU_CLOCK_VIRTUAL = 1, SCALE_NS = 1 };
void timer_init_full(void *timer, void *group, int clock, int scale, int attributes, void (*cb)(void *), void *opaque);
void timer_mod_ns(void *timer, int64_t expire_ns);
int64_t qemu_clock_get_ns(int clock);

static struct {
	int64_t ns;			/* 0: turns as QEMU has them */
	bool on;
	_Alignas(16) char timer[256];	/* a QEMUTimer, of 56 bytes */
} pace;

static struct filter {
	void *cpu;		/* QEMU's, NULL until it is looked for */
	void *pc;
	uint64_t count;		/* of the VMCB that runs or ran last; without the intercept no end of PAUSEs */
	uint64_t left, skipped, passed;
	uintptr_t host_pc;	/* the code of the PAUSE... */
	void *tb;		/* ...and its translation block, until the code cache is flushed */
} filters[MAX_CPUS];

/* The filter of the CPU that runs this. */
static struct filter *filter_here(void)
{
	for (int i = 0; i < MAX_CPUS; i++) {
		if (!filters[i].cpu)
			filters[i].cpu = qemu_get_cpu(i);
		if (filters[i].cpu == current_cpu)
			return &filters[i];
	}
	fprintf(stderr, "pause filter: more than %d CPUs\n", MAX_CPUS);
	exit(1);
}

/* A PAUSE that is spun on comes from the same code each time: the search for its block was a fifth of all time. */
static void restore_state(struct filter *f, uintptr_t host_pc)
{
	if (f->host_pc != host_pc) {
		f->tb = tcg_tb_lookup(host_pc);
		f->host_pc = host_pc;
	}
	cpu_restore_state_from_tb(current_cpu, f->tb, host_pc);
}

static void on_flush(void *data)
{
	for (int cpu = 0; cpu < MAX_CPUS; cpu++)
		filters[cpu].host_pc = 0;
}

static uint64_t read_register(int number)
{
	static byte_array *value;
	uint64_t v;

	if (!value)
		value = g_byte_array_new();
	g_byte_array_set_size(value, 0);
	x86_cpu_gdb_read_register(current_cpu, value, number);
	memcpy(&v, value->data, sizeof(v));
	return v;
}

static void next_round(void *data)
{
	timer_mod_ns(pace.timer, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + pace.ns);
}

static void keep_pace(void)
{
	if (pace.on || !pace.ns)
		return;
	pace.on = true;
	timer_init_full(pace.timer, NULL, QEMU_CLOCK_VIRTUAL, SCALE_NS, 0, next_round, NULL);
	next_round(NULL);
}

/*
 * Without the intercept PAUSEs are skipped, too: QEMU's own gives the rest of the
 * CPU's turn to the others, so that spinning would cost no time.
 */
static void on_vmrun(unsigned translated_by, void *data)
{
	static byte_array *vmcb;
	struct filter *f = filter_here();
	uint32_t intercepts;
	uint16_t count;

	keep_pace();
	if (!vmcb)
		vmcb = g_byte_array_new();
	if (qemu_plugin_read_memory_hwaddr(read_register(GDB_RAX), vmcb, VMCB_PAUSE_FILTER_COUNT + sizeof(count)))
		return;		/* VMRUN itself will fault */
	memcpy(&intercepts, vmcb->data + VMCB_INTERCEPTS, sizeof(intercepts));
	memcpy(&count, vmcb->data + VMCB_PAUSE_FILTER_COUNT, sizeof(count));
	f->count = f->left = intercepts & INTERCEPT_PAUSE ? count : UINT64_MAX;
}

/*
 * Goes on behind the PAUSE.  Where that is only the CPU knows: one translation
 * serves all addresses that a page is mapped at, say by two processes that share
 * a library, and was told just the first of them.  Needs restore_state() before.
 */
static void skip_pause(void)
{
	uint64_t next = read_register(GDB_RIP) + 2;

	x86_cpu_gdb_write_register(current_cpu, (uint8_t *)&next, GDB_RIP);
}

/* @pc: where it was when it was translated; tells PAUSEs apart, and nothing else */
static void on_pause(unsigned translated_by, void *pc)
{
	struct filter *f = filter_here();

	if (f->pc != pc)
		f->left = f->count;
	f->pc = pc;

	if (f->left) {
		f->left--;
		f->skipped++;
		restore_state(f, (uintptr_t)__builtin_return_address(0));
		skip_pause();
		cpu_loop_exit_noexc(current_cpu);
	}
	f->left = f->count;
	f->passed++;
}

/* Called at the end of do_interrupt_all(); only helper_vmrun() calls that without the BQL. */
static void on_interrupt(void)
{
	if (!bql_locked())
		cpu_loop_exit_noexc(current_cpu);
}

static void on_translate(struct qemu_plugin_tb *tb, void *data)
{
	static const uint8_t pause[] = { 0xf3, 0x90 }, vmrun[] = { 0x0f, 0x01, 0xd8 };

	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t pc = qemu_plugin_insn_vaddr(insn);
		uint8_t op[3];
		size_t size = qemu_plugin_insn_size(insn);

		/* 64-bit code only (kernel, or user mode above 4 GiB): elsewhere the linear address need not be RIP. */
		if (size < sizeof(pause) || size > sizeof(op) || !(pc >> 32))
			continue;
		qemu_plugin_insn_data(insn, op, size);
		if (size == sizeof(pause) && !memcmp(op, pause, size))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_pause, CB_RW_REGS_PC, (void *)pc);
		else if (size == sizeof(vmrun) && !memcmp(op, vmrun, size))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_vmrun, CB_R_REGS, NULL);
	}
}

static void report(void *data)
{
	for (int cpu = 0; cpu < MAX_CPUS; cpu++)
		if (filters[cpu].skipped)
			fprintf(stderr, "pause filter: cpu %d skipped %lu passed %lu\n",
				cpu, filters[cpu].skipped, filters[cpu].passed);
}

EXPORT int qemu_plugin_install(uint64_t id, const qemu_info_t *info, int argc, char **argv)
{
	static const char round_ns[] = "round_ns=";

	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], round_ns, strlen(round_ns))) {
			fprintf(stderr, "pause filter: unknown argument '%s'\n", argv[i]);
			return -1;
		}
		pace.ns = atoll(argv[i] + strlen(round_ns));
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate, NULL);
	qemu_plugin_register_vcpu_discon_cb(id, DISCON_INTERRUPT, on_interrupt, NULL);
	qemu_plugin_register_flush_cb(id, on_flush, NULL);
	qemu_plugin_register_atexit_cb(id, report, NULL);
	return 0;
}
