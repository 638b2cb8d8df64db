/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of a real program: every call is told, with the texts that its arguments point at.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "supervisor/probe/test-run.h"

enum { LONG_NAME = 200 /* of each of three directories */ };

static char exec_path[256], claim[1024], argv_text[64];
static uint16_t claim_flags, faulted;
static uint64_t net_family, oom_pid;

static void text_take(char *to, size_t size, const struct event_bytes *text)
{
	size_t n = MIN(text->size, size - 1);

	if (text->data == NULL)
		return;
	memcpy(to, text->data, n);
	to[n] = '\0';
}

static void note_texts(const struct event *event)
{
	faulted |= event->flags & EVENT_FAULTED;
	if (event->kind == EVENT_EXEC) {
		text_take(exec_path, sizeof(exec_path), &event->text[EVENT_TEXT_PATH]);
		text_take(argv_text, sizeof(argv_text), &event->text[EVENT_TEXT_ARGV]);
	}
	if (event->nr == SYS_mkdir) {
		text_take(claim, sizeof(claim), &event->text[EVENT_TEXT_CLAIM]);
		claim_flags = event->flags;
	}
	if (event->kind == EVENT_NET && event->args[0] == EVENT_NET_CONNECT)
		net_family = event->args[1];
	if (event->kind == EVENT_OOM)
		oom_pid = event->pid;
}

static struct probe_report run_texts(enum trace_level level, struct seen *seen)
{
	faulted = 0;
	note = note_texts;
	return run("texts", level, TRACE_LOSS_STOP, 1000, seen);
}

/* --- the role --- */

/* A path of 600 bytes, one in memory that is not there, an address of a socket. */
static int role_texts(void)
{
	char path[4 * (LONG_NAME + 1)];
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/nowhere"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memset(path, 'x', sizeof(path));
	for (int i = 0; i < 3; i++)
		path[(size_t)i * LONG_NAME] = '/';
	path[(size_t)3 * LONG_NAME] = '\0';
	(void)syscall(SYS_access, (void *)16, 0);
	(void)connect(fd, (struct sockaddr *)&address, sizeof(address));
	(void)syscall(SYS_mkdir, path, 0700);
	return 0;
}

/* --- tests --- */

static void test_every_call_is_told(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	report = run_texts(TRACE_LEVEL_SYSCALLS, &seen);
	assert_int_equal(report.lost, 0);
	assert_int_equal(seen.kinds[EVENT_START], 1);
	assert_int_equal(seen.kinds[EVENT_EXEC], 1);
	assert_int_equal(seen.kinds[EVENT_EXIT], 1);
	assert_int_equal(seen.kinds[EVENT_END], 1);
	assert_int_equal(seen.kinds[EVENT_SYSCALL] + seen.kinds[EVENT_NET],
			 report.counters.syscalls + report.counters.interrupted);
	assert_non_null(strstr(exec_path, "/test-trace"));
	assert_string_equal(argv_text, "/proc/self/exe");
}

static void test_texts(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	report = run_texts(TRACE_LEVEL_SYSCALLS, &seen);
	assert_int_equal(strlen(claim), 3 * LONG_NAME);
	assert_int_equal(claim_flags, EVENT_CLAIMED);
	assert_true(faulted);
	assert_true(report.counters.faulted >= 1);
	assert_int_equal(report.counters.truncated, 0);
	assert_int_equal(net_family, AF_UNIX);
	assert_int_equal(seen.kinds[EVENT_NET], 2);
}

static void test_level_events(void **state _unused_)
{
	struct seen seen;
	struct probe_report report;

	need_bpf();
	report = run_texts(TRACE_LEVEL_EVENTS, &seen);
	assert_true(report.seq_end < report.counters.syscalls);
	assert_int_equal(seen.kinds[EVENT_NET], 2);
	assert_int_equal(strlen(claim), 3 * LONG_NAME);
	assert_false(faulted);
}

/* The kernel was not quick enough to name a victim. */
static void test_shortage_without_a_victim(void **state _unused_)
{
	struct seen seen;

	need_bpf();
	(void)run_texts(TRACE_LEVEL_EVENTS, &seen);
	assert_int_equal(seen.kinds[EVENT_OOM], 0);
	at_end = probe_out_of_memory;
	(void)run_texts(TRACE_LEVEL_EVENTS, &seen);
	at_end = NULL;
	assert_int_equal(seen.kinds[EVENT_OOM], 1);
	assert_int_equal(oom_pid, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_call_is_told),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_level_events),
		cmocka_unit_test(test_shortage_without_a_victim),
	};

	/* Without a sanitizer's look at what is left, which makes calls of its own. */
	if (argc > 1)
		_exit(role_texts());
	return cmocka_run_group_tests(tests, setup, teardown);
}
