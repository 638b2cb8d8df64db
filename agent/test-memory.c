/* SPDX-License-Identifier: Apache-2.0 */
/* The stack of what a launcher forks: all of it is there, and nothing below it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/launch.h"
#include "lib/base/mem.h"

enum { STACK_BYTES = 64 << 10 };

/* In a process of its own: launch_memory() keeps parts of who calls it from what that forks. 0, or the signal that ended it. */
static int write_from(ptrdiff_t first)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		char *stack = launch_memory(STACK_BYTES);

		(void)signal(SIGSEGV, SIG_DFL);
		if (stack == NULL)
			_exit(1);
		for (volatile char *at = stack + first; at < stack + STACK_BYTES; at++)
			*at = 1;
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) != 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void stack_is_whole(void **state _unused_)
{
	assert_int_equal(write_from(0), 0);
}

static void nothing_is_below_it(void **state _unused_)
{
	assert_int_equal(write_from(-1), SIGSEGV);
	assert_int_equal(write_from(-4096), SIGSEGV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stack_is_whole),
		cmocka_unit_test(nothing_is_below_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
