/* SPDX-License-Identifier: Apache-2.0 */
/* The hash of a submission: of all that it is, told apart however names and contents are divided. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/trace/source-hash.h"

struct hash {
	char hex[TRACE_HASH_HEX];
};

static struct hash hash_of(const char *name, const char *contents, char **args, char **env)
{
	_cleanup_close_ int fd = fd_sealed_memfd("test", contents, strlen(contents));
	char copy[64];
	struct submission_file file = {.name = copy, .fd = fd, .size = strlen(contents)};
	struct submission submission = {.files = &file, .n_files = 1, .args = args, .env = env};
	struct hash hash;

	(void)strncpy(copy, name, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	assert_true(fd >= 0);
	assert_int_equal(trace_source_hash(&submission, hash.hex), 0);
	return hash;
}

static void everything_counts(void **state)
{
	char one[] = "1", two[] = "A=1";
	char *args[] = {one, NULL}, *env[] = {two, NULL}, *both[] = {one, one, NULL};
	struct hash base = hash_of("main.c", "int x;", NULL, NULL);

	assert_string_equal(base.hex, hash_of("main.c", "int x;", NULL, NULL).hex);
	assert_string_not_equal(base.hex, hash_of("main.d", "int x;", NULL, NULL).hex);
	assert_string_not_equal(base.hex, hash_of("main.c", "int y;", NULL, NULL).hex);
	assert_string_not_equal(base.hex, hash_of("main.ci", "nt x;", NULL, NULL).hex);
	assert_string_not_equal(base.hex, hash_of("main.c", "int x;", args, NULL).hex);
	assert_string_not_equal(base.hex, hash_of("main.c", "int x;", NULL, env).hex);
	assert_string_not_equal(hash_of("a", "", args, NULL).hex, hash_of("a", "", NULL, args).hex);
	assert_string_not_equal(hash_of("a", "", args, NULL).hex, hash_of("a", "", both, NULL).hex);
}

static void a_file_that_is_shorter_than_it_says(void **state)
{
	_cleanup_close_ int fd = fd_sealed_memfd("test", "abc", 3);
	char name[] = "a", hex[TRACE_HASH_HEX];
	struct submission_file file = {.name = name, .fd = fd, .size = 4};
	struct submission submission = {.files = &file, .n_files = 1};

	assert_int_equal(trace_source_hash(&submission, hex), -EIO);
	file.fd = -EBADF;
	assert_int_equal(trace_source_hash(&submission, hex), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_counts),
		cmocka_unit_test(a_file_that_is_shorter_than_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
