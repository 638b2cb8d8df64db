/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop: order, times, and sources that go while they are handled. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/mem.h"
#include "supervisor/engine/loop.h"

static struct loop *loop;
static char told[32]; /* who was called, in order */

static int setup(void **state _unused_)
{
	told[0] = '\0';
	return loop_new(&loop);
}

static int teardown(void **state _unused_)
{
	loop = loop_free(loop);
	return 0;
}

static void on_name(void *userdata)
{
	(void)strncat(told, userdata, sizeof(told) - strlen(told) - 1);
}

static void what_is_first(void **state _unused_)
{
	static const struct {
		const char *name;
		enum loop_priority priority;
	} given[] = {
		{"i", LOOP_IDLE},   {"e", LOOP_EVENT},	{"d", LOOP_DENIAL},
		{"s", LOOP_SAMPLE}, {"n", LOOP_NORMAL}, {"E", LOOP_END},
	};
	struct loop_source *sources[ARRAY_SIZE(given)];

	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		assert_int_equal(loop_once(loop, &sources[i], given[i].priority, on_name,
					   (void *)given[i].name),
				 0);
		loop_soon(sources[i]);
	}
	assert_int_equal(loop_turn(loop, 0), 1);
	assert_string_equal(told, "dnEsei");
	assert_int_equal(loop_turn(loop, 0), 0);
	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		(void)loop_drop(sources[i]);
}

/* What becomes ready meanwhile is seen before a lower priority has its turn. */
static int late_fd;

static void on_write(void *userdata)
{
	on_name(userdata);
	assert_int_equal(write(late_fd, "x", 1), 1);
}

static void on_late(void *userdata)
{
	on_name(userdata);
	if (strlen(told) == 3)
		loop_end(loop);
}

static void what_comes_meanwhile(void **state _unused_)
{
	struct loop_source *first, *late, *end;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	late_fd = fds[1];
	assert_int_equal(loop_once(loop, &first, LOOP_NORMAL, on_write, (void *)"f"), 0);
	assert_int_equal(loop_once(loop, &end, LOOP_END, on_name, (void *)"e"), 0);
	assert_int_equal(loop_watch(loop, &late, fds[0], LOOP_NORMAL, on_late, (void *)"l"), 0);
	loop_soon(end);
	loop_soon(first);
	/* It is never read: it comes again and again, and nothing below it. */
	assert_int_equal(loop_run(loop), 0);
	assert_string_equal(told, "fll");
	(void)loop_drop(first);
	(void)loop_drop(late);
	(void)loop_drop(end);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void times_are_not_early(void **state _unused_)
{
	struct loop_source *source;

	assert_int_equal(loop_once(loop, &source, LOOP_NORMAL, on_name, (void *)"t"), 0);
	for (uint64_t i = 0; i < 50; i++) {
		uint64_t at = clock_now_ns(CLOCK_MONOTONIC) + i * 20011;

		told[0] = '\0';
		assert_int_equal(loop_at(source, at), 0);
		while (told[0] == '\0')
			assert_true(loop_turn(loop, UINT64_MAX) >= 0);
		assert_true(clock_now_ns(CLOCK_MONOTONIC) >= at);
		assert_int_equal(loop_turn(loop, 0), 0);
	}
	(void)loop_drop(source);
}

static void the_latest_time_counts(void **state _unused_)
{
	struct loop_source *source;

	assert_int_equal(loop_once(loop, &source, LOOP_NORMAL, on_name, (void *)"t"), 0);
	assert_int_equal(loop_in(source, 1), 0);
	assert_int_equal(loop_in(source, 3600 * NSEC_PER_SEC), 0);
	assert_int_equal(loop_turn(loop, 2 * NSEC_PER_MSEC), 0);
	assert_int_equal(loop_in(source, 1), 0);
	loop_off(source);
	assert_int_equal(loop_turn(loop, 2 * NSEC_PER_MSEC), 0);
	assert_int_equal(loop_in(source, 0), 0);
	assert_int_equal(loop_turn(loop, NSEC_PER_SEC), 1);
	assert_string_equal(told, "t");
	(void)loop_drop(source);
}

/* --- sources that go while they are handled --- */

static struct loop_source *pair[2];

static void on_drop_both(void *userdata)
{
	on_name(userdata);
	pair[0] = loop_drop(pair[0]);
	pair[1] = loop_drop(pair[1]);
}

static void one_drops_all(void **state _unused_)
{
	for (size_t i = 0; i < ARRAY_SIZE(pair); i++) {
		assert_int_equal(loop_once(loop, &pair[i], LOOP_NORMAL, on_drop_both, (void *)"d"),
				 0);
		loop_soon(pair[i]);
	}
	assert_int_equal(loop_turn(loop, 0), 1);
	assert_string_equal(told, "d");
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_null(loop_drop(NULL));
	loop_off(NULL);
}

static void an_end_of_file_is_readable(void **state _unused_)
{
	struct loop_source *source;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(loop_watch(loop, &source, fds[0], LOOP_NORMAL, on_name, (void *)"r"), 0);
	assert_int_equal(loop_turn(loop, 0), 0);
	(void)close(fds[1]);
	assert_int_equal(loop_turn(loop, NSEC_PER_SEC), 1);
	loop_off(source);
	assert_int_equal(loop_turn(loop, NSEC_PER_MSEC), 0);
	(void)loop_drop(source);
	(void)close(fds[0]);
}

static void what_cannot_be_watched(void **state _unused_)
{
	_cleanup_close_ int fd = fd_sealed_memfd("file", "", 0);
	struct loop_source *source = NULL;

	assert_true(fd >= 0);
	assert_int_equal(loop_watch(loop, &source, fd, LOOP_NORMAL, on_name, NULL), -EPERM);
	assert_null(source);
}

static void on_end(void *userdata)
{
	on_name(userdata);
	loop_end(loop);
}

static void an_end_is_no_end_for_ever(void **state _unused_)
{
	struct loop_source *source, *after;

	assert_int_equal(loop_once(loop, &source, LOOP_NORMAL, on_end, (void *)"e"), 0);
	assert_int_equal(loop_once(loop, &after, LOOP_IDLE, on_name, (void *)"a"), 0);
	loop_soon(after);
	loop_soon(source);
	assert_int_equal(loop_run(loop), 0);
	assert_string_equal(told, "e");
	assert_int_equal(loop_turn(loop, 0), 1);
	assert_string_equal(told, "ea");
	(void)loop_drop(source);
	(void)loop_drop(after);
}

/* --- when the library gives up --- */

enum { MADE = 10, NONE_FREE, SOMETHING_ELSE, NEVER_AGAIN };

/* In a child: a loop where so many descriptors are free, and another one where there are plenty. */
static int made_with(unsigned n_free)
{
	struct rlimit limit;
	rlim_t before;
	int r;

	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	before = limit.rlim_cur;
	limit.rlim_cur = STDERR_FILENO + 1 + n_free;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	r = loop_new(&loop);
	limit.rlim_cur = before;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (loop_new(&loop) < 0)
		return NEVER_AGAIN;
	return r == 0 ? MADE : r == -EMFILE || r == -ENFILE ? NONE_FREE : SOMETHING_ELSE;
}

static int status_of(pid_t pid)
{
	int status;

	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void no_descriptors(void **state _unused_)
{
	enum { ENOUGH = 12 };
	int last = NONE_FREE;

	for (unsigned n = 0; n <= ENOUGH; n++) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(made_with(n));
		status = status_of(pid);
		assert_true(status == MADE || status == NONE_FREE);
		assert_true(n > 0 || status == NONE_FREE);
		assert_true(last != MADE || status == MADE);
		last = status;
	}
	assert_int_equal(last, MADE);
}

/* What the library refuses so at any other time is no verdict on a submission (status 1). */
static void an_end_by_the_library(void **state _unused_)
{
	char said[256] = "";
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(ends[1], STDERR_FILENO);
		if (loop_new(&loop) == 0)
			event_enable_debug_mode(); /* too late for it */
		_exit(SOMETHING_ELSE);
	}
	assert_int_equal(status_of(pid), 3);
	assert_true(read(ends[0], said, sizeof(said) - 1) > 0);
	assert_ptr_equal(strstr(said, "assay: the event loop cannot go on: "), said);
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_first, setup, teardown),
		cmocka_unit_test_setup_teardown(what_comes_meanwhile, setup, teardown),
		cmocka_unit_test_setup_teardown(times_are_not_early, setup, teardown),
		cmocka_unit_test_setup_teardown(the_latest_time_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(one_drops_all, setup, teardown),
		cmocka_unit_test_setup_teardown(an_end_of_file_is_readable, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_watched, setup, teardown),
		cmocka_unit_test_setup_teardown(an_end_is_no_end_for_ever, setup, teardown),
		cmocka_unit_test(no_descriptors),
		cmocka_unit_test(an_end_by_the_library),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
