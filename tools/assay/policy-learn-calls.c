/* SPDX-License-Identifier: Apache-2.0 */

/*
 * From events to rules. A call that was made is allowed; one that always got the same answer that filters give is answered so again, and
 * needs not be allowed. Where one argument decides whether a call is harmless (the table below follows what is closed in every
 * profile), its values are listed one by one.
 */

#include "tools/assay/policy-learn.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

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

static void take_call(struct learned *learned, const struct trace_item *item)
{
	const struct event *event = item->event;
	int64_t error = is_answer(event->ret) ? event->ret : 0;

	if (!item->call || event->nr < 0 || event->nr >= TRACE_CALLS_MAX) {
		learned->nameless++;
		return;
	}
	struct learned_call *call = &learned->calls[event->nr];
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

static void take_path(struct learned *learned, const struct policy *policy,
		      const struct event *event)
{
	struct event_bytes path = trace_text_path(event);
	const struct policy_phase *run = &policy->run;

	if (!path.data || (event->kind == EVENT_SYSCALL && event->ret < 0))
		return;
	for (size_t i = 0; i < MIN(run->n_mounts, (size_t)LEARN_MOUNTS_MAX); i++) {
		const char *target =
			run->mounts[i].target ? run->mounts[i].target : run->mounts[i].source;
		size_t length = strlen(target);

		if (path.size >= length && memcmp(path.data, target, length) == 0 &&
		    (path.size == length || path.data[length] == '/'))
			learned->mounts[i] = true;
	}
}

void learn_event(struct learned *learned, const struct policy *policy, const struct trace_item *item)
{
	const struct event *event = item->event;

	if (trace_is_call(event))
		take_call(learned, item);
	else if (event->kind == EVENT_DENIED)
		learned->denied++;
	else if (event->kind == EVENT_GAP)
		learned->lost += event->args[0];
	if (event->kind == EVENT_SYSCALL || event->kind == EVENT_EXEC)
		take_path(learned, policy, event);
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

static bool was_called(const struct learned *learned, const char *name)
{
	int nr = syscall_number(name);

	return nr >= 0 && nr < TRACE_CALLS_MAX && learned->calls[nr].count > 0;
}

/* Threads wait for each other when the scheduler lets them meet: a run may do without such a call that the next one makes. */
static void write_waiting(const struct learned *learned, FILE *stream)
{
	static const char *const waiting[] = {"futex", "sched_yield"};

	if (!was_called(learned, "futex") && !was_called(learned, "clone"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(waiting); i++)
		if (!was_called(learned, waiting[i]))
			(void)fprintf(stream, "  - %s # as the scheduler pleases\n", waiting[i]);
}

static void write_allowed(const struct learned *learned, FILE *stream)
{
	(void)fputs("\nallow:\n  # no program runs without\n", stream);
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		(void)fprintf(stream, "  - %s\n", needed[i]);
	(void)fputs("\n  # what the runs called\n", stream);
	for (size_t i = 0; i < TRACE_CALLS_MAX; i++) {
		const struct learned_call *call = &learned->calls[i];

		if (call->count && !is_needed(call->name) && !is_refused(call) &&
		    !is_conditional(call))
			(void)fprintf(stream, "  - %s\n", call->name);
	}
	write_waiting(learned, stream);
}

static void write_condition(const struct learned_call *call, FILE *stream)
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
	(void)fprintf(stream, "]\n    otherwise: %s\n",
		      otherwise ? trace_error_name(otherwise, name) : "kill");
}

static void write_conditions(const struct learned *learned, FILE *stream)
{
	const char *title = "\nconditions:\n";

	for (size_t i = 0; i < TRACE_CALLS_MAX; i++) {
		if (!is_conditional(&learned->calls[i]))
			continue;
		(void)fputs(title, stream);
		title = "";
		write_condition(&learned->calls[i], stream);
	}
}

/* clone3 is answered in every case: its flags cannot be filtered, and libc then uses clone. */
static void write_errors(const struct learned *learned, FILE *stream)
{
	char name[16];

	(void)fputs("\nerrors:\n  - errno: ENOSYS\n    calls: [clone3", stream);
	for (size_t i = 0; i < TRACE_CALLS_MAX; i++) {
		const struct learned_call *call = &learned->calls[i];

		if (call->count && is_refused(call) && call->error == -ENOSYS &&
		    strcmp(call->name, "clone3") != 0)
			(void)fprintf(stream, ", %s", call->name);
	}
	(void)fputs("]\n", stream);
	for (size_t i = 0; i < TRACE_CALLS_MAX; i++) {
		const struct learned_call *call = &learned->calls[i];

		if (call->count && is_refused(call) && call->error != -ENOSYS)
			(void)fprintf(stream, "  - errno: %s\n    calls: [%s]\n",
				      trace_error_name(call->error, name), call->name);
	}
}

void learn_write_profile(const struct learned *learned, const char *name, FILE *stream)
{
	(void)fprintf(
		stream,
		"# SPDX-License-Identifier: Apache-2.0\n#\n# Written by assay policy learn.\nversion: 1\nname: %s\n"
		"summary: what traced runs called, and nothing else\n\nunlisted: kill\n",
		name);
	write_allowed(learned, stream);
	write_conditions(learned, stream);
	write_errors(learned, stream);
}
