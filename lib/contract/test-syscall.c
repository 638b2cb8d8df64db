/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/contract/syscall.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "lib/contract/event.h"

static void test_rows(void **state)
{
	(void)state;
	assert_string_equal(syscall_name(SYS_read), "read");
	assert_int_equal(syscall_number("execveat"), SYS_execveat);
	assert_int_equal(syscall_info(SYS_openat)->args[1], SYSCALL_ARG_PATH);
	assert_int_equal(syscall_info(SYS_openat)->args[4], SYSCALL_ARG_NONE);
	assert_int_equal(syscall_info(SYS_openat)->n_args, 4);
	assert_int_equal(syscall_info(SYS_sendto)->args[4], SYSCALL_ARG_SOCKADDR);
	assert_int_equal(syscall_info(SYS_socket)->returns, SYSCALL_ARG_FD);
	assert_int_equal(syscall_info(SYS_sched_yield)->n_args, 0);
}

static void test_no_call(void **state)
{
	(void)state;
	assert_null(syscall_name(-1));
	assert_null(syscall_name(400)); /* a gap in the numbers */
	assert_null(syscall_name(SYSCALL_MAX));
	assert_null(syscall_name(INT32_MAX));
	assert_int_equal(syscall_number(""), -ENOENT);
	assert_int_equal(syscall_number("rea"), -ENOENT);
}

/* Every number that the headers of this machine have is in the table, by the same name. */
static void test_header(void **state)
{
	static const char prefix[] = "#define __NR_";
	FILE *header = fopen("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "re");
	char line[256];
	int seen = 0;

	(void)state;
	if (header == NULL)
		skip();
	while (fgets(line, sizeof(line), header) != NULL) {
		char *save, *name, *number;

		if (strncmp(line, prefix, strlen(prefix)) != 0)
			continue;
		name = strtok_r(line + strlen(prefix), " ", &save);
		number = strtok_r(NULL, "\n", &save);
		assert_non_null(number);
		assert_int_equal(syscall_number(name), strtol(number, NULL, 10));
		seen++;
	}
	(void)fclose(header);
	assert_true(seen > 300);
}

static void test_kinds_of_events(void **state)
{
	(void)state;
	for (unsigned int kind = EVENT_START; kind < EVENT_KIND_MAX; kind++) {
		assert_non_null(event_kind_name(kind));
		assert_int_equal(event_kind_from_name(event_kind_name(kind)), (int)kind);
	}
	assert_null(event_kind_name(0));
	assert_null(event_kind_name(EVENT_KIND_MAX));
	assert_int_equal(event_kind_from_name("sysca"), -ENOENT);
	assert_string_equal(event_flag_name(8), "stopped");
	assert_string_equal(event_flag_name(9), "lsm");
	assert_null(event_flag_name(10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_call),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_kinds_of_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
