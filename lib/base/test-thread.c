/* SPDX-License-Identifier: Apache-2.0 */
/* A thread beside its starter: which signals it hears, whether it is urgent, and what its starter's later children are. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/base/thread.h"
#include "lib/base/urgent.h"

struct look {
	enum urgency urgency;
	sigset_t blocked;
};

static void *look_around(void *argument)
{
	struct look *look = argument;

	look->urgency = urgency_get();
	(void)pthread_sigmask(SIG_SETMASK, NULL, &look->blocked);
	return NULL;
}

static struct look thread_looks(void)
{
	struct look look = {0};
	pthread_t thread;

	assert_int_equal(thread_start(&thread, look_around, &look), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return look;
}

/* Whether a child of the caller's is urgent. */
static bool child_is_urgent(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(urgent_is() ? 1 : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 1;
}

static void hears_no_signal(void **state _unused_)
{
	struct look look = thread_looks();
	sigset_t after;

	assert_int_equal(sigismember(&look.blocked, SIGTERM), 1);
	assert_int_equal(sigismember(&look.blocked, SIGCHLD), 1);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_int_equal(sigismember(&after, SIGTERM), 0);
}

static void an_ordinary_ones_is_ordinary(void **state _unused_)
{
	assert_int_equal(thread_looks().urgency, URGENT_NOT);
	assert_false(child_is_urgent());
}

static void an_urgent_ones_is_urgent(void **state _unused_)
{
	urgent_enter(URGENT);
	if (!urgent_is()) {
		(void)puts("# missing: root");
		skip();
	}
	assert_int_equal(thread_looks().urgency, URGENT_HELPER);
	/* The starter has not changed: nobody else inherits it. */
	assert_int_equal(urgency_get(), URGENT);
	assert_false(child_is_urgent());
	urgent_enter(URGENT_HELPER);
	assert_int_equal(thread_looks().urgency, URGENT_HELPER);
	assert_int_equal(urgency_get(), URGENT_HELPER);
	urgent_enter(URGENT_NOT);
	assert_int_equal(thread_looks().urgency, URGENT_NOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hears_no_signal),
		cmocka_unit_test(an_ordinary_ones_is_ordinary),
		cmocka_unit_test(an_urgent_ones_is_urgent),
	};

	return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
