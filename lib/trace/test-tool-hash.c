/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of programs: by contents, remembered only where nobody else can write, and never for a file that has changed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/trace/format.h"
#include "lib/trace/tool-hash.h"

#define ONE \
	"d01c06cb09606bc4b2cedf4266a3a20e1e636b467cb77a9dbed595094e02ea46" /* printf one | b2sum -l 256 */

static char dir[] = "/tmp/assay-test-tools-XXXXXX";
static char tool[64], cache[64];

static void put(const char *path, const char *text, mode_t mode)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

/* Until a change is told from the one before it. */
static void settle(void)
{
	(void)usleep(30000);
}

/* What the record says of the tool, with `cache_dir`; an empty text for nothing. */
static void said(const char *cache_dir, char ret_hex[static TRACE_HASH_HEX])
{
	_cleanup_trace_record_ struct trace_record record = {0};
	char relative[] = "./program", missing[] = "/nonexistent", folder[] = "/usr";
	char *compile[] = {tool, NULL}, *run[] = {relative, NULL};
	struct policy_need needs[] = {{.path = tool}, {.path = missing}, {.path = folder}};
	const struct policy policy = {
		.compile = {.argv = compile},
		.run = {.argv = run},
		.needs = needs,
		.n_needs = ARRAY_SIZE(needs),
	};
	char key[80];
	const char *text;

	assert_int_equal(trace_record_set_tools(&record, &policy, cache_dir), 0);
	(void)snprintf(key, sizeof(key), "tool.%s", tool);
	text = trace_record_text(&record, key);
	assert_int_equal(record.n, text == NULL ? 0 : 1);
	(void)snprintf(ret_hex, TRACE_HASH_HEX, "%s", text == NULL ? "" : text);
}

static void a_file_has_its_hash(void **state)
{
	char plain[TRACE_HASH_HEX], remembered[TRACE_HASH_HEX], again[TRACE_HASH_HEX];

	put(tool, "one", 0755);
	said(NULL, plain);
	assert_string_equal(plain, ONE);
	settle();
	said(dir, remembered);
	said(dir, again);
	assert_string_equal(plain, remembered);
	assert_string_equal(plain, again);
	assert_int_equal(access(cache, F_OK), 0);
}

static void a_changed_file_has_another(void **state)
{
	char before[TRACE_HASH_HEX], after[TRACE_HASH_HEX], plain[TRACE_HASH_HEX];
	const struct timespec old[2] = {{.tv_sec = 5}, {.tv_sec = 5}};

	put(tool, "one", 0755);
	assert_int_equal(utimensat(AT_FDCWD, tool, old, 0), 0);
	said(dir, before);
	put(tool, "two", 0755);
	assert_int_equal(utimensat(AT_FDCWD, tool, old, 0), 0); /* the same size and time */
	said(dir, after);
	said(NULL, plain);
	assert_string_not_equal(before, after);
	assert_string_equal(plain, after);
}

/* What is remembered is used: otherwise this test would show nothing of the ones before. */
static void a_remembered_hash_is_used(void **state)
{
	char hex[TRACE_HASH_HEX], *text, *at;
	_cleanup_close_ int fd = -EBADF;

	put(tool, "one", 0755);
	settle();
	(void)unlink(cache);
	said(dir, hex);
	fd = open(cache, O_RDWR | O_CLOEXEC);
	text = calloc(1, 65536);
	assert_true(fd >= 0 && text != NULL && read(fd, text, 65535) > 0);
	at = strstr(text, hex);
	assert_non_null(at);
	assert_int_equal(pwrite(fd, "0000", 4, at - text), 4);
	said(dir, hex);
	assert_memory_equal(hex, "0000", 4);
	assert_int_equal(chmod(dir, 0777), 0); /* anybody could have written it */
	said(dir, hex);
	assert_memory_not_equal(hex, "0000", 4);
	assert_int_equal(chmod(dir, 0700), 0);
	free(text);
}

static void nonsense_is_not_believed(void **state)
{
	static const char *const texts[] = {"", "\n", "nonsense", "1 2 3 4.5 6.7 ", "\xff\xfe\n"};
	char hex[TRACE_HASH_HEX], plain[TRACE_HASH_HEX];
	char *big = malloc(100000);

	put(tool, "one", 0755);
	said(NULL, plain);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		put(cache, texts[i], 0600);
		said(dir, hex);
		assert_string_equal(hex, plain);
	}
	assert_non_null(big);
	memset(big, 'x', 99999);
	big[99999] = '\0';
	put(cache, big, 0600);
	said(dir, hex);
	assert_string_equal(hex, plain);
	free(big);
}

static int make(void **state)
{
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(tool, sizeof(tool), "%s/tool", dir);
	(void)snprintf(cache, sizeof(cache), "%s/tools", dir);
	return 0;
}

static int drop(void **state)
{
	(void)unlink(tool);
	(void)unlink(cache);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_its_hash),
		cmocka_unit_test(a_changed_file_has_another),
		cmocka_unit_test(a_remembered_hash_is_used),
		cmocka_unit_test(nonsense_is_not_believed),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
