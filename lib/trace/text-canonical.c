/* SPDX-License-Identifier: Apache-2.0 */

/*
 * For comparing runs: lines that are equal when the runs did the same. They leave out what the canonical digest leaves out (docs/trace-format.md),
 * by the trick of changing the event before it is written: what differs by chance becomes one number, and the writer of ordinary
 * lines does the rest.
 */

#include "lib/trace/text.h"

#include <string.h>
#include <sys/syscall.h>

#include "lib/base/escape.h"
#include "lib/base/mem.h"

enum { SMALL_HEX = 65536, SOME_PID = 2, SOME_POINTER = 1 };

static bool is_left_out(const struct event *event)
{
	if (event->kind == EVENT_SAMPLE || event->kind == EVENT_END)
		return true;
	if (event->kind != EVENT_SYSCALL || (event->flags & EVENT_COMPAT))
		return false;
	return (event->flags & EVENT_RESTART) || event->nr == __NR_futex ||
	       event->nr == __NR_sched_yield || event->nr == __NR_restart_syscall ||
	       event->nr == __NR_rt_sigreturn;
}

static uint64_t canonical_number(uint8_t kind, uint64_t value)
{
	int32_t pid = (int32_t)value;

	switch (kind) {
	case SYSCALL_ARG_POINTER:
	case SYSCALL_ARG_PATH:
	case SYSCALL_ARG_ARGV:
	case SYSCALL_ARG_SOCKADDR:
		return value ? SOME_POINTER : 0;
	case SYSCALL_ARG_PID:
		return pid > 0 ? SOME_PID : pid < -1 ? (uint32_t)-SOME_PID : value;
	case SYSCALL_ARG_HEX:
		return MIN(value, (uint64_t)SMALL_HEX);
	case SYSCALL_ARG_SIZE:
		return value;
	default:
		return (uint32_t)value;
	}
}

static void make_call_canonical(struct event *event, const struct trace_call *call)
{
	for (unsigned int i = 0; i < EVENT_ARGS; i++)
		event->args[i] = canonical_number(call ? call->args[i] : (uint8_t)SYSCALL_ARG_HEX,
						  event->args[i]);
	if (event->ret >= 0 || event->ret < -4095)
		event->ret =
			(int64_t)canonical_number(call && (call->returns == SYSCALL_ARG_PID ||
							   call->returns == SYSCALL_ARG_POINTER) ?
							  call->returns :
							  (uint8_t)SYSCALL_ARG_SIZE,
						  (uint64_t)event->ret);
}

/* A process or thread that another makes is the other's, or not. */
static void make_fork_canonical(struct event *event)
{
	bool is_thread = event->args[1] == event->pid;

	event->args[0] = event->args[1] = SOME_PID;
	event->pid = is_thread ? SOME_PID : SOME_PID + 1;
}

bool trace_text_canonical_form(const struct event *given, const struct trace_call *call,
			       struct event *ret_form)
{
	struct event form = *given;

	if (is_left_out(given))
		return false;
	form.flags &= EVENT_COMPAT;
	form.seq = form.ts_ns = form.gas_after = form.tid = 0;
	form.text[EVENT_TEXT_INODE] = (struct event_bytes){0};
	if (form.text[EVENT_TEXT_PATH].data)
		form.text[EVENT_TEXT_CLAIM] = (struct event_bytes){0};
	if (form.kind == EVENT_SYSCALL || form.kind == EVENT_DENIED)
		make_call_canonical(&form, call);
	if (form.kind == EVENT_FORK)
		make_fork_canonical(&form);
	else
		form.pid = form.pid ? SOME_PID : 0;
	if (form.kind == EVENT_SIGNAL && form.args[2])
		form.args[2] = SOME_PID;
	*ret_form = form;
	return true;
}

void trace_text_write_canonical(FILE *stream, const struct event *form,
				const struct trace_call *call)
{
	char comm[4 * EVENT_COMM_BYTES];

	(void)escape_bytes(comm, sizeof(comm), form->comm, strnlen(form->comm, EVENT_COMM_BYTES));
	(void)fprintf(stream, "%s: ", comm);
	trace_text_event(stream, form, call);
}
