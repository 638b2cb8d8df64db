/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Lines that read like strace(1)'s, from numbers and the few texts that were kept. A path in quotes is what the kernel resolved; one
 * with a question mark behind it is what the program said, which another thread may have changed before the kernel
 * looked. An argument whose text is not in the trace is shown as the pointer that it was.
 */

#include "lib/trace/text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "lib/base/clock.h"
#include "lib/base/escape.h"
#include "lib/base/mem.h"
#include "lib/trace/decimal.h"
#include "lib/trace/names.h"

enum { QUOTED_BYTES = 4 * EVENT_TEXT_BYTES + 8 }; /* every byte as \xNN, and "..." */

static void quote(FILE *stream, const char *data, size_t size)
{
	char text[QUOTED_BYTES];

	(void)escape_bytes(text, sizeof(text), data, size);
	(void)fputc('"', stream);
	(void)fputs(text, stream);
	(void)fputc('"', stream);
}

/* --- addresses --- */

static void write_unix(FILE *stream, const struct event_bytes *address)
{
	size_t at = offsetof(struct sockaddr_un, sun_path), size = address->size - at;
	const char *path = address->data + at;

	if (address->size <= at)
		(void)fputs("unnamed", stream);
	else if (path[0] != '\0')
		quote(stream, path, strnlen(path, size));
	else if (fputc('@', stream) != EOF)
		quote(stream, path + 1, size - 1);
}

void trace_text_address(FILE *stream, struct event_bytes address)
{
	struct sockaddr_in in = {0};
	struct sockaddr_in6 in6 = {0};
	char text[INET6_ADDRSTRLEN];
	sa_family_t family = 0;

	if (address.size >= sizeof(family))
		memcpy(&family, address.data, sizeof(family));
	if (family == AF_INET && address.size >= sizeof(in)) {
		memcpy(&in, address.data, sizeof(in));
		(void)fprintf(stream, "%s:%u", inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text)),
			      ntohs(in.sin_port));
	} else if (family == AF_INET6 &&
		   address.size >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
		memcpy(&in6, address.data, MIN(address.size, sizeof(in6)));
		(void)fprintf(stream, "[%s]:%u",
			      inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text)),
			      ntohs(in6.sin6_port));
	} else if (family == AF_UNIX && address.size >= sizeof(family)) {
		write_unix(stream, &address);
	} else {
		(void)fprintf(stream, "family %u", family);
	}
}

/* --- calls --- */

const char *trace_text_call_name(const struct event *event, const struct trace_call *call,
				 char buffer[static 64])
{
	if (!call)
		(void)snprintf(buffer, 64, "syscall_%" PRId32 "%s", event->nr,
			       event->flags & EVENT_COMPAT ? "_compat" : "");
	else
		(void)escape_string(buffer, 64, call->name);
	return buffer;
}

struct event_bytes trace_text_path(const struct event *event)
{
	return event->text[EVENT_TEXT_PATH].data ? event->text[EVENT_TEXT_PATH] :
						   event->text[EVENT_TEXT_CLAIM];
}

static void write_argv(FILE *stream, const struct event_bytes *argv)
{
	const char *separator = "";

	(void)fputc('[', stream);
	for (size_t at = 0; at < argv->size;) {
		size_t length = strnlen(argv->data + at, argv->size - at);

		(void)fputs(separator, stream);
		quote(stream, argv->data + at, length);
		separator = ", ";
		at += length + 1;
	}
	(void)fputc(']', stream);
}

/* The text of an argument. `paths` counts the paths of the call so far. */
static const struct event_bytes *text_of(const struct event *event, uint8_t kind,
					 unsigned int *paths)
{
	const struct event_bytes *text = NULL;

	if (kind == SYSCALL_ARG_PATH) {
		bool first = (*paths)++ == 0;

		text = &event->text[first ? EVENT_TEXT_PATH : EVENT_TEXT_CLAIM2];
		if (first && !text->data)
			text = &event->text[EVENT_TEXT_CLAIM];
	} else if (kind == SYSCALL_ARG_ARGV) {
		text = &event->text[EVENT_TEXT_ARGV];
	} else if (kind == SYSCALL_ARG_SOCKADDR) {
		text = &event->text[EVENT_TEXT_SOCKADDR];
	}
	return text && text->data ? text : NULL;
}

static void write_number(FILE *stream, uint8_t kind, uint64_t value)
{
	if (trace_names_write(stream, kind, value))
		return;
	switch (kind) {
	case SYSCALL_ARG_INT:
	case SYSCALL_ARG_FD:
	case SYSCALL_ARG_DIRFD:
	case SYSCALL_ARG_PID:
		decimal_put_signed(stream, "", (int32_t)value);
		break;
	case SYSCALL_ARG_SIZE:
		decimal_put(stream, "", value);
		break;
	case SYSCALL_ARG_MODE:
		(void)fprintf(stream, "%#" PRIo32, (uint32_t)value);
		break;
	case SYSCALL_ARG_HEX:
		(void)fprintf(stream, value < 10 ? "%" PRIu64 : "%#" PRIx64, value);
		break;
	default:
		if (value == 0)
			(void)fputs("NULL", stream);
		else
			(void)fprintf(stream, "%#" PRIx64, value);
		break;
	}
}

static void write_argument(FILE *stream, const struct event *event, uint8_t kind, uint64_t value,
			   unsigned int *paths)
{
	const struct event_bytes *text = text_of(event, kind, paths);

	if (!text) {
		write_number(stream, kind, value);
	} else if (kind == SYSCALL_ARG_ARGV) {
		write_argv(stream, text);
	} else if (kind == SYSCALL_ARG_SOCKADDR) {
		trace_text_address(stream, *text);
	} else {
		quote(stream, text->data, text->size);
		if (text != &event->text[EVENT_TEXT_PATH])
			(void)fputc('?', stream);
	}
}

void trace_text_call(FILE *stream, const struct event *event, const struct trace_call *call)
{
	unsigned int paths = 0, n = call ? call->n_args : EVENT_ARGS;
	char name[64];

	(void)fputs(trace_text_call_name(event, call, name), stream);
	(void)fputc('(', stream);
	for (unsigned int i = 0; i < n; i++) {
		(void)fputs(i ? ", " : "", stream);
		write_argument(stream, event, call ? call->args[i] : (uint8_t)SYSCALL_ARG_HEX,
			       event->args[i], &paths);
	}
	(void)fputc(')', stream);
}

static void write_result(FILE *stream, const struct event *event, const struct trace_call *call)
{
	char name[16];

	(void)fputs(" = ", stream);
	if (event->ret < 0 && event->ret >= -4095)
		(void)fprintf(stream, "-1 %s", trace_error_name(event->ret, name));
	else if (call && call->returns == SYSCALL_ARG_POINTER)
		(void)fprintf(stream, "%#" PRIx64, (uint64_t)event->ret);
	else
		decimal_put_signed(stream, "", event->ret);
}

/* --- the other kinds --- */

static void write_exit(FILE *stream, const struct event *event)
{
	int status = (int)event->args[0];
	char name[16];

	if (WIFSIGNALED(status))
		(void)fprintf(stream, "killed by %s%s",
			      trace_signal_name((uint64_t)WTERMSIG(status), name),
			      WCOREDUMP(status) ? ", core dumped" : "");
	else
		(void)fprintf(stream, "exited with %d", WEXITSTATUS(status));
	if (event->args[1] == 0)
		(void)fputs(" (a thread)", stream);
}

static void write_net(FILE *stream, const struct event *event)
{
	static const char *const names[] = {"net", "socket", "bind", "connect", "send"};

	(void)fprintf(stream, "%s ", names[event->args[0] < ARRAY_SIZE(names) ? event->args[0] : 0]);
	(void)trace_names_write(stream, SYSCALL_ARG_FAMILY, event->args[1]);
	(void)fputc(' ', stream);
	(void)trace_names_write(stream, SYSCALL_ARG_SOCKET_TYPE, event->args[2]);
	(void)fprintf(stream, " protocol %" PRIu64, event->args[3]);
	if (event->text[EVENT_TEXT_SOCKADDR].data) {
		(void)fputc(' ', stream);
		trace_text_address(stream, event->text[EVENT_TEXT_SOCKADDR]);
	}
}

static void write_signal(FILE *stream, const struct event *event)
{
	char name[16];

	(void)fprintf(stream, "%s from ", trace_signal_name(event->args[0], name));
	if (event->args[2] == 0)
		(void)fputs("the kernel", stream);
	else
		(void)fprintf(stream, "process %" PRIu64, event->args[2]);
}

static void write_program(FILE *stream, const struct event *event)
{
	struct event_bytes path = trace_text_path(event);

	(void)fputs("executes ", stream);
	if (path.data)
		quote(stream, path.data, path.size);
	if (event->text[EVENT_TEXT_ARGV].data) {
		(void)fputc(' ', stream);
		write_argv(stream, &event->text[EVENT_TEXT_ARGV]);
	}
}

static void write_kind(FILE *stream, const struct event *event)
{
	const uint64_t *a = event->args;

	switch (event->kind) {
	case EVENT_FORK:
		(void)fprintf(stream, "makes %s %" PRIu64,
			      a[1] == event->pid ? "thread" : "process", a[0]);
		break;
	case EVENT_GAP:
		(void)fprintf(stream, "%" PRIu64 " events are missing", a[0]);
		break;
	case EVENT_SAMPLE:
		(void)fprintf(stream,
			      "uses %" PRIu64 " bytes, has used %.6f s of CPU, in %" PRIu64
			      " processes",
			      a[EVENT_SAMPLE_MEMORY_BYTES],
			      (double)a[EVENT_SAMPLE_CPU_NS] / (double)NSEC_PER_SEC,
			      a[EVENT_SAMPLE_PROCESSES]);
		break;
	case EVENT_END:
		(void)fprintf(stream,
			      "end of %" PRIu64 " events: %" PRIu64 " received, %" PRIu64 " lost",
			      a[0], a[1], a[2]);
		break;
	case EVENT_OOM:
		(void)fputs(event->pid ? "killed for want of memory" : "out of memory", stream);
		break;
	default:
		if (event_kind_name(event->kind))
			(void)fputs(event_kind_name(event->kind), stream);
		else
			(void)fprintf(stream, "kind %u", event->kind);
		break;
	}
}

/* What a reader has to know of how much of the event is there. */
static void write_flags(FILE *stream, const struct event *event)
{
	unsigned int shown = event->flags & ~(unsigned int)(EVENT_CLAIMED | EVENT_RESOLVED);

	for (unsigned int bit = 0; bit < 16; bit++)
		if ((shown >> bit & 1) && event_flag_name(bit))
			(void)fprintf(stream, " <%s>", event_flag_name(bit));
}

void trace_text_event(FILE *stream, const struct event *event, const struct trace_call *call)
{
	static void (*const writers[EVENT_KIND_MAX])(FILE *, const struct event *) = {
		[EVENT_EXEC] = write_program,
		[EVENT_EXIT] = write_exit,
		[EVENT_SIGNAL] = write_signal,
		[EVENT_NET] = write_net,
	};

	if (event->kind == EVENT_SYSCALL || event->kind == EVENT_DENIED) {
		(void)fputs(event->kind == EVENT_DENIED ? "denied " : "", stream);
		trace_text_call(stream, event, call);
	} else if (event->kind < EVENT_KIND_MAX && writers[event->kind]) {
		writers[event->kind](stream, event);
	} else {
		write_kind(stream, event);
	}
	if (trace_is_call(event))
		write_result(stream, event, call);
	write_flags(stream, event);
}

void trace_text_line(FILE *stream, const struct event *event, const struct trace_call *call)
{
	char comm[4 * EVENT_COMM_BYTES];

	(void)escape_bytes(comm, sizeof(comm), event->comm, strnlen(event->comm, EVENT_COMM_BYTES));
	(void)fprintf(stream, "%" PRIu64 ".%06" PRIu64 " %" PRIu32, event->ts_ns / NSEC_PER_SEC,
		      event->ts_ns % NSEC_PER_SEC / NSEC_PER_USEC, event->pid);
	if (event->tid != event->pid)
		(void)fprintf(stream, "/%" PRIu32, event->tid);
	(void)fprintf(stream, " %s: ", comm);
	trace_text_event(stream, event, call);
	(void)fputc('\n', stream);
}
