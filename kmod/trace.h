/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints dyield:spin, dyield:decide, dyield:boost, for perf and trace-cmd. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dyield

#if !defined(DY_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define DY_TRACE_H

#include <linux/tracepoint.h>

#include "core/policy.h"

#define DY_TRACE_NAME_MAX	24

#define dy_show_action(action)						\
	__print_symbolic(action,					\
		{ DY_STOCK, "stock" }, { DY_RESUME, "resume" },		\
		{ DY_YIELD, "yield" }, { DY_SLEEP, "sleep" },		\
		{ DY_YIELD_TO, "yield_to" }, { DY_BOOST, "boost" }, { DY_HINT, "hint" },	\
		{ DY_HAND_OVER, "hand_over" },				\
		{ DY_NO_TARGET, "no_target" })

/* A vCPU spins: it is about to ask its VM's policy. */
TRACE_EVENT(spin,
	TP_PROTO(const char *vm, unsigned int vcpu, bool kernel_mode),
	TP_ARGS(vm, vcpu, kernel_mode),
	TP_STRUCT__entry(
		__array(char, vm, DY_TRACE_NAME_MAX)
		__field(unsigned int, vcpu)
		__field(bool, kernel_mode)
	),
	TP_fast_assign(
		strscpy(__entry->vm, vm, DY_TRACE_NAME_MAX);
		__entry->vcpu = vcpu;
		__entry->kernel_mode = kernel_mode;
	),
	TP_printk("vm=%s vcpu=%u kernel_mode=%d", __entry->vm, __entry->vcpu,
		  __entry->kernel_mode)
);

/* A policy decided. target counts with yield_to, hint, hand_over and boost. */
TRACE_EVENT(decide,
	TP_PROTO(const char *vm, unsigned int vcpu, const char *policy,
		 const struct dy_decision *decision),
	TP_ARGS(vm, vcpu, policy, decision),
	TP_STRUCT__entry(
		__array(char, vm, DY_TRACE_NAME_MAX)
		__array(char, policy, DY_TRACE_NAME_MAX)
		__field(unsigned int, vcpu)
		__field(unsigned int, action)
		__field(unsigned int, target)
	),
	TP_fast_assign(
		strscpy(__entry->vm, vm, DY_TRACE_NAME_MAX);
		strscpy(__entry->policy, policy, DY_TRACE_NAME_MAX);
		__entry->vcpu = vcpu;
		__entry->action = decision->action;
		__entry->target = decision->target;
	),
	TP_printk("vm=%s vcpu=%u policy=%s action=%s target=%u", __entry->vm,
		  __entry->vcpu, __entry->policy, dy_show_action(__entry->action),
		  __entry->target)
);

/* A vCPU was yielded to, or boosted, or refused. */
TRACE_EVENT(boost,
	TP_PROTO(const char *vm, unsigned int vcpu, unsigned int target, bool taken),
	TP_ARGS(vm, vcpu, target, taken),
	TP_STRUCT__entry(
		__array(char, vm, DY_TRACE_NAME_MAX)
		__field(unsigned int, vcpu)
		__field(unsigned int, target)
		__field(bool, taken)
	),
	TP_fast_assign(
		strscpy(__entry->vm, vm, DY_TRACE_NAME_MAX);
		__entry->vcpu = vcpu;
		__entry->target = target;
		__entry->taken = taken;
	),
	TP_printk("vm=%s vcpu=%u target=%u taken=%d", __entry->vm, __entry->vcpu,
		  __entry->target, __entry->taken)
);

#endif /* DY_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
