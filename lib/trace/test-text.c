/* SPDX-License-Identifier: Apache-2.0 */
/* Events in words: arguments by their names, and nothing of a program's that a terminal would act on. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/trace/chunk-fill.h"
#include "lib/trace/json.h"
#include "lib/trace/text.h"

static char line[4096];

static const char *text_of(const struct event *event)
{
	FILE *memory = fmemopen(line, sizeof(line), "w");
	struct trace_call call, *known = NULL;

	assert_non_null(memory);
	if (event->nr >= 0 && chunk_call_of(event->nr, &call))
		known = &call;
	trace_text_event(memory, event, known);
	(void)fclose(memory);
	return line;
}

static struct event call_of(int nr, int64_t ret, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	return (struct event){.kind = EVENT_SYSCALL, .nr = nr, .ret = ret, .args = {a, b, c, d}};
}

#define TEXT(string) ((struct event_bytes){(string), sizeof(string) - 1})

static void arguments_have_names(void **state)
{
	struct event open = call_of(__NR_openat, 3, (uint64_t)(int64_t)AT_FDCWD, 0x7f00,
				    O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	struct event map = call_of(__NR_mmap, 0x7f0000001000, 0, 8192, PROT_READ | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS);
	struct event clone = call_of(__NR_clone, 7, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0);
	struct event kill = call_of(__NR_kill, -EPERM, UINT32_MAX, SIGKILL, 0, 0);
	struct event socket = call_of(__NR_socket, 3, AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0, 0);
	struct event seek = call_of(__NR_lseek, 5, 3, (uint64_t)-5, SEEK_END, 0);

	open.text[EVENT_TEXT_PATH] = TEXT("/tmp/a\"b");
	assert_string_equal(
		text_of(&open),
		"openat(AT_FDCWD, \"/tmp/a\\\"b\", O_WRONLY|O_CREAT|O_CLOEXEC, 0644) = 3");
	open.text[EVENT_TEXT_CLAIM] = open.text[EVENT_TEXT_PATH];
	open.text[EVENT_TEXT_PATH].data = NULL;
	assert_string_equal(
		text_of(&open),
		"openat(AT_FDCWD, \"/tmp/a\\\"b\"?, O_WRONLY|O_CREAT|O_CLOEXEC, 0644) = 3");
	map.args[4] = UINT32_MAX;
	assert_string_equal(
		text_of(&map),
		"mmap(NULL, 8192, PROT_READ|PROT_EXEC, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000001000");
	assert_string_equal(text_of(&clone),
			    "clone(CLONE_VM|CLONE_VFORK|SIGCHLD, NULL, NULL, NULL, 0) = 7");
	assert_string_equal(text_of(&kill), "kill(-1, SIGKILL) = -1 EPERM");
	assert_string_equal(text_of(&socket), "socket(AF_INET6, SOCK_DGRAM|SOCK_NONBLOCK, 0) = 3");
	assert_string_equal(text_of(&seek), "lseek(3, -5, SEEK_END) = 5");
}

static void numbers_without_names_stay_numbers(void **state)
{
	struct event open = call_of(__NR_openat, 3, 9, 0, 0x40000003, 0);
	struct event none = call_of(499, -514, 1, 0x10000, 0, 0);
	struct event flags = call_of(__NR_close, 0, 3, 0, 0, 0);

	assert_string_equal(text_of(&open), "openat(9, NULL, 0x40000003, 0) = 3");
	assert_string_equal(text_of(&none),
			    "syscall_499(1, 0x10000, 0, 0, 0, 0) = -1 ERESTARTNOHAND");
	flags.flags = EVENT_FAULTED | EVENT_RESOLVED | EVENT_GAS_LIMIT;
	assert_string_equal(text_of(&flags), "close(3) = 0 <faulted> <gas-limit>");
}

static void other_kinds_are_sentences(void **state)
{
	struct event event = {.kind = EVENT_EXIT, .nr = -1, .args = {SIGSEGV | 0x80, 1}};

	assert_string_equal(text_of(&event), "killed by SIGSEGV, core dumped");
	event.args[0] = 3 << 8;
	event.args[1] = 0;
	assert_string_equal(text_of(&event), "exited with 3 (a thread)");
	event = (struct event){.kind = EVENT_SIGNAL, .nr = -1, .args = {SIGALRM, 0, 0}};
	assert_string_equal(text_of(&event), "SIGALRM from the kernel");
	event = (struct event){.kind = EVENT_EXEC, .nr = -1};
	event.text[EVENT_TEXT_PATH] = TEXT("/bin/sh");
	event.text[EVENT_TEXT_ARGV] = TEXT("sh\0-c\0\0");
	assert_string_equal(text_of(&event), "executes \"/bin/sh\" [\"sh\", \"-c\", \"\"]");
	event = (struct event){.kind = EVENT_NET, .nr = -1, .args = {2, AF_UNIX, SOCK_STREAM}};
	event.text[EVENT_TEXT_SOCKADDR] = TEXT("\1\0\0hidden");
	assert_string_equal(text_of(&event), "bind AF_UNIX SOCK_STREAM protocol 0 @\"hidden\"");
	event = (struct event){.kind = EVENT_NET,
			       .nr = __NR_socket,
			       .ret = -EAFNOSUPPORT,
			       .args = {1, AF_INET, SOCK_STREAM}};
	assert_string_equal(text_of(&event),
			    "socket AF_INET SOCK_STREAM protocol 0 = -1 EAFNOSUPPORT");
	event = (struct event){.kind = EVENT_DENIED, .nr = __NR_close, .ret = -EPERM, .args = {3}};
	assert_string_equal(text_of(&event), "denied close(3) = -1 EPERM");
	event.ret = 0;
	assert_string_equal(text_of(&event), "denied close(3)");
	event = (struct event){.kind = 40, .nr = -1};
	assert_string_equal(text_of(&event), "kind 40");
}

static void nothing_reaches_a_terminal(void **state)
{
	struct event event = call_of(__NR_openat, 3, 0, 1, 0, 0);
	FILE *memory;

	event.text[EVENT_TEXT_PATH] = TEXT("\x1b[2J\x9b\xc2\x9b\xe2\x80\xae\x7f\n\r");
	memcpy(event.comm, "\x1b]0;x\x07", 6);
	memory = fmemopen(line, sizeof(line), "w");
	trace_text_line(memory, &event, NULL);
	(void)fclose(memory);
	for (const char *c = line; *c; c++)
		assert_true((*c >= 0x20 && *c < 0x7f) || (*c == '\n' && c[1] == '\0'));
	memory = fmemopen(line, sizeof(line), "w");
	trace_json_event(memory, "a\"\\\x1b", &event, NULL);
	(void)fclose(memory);
	for (const char *c = line; *c; c++)
		assert_true((*c >= 0x20 && *c < 0x7f) || (*c == '\n' && c[1] == '\0'));
	assert_non_null(strstr(line, "\"step\":\"a\\\"\\\\\\u001b\""));
	assert_non_null(strstr(line, "\\u009b\\u202e\\u007f\\n\\r"));
}

static void canonical_of(const struct event *event, char *buffer, size_t size, bool is_there)
{
	FILE *memory = fmemopen(buffer, size, "w");
	const struct trace_call *named = NULL;
	struct trace_call call;
	struct event form;

	assert_true(chunk_call_of(MAX(event->nr, 0), &call));
	if (event->nr >= 0)
		named = &call;
	assert_int_equal(trace_text_canonical_form(event, named, &form), is_there);
	if (is_there)
		trace_text_write_canonical(memory, &form, named);
	(void)fclose(memory);
}

static void equal_runs_have_equal_lines(void **state)
{
	struct event one = call_of(__NR_read, 10, 3, 0x7f0000001000, 10, 0), other = one;
	char first[256] = "", second[256] = "";

	other.args[1] = 0x7fff12345678;
	other.ts_ns = 99;
	other.seq = 7;
	other.flags = EVENT_STOPPED;
	canonical_of(&one, first, sizeof(first), true);
	canonical_of(&other, second, sizeof(second), true);
	assert_string_equal(first, second);
	other.args[0] = 4;
	canonical_of(&other, second, sizeof(second), true);
	assert_string_not_equal(first, second);
	one = call_of(__NR_wait4, 12, UINT32_MAX, 0, 0, 0);
	other = call_of(__NR_wait4, 345, UINT32_MAX, 0, 0, 0);
	canonical_of(&one, first, sizeof(first), true);
	canonical_of(&other, second, sizeof(second), true);
	assert_string_equal(first, second);
	one = call_of(__NR_futex, 0, 1, 0, 0, 0);
	canonical_of(&one, first, sizeof(first), false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_have_names),
		cmocka_unit_test(numbers_without_names_stay_numbers),
		cmocka_unit_test(other_kinds_are_sentences),
		cmocka_unit_test(nothing_reaches_a_terminal),
		cmocka_unit_test(equal_runs_have_equal_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
