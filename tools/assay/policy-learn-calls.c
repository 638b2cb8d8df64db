/* SPDX-License-Identifier: Apache-2.0 */

/*
 * From events to rules. A call that was made is allowed; one that always got the same answer that filters give is answered so again, and
 * needs not be allowed. Where one argument decides whether a call is harmless (the table below follows what is closed in every
 * profile), its values are listed one by one.
 *
 * Threads are scheduled differently each time: which of them waits for another, whose heap grows, who gives memory back is another one
 * in a run that was not traced. So where a program has threads, the calls that libraries make for them are allowed besides, all of them on the
 * program's own threads and memory; the profile says which they are.
 */

#include "tools/assay/policy-learn.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/base/mem.h"
#include "lib/trace/names.h"
#include "lib/trace/text.h"

static const struct {
	const char *call;
	int arg;
} deciding[] = {
	{"clone", 0}, {"mmap", 3},    {"memfd_create", 1}, {"shmget", 2},     {"setrlimit", 0},
	{"prctl", 0}, {"ioctl", 1},   {"personality", 0},  {"socket", 0},     {"socketpair", 0},
	{"mknod", 1}, {"mknodat", 2}, {"prlimit64", 1},	   {"arch_prctl", 0},
};

/* No program runs without these, whether a trace has them or not: policies/README.md. */
static const char *const needed[] = {"read", "write",	   "close",	   "execve",
				     "exit", "exit_group", "rt_sigreturn", "restart_syscall"};

/* What the C library's threads and heaps, and allocators like them, call as the scheduler pleases. */
static const char *const threads[] = {
	"clock_nanosleep",
	"exit",
	"futex",
	"getpid",
	"gettid",
	"madvise",
	"mprotect",
	"mremap",
	"munmap",
	"nanosleep",
	"rseq",
	"rt_sigprocmask",
	"sched_getaffinity",
	"sched_yield",
	"set_robust_list",
	"sigaltstack",
};

/* Flags of mmap for the stack and the heap of a thread, and for what is given back of them. */
static const uint32_t thread_maps[] = {
	MAP_PRIVATE | MAP_ANONYMOUS,
	MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
	MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
	MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE,
	MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK,
};

/* What a filter answers for a call that is not made. */
static const int answers[] = {ENOSYS, EPERM, EAFNOSUPPORT, ENOTSOCK, EOPNOTSUPP, ENOTTY};

int learn_argument(const char *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(deciding); i++)
		if (strcmp(deciding[i].call, call) == 0)
			return deciding[i].arg;
	return -1;
}

static bool is_needed(const char *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (strcmp(needed[i], call) == 0)
			return true;
	return false;
}

static bool is_answer(int64_t error)
{
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		if (-error == answers[i])
			return true;
	return false;
}

static void take_value(struct learned *learned, struct learned_call *call, uint32_t value,
		       int64_t error)
{
	for (size_t i = 0; i < call->n_values; i++) {
		if (call->values[i].value != value)
			continue;
		if (call->values[i].error != error)
			call->values[i].error = 0;
		return;
	}
	if (call->n_values == LEARN_VALUES_MAX)
		learned->overflow = true;
	else
		call->values[call->n_values++] = (struct learned_value){value, error};
}

static void take_call(struct learned *learned, struct learned_phase *phase,
		      const struct trace_item *item)
{
	const struct event *event = item->event;
	int64_t error = is_answer(event->ret) ? event->ret : 0;

	if (!item->call || event->nr < 0 || event->nr >= TRACE_CALLS_MAX) {
		learned->nameless++;
		return;
	}
	struct learned_call *call = &phase->calls[event->nr];
	/* Of the events of kind NET only those of socket(2) have arguments that decide: one further on. */
	int arg = learn_argument(item->call->name);
	if (call->count++ == 0) {
		memcpy(call->name, item->call->name, sizeof(call->name));
		call->error = error;
	} else if (call->error != error) {
		call->error = 0;
	}
	if (arg >= 0)
		take_value(learned, call,
			   (uint32_t)event->args[event->kind == EVENT_NET ? arg + 1 : arg], error);
}

static void take_path(struct learned_phase *phase, const struct policy_phase *rules,
		      const struct event *event)
{
	struct event_bytes path = trace_text_path(event);

	if (!path.data || (event->kind == EVENT_SYSCALL && event->ret < 0))
		return;
	for (size_t i = 0; i < MIN(rules->n_mounts, (size_t)LEARN_MOUNTS_MAX); i++) {
		const char *target =
			rules->mounts[i].target ? rules->mounts[i].target : rules->mounts[i].source;
		size_t length = strlen(target);

		if (path.size >= length && memcmp(path.data, target, length) == 0 &&
		    (path.size == length || path.data[length] == '/'))
			phase->mounts[i] = true;
	}
}

void learn_event(struct learned *learned, const struct policy *policy, const struct trace_item *item)
{
	const struct event *event = item->event;
	/* A case may be called so as well, but it is not the first step of a policy that compiles. */
	bool compiles = item->step == 0 && policy->compile.argv != NULL &&
			strcmp(item->step_name, "compile") == 0;
	struct learned_phase *phase = compiles ? &learned->compile : &learned->run;

	phase->seen = true;
	/* What a hook refused had passed the filter. */
	if (trace_is_call(event) || (event->flags & EVENT_LSM))
		take_call(learned, phase, item);
	else if (event->kind == EVENT_DENIED)
		learned->denied++;
	else if (event->kind == EVENT_GAP)
		learned->lost += event->args[0];
	/* A thread's process is its parent's. */
	if (event->kind == EVENT_FORK && event->args[1] == event->pid)
		phase->threads = true;
	if (event->kind == EVENT_SYSCALL || event->kind == EVENT_EXEC)
		take_path(phase, compiles ? &policy->compile : &policy->run, event);
}

/* --- writing --- */

static bool is_refused(const struct learned_call *call)
{
	return call->error != 0 && !is_needed(call->name);
}

static bool is_conditional(const struct learned_call *call)
{
	return call->n_values > 0 && !is_refused(call);
}

static bool was_called(const struct learned_phase *phase, const char *name)
{
	int nr = syscall_number(name);

	return nr >= 0 && nr < TRACE_CALLS_MAX && phase->calls[nr].count > 0;
}

static void write_threads(const struct learned_phase *phase, FILE *stream)
{
	if (!phase->threads)
		return;
	(void)fputs("\n  # threads: as the scheduler pleases, and not in these runs\n", stream);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		if (!was_called(phase, threads[i]) && !is_needed(threads[i]))
			(void)fprintf(stream, "  - %s\n", threads[i]);
}

static void write_allowed(const struct learned_phase *phase, FILE *stream)
{
	(void)fputs("\nallow:\n  # no program runs without\n", stream);
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		(void)fprintf(stream, "  - %s\n", needed[i]);
	(void)fputs("\n  # what the runs called\n", stream);
	for (size_t i = 0; i < TRACE_CALLS_MAX; i++) {
		const struct learned_call *call = &phase->calls[i];

		if (call->count && !is_needed(call->name) && !is_refused(call) &&
		    !is_conditional(call))
			(void)fprintf(stream, "  - %s\n", call->name);
	}
	write_threads(phase, stream);
}

static bool has_value(const struct learned_call *call, uint32_t value)
{
	for (size_t i = 0; i < call->n_values; i++)
		if (call->values[i].value == value && call->values[i].error == 0)
			return true;
	return false;
}

/* Values of mmap's flags that threads need besides. */
static void write_thread_maps(const struct learned_call *call, FILE *stream)
{
	for (size_t i = 0; i < ARRAY_SIZE(thread_maps); i++)
		if (!has_value(call, thread_maps[i]))
			(void)fprintf(stream, " 0x%" PRIx32, thread_maps[i]);
}

static void write_condition(const struct learned_call *call, bool with_threads, FILE *stream)
{
	char name[16];
	int64_t otherwise = 0;

	(void)fprintf(stream, "  - call: %s\n    where: [int%d in", call->name,
		      learn_argument(call->name));
	for (size_t i = 0; i < call->n_values; i++) {
		if (call->values[i].error)
			otherwise = call->values[i].error;
		else
			(void)fprintf(stream, " 0x%" PRIx32, call->values[i].value);
	}
	if (with_threads && strcmp(call->name, "mmap") == 0)
		write_thread_maps(call, stream);
	(void)fprintf(stream, "]\n    otherwise: %s\n",
		      otherwise ? trace_error_name(otherwise, name) : "kill");
}

static void write_conditions(const struct learned_phase *phase, FILE *stream)
{
	const char *title = "\nconditions:\n";

	for (size_t i = 0; i < TRACE_CALLS_MAX; i++) {
		if (!is_conditional(&phase->calls[i]))
			continue;
		(void)fputs(title, stream);
		title = "";
		write_condition(&phase->calls[i], phase->threads, stream);
	}
}

/* clone3 is answered in every case: its flags cannot be filtered, and libc then uses clone. */
static void write_errors(const struct learned_phase *phase, FILE *stream)
{
	char name[16];

	(void)fputs("\nerrors:\n  - errno: ENOSYS\n    calls: [clone3", stream);
	for (size_t i = 0; i < TRACE_CALLS_MAX; i++) {
		const struct learned_call *call = &phase->calls[i];

		if (call->count && is_refused(call) && call->error == -ENOSYS &&
		    strcmp(call->name, "clone3") != 0)
			(void)fprintf(stream, ", %s", call->name);
	}
	(void)fputs("]\n", stream);
	for (size_t i = 0; i < TRACE_CALLS_MAX; i++) {
		const struct learned_call *call = &phase->calls[i];

		if (call->count && is_refused(call) && call->error != -ENOSYS)
			(void)fprintf(stream, "  - errno: %s\n    calls: [%s]\n",
				      trace_error_name(call->error, name), call->name);
	}
}

void learn_write_profile(const struct learned_phase *phase, const char *name, FILE *stream)
{
	(void)fprintf(
		stream,
		"# SPDX-License-Identifier: Apache-2.0\n#\n# Written by assay policy learn.\nversion: 1\nname: %s\n"
		"summary: what traced runs called, and nothing else\n\nunlisted: kill\n",
		name);
	write_allowed(phase, stream);
	write_conditions(phase, stream);
	write_errors(phase, stream);
}
