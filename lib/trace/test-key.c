/* SPDX-License-Identifier: Apache-2.0 */
/* The node's key: made once however many ask at once, kept from others, replaced without losing trust in the past. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/trace/format.h"
#include "lib/trace/key.h"

static char top[] = "/tmp/assay-test-key-XXXXXX";
static char dir[sizeof(top) + 8];

static const char *in_dir(const char *name)
{
	static char path[sizeof(dir) + 32];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"node.key", "node.pub", "retired.keys"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unlink(in_dir(names[i]));
	return rmdir(dir) < 0 && errno != ENOENT ? -1 : 0; /* nothing else was left there */
}

static void the_same_key_each_time(void **state)
{
	_cleanup_trace_key_ struct trace_key *first = NULL, *second = NULL;
	struct stat st;

	assert_int_equal(trace_key_open_existing(dir, &first, NULL), -ENOENT);
	assert_int_equal(trace_key_open(dir, &first, NULL), 0);
	assert_int_equal(stat(in_dir("node.key"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(trace_key_open_existing(dir, &second, NULL), 0);
	assert_memory_equal(trace_key_public(first), trace_key_public(second), TRACE_PUBLIC_BYTES);
}

/* Children that all find no key end up with one and the same. */
static void first_uses_at_once(void **state)
{
	enum { CHILDREN = 8 };
	uint8_t keys[CHILDREN][TRACE_PUBLIC_BYTES];
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	for (int i = 0; i < CHILDREN; i++) {
		if (fork() == 0) {
			struct trace_key *key = NULL;
			int ok = trace_key_open(dir, &key, NULL) == 0 &&
				 write(ends[1], trace_key_public(key), TRACE_PUBLIC_BYTES) ==
					 TRACE_PUBLIC_BYTES;

			_exit(ok ? 0 : 1);
		}
	}
	for (int i = 0; i < CHILDREN; i++) {
		int status = -1;

		assert_true(wait(&status) > 0 && status == 0);
		assert_int_equal(read(ends[0], keys[i], TRACE_PUBLIC_BYTES), TRACE_PUBLIC_BYTES);
		assert_memory_equal(keys[i], keys[0], TRACE_PUBLIC_BYTES);
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void rotation_keeps_trust(void **state)
{
	_cleanup_trace_trusted_ struct trace_trusted trusted = {0};
	_cleanup_trace_key_ struct trace_key *old = NULL, *fresh = NULL;

	assert_int_equal(trace_key_open(dir, &old, NULL), 0);
	assert_int_equal(trace_key_rotate(dir, &fresh, NULL), 0);
	assert_memory_not_equal(trace_key_public(old), trace_key_public(fresh), TRACE_PUBLIC_BYTES);
	assert_int_equal(trace_trusted_add_own(&trusted, dir), 0);
	assert_int_equal(trusted.n, 2);
	assert_true(trace_trusted_has(&trusted, trace_key_public(old)));
	assert_true(trace_trusted_has(&trusted, trace_key_public(fresh)));
}

static void keys_that_are_none(void **state)
{
	struct fault fault = {0};
	struct trace_key *key = NULL;
	FILE *file;

	assert_int_equal(trace_key_open(dir, &key, NULL), 0);
	key = trace_key_free(key);
	assert_int_equal(chmod(in_dir("node.key"), 0640), 0);
	assert_int_equal(trace_key_open(dir, &key, &fault), -EPERM);
	assert_non_null(strstr(fault.text, "rotate"));
	assert_int_equal(chmod(in_dir("node.key"), 0600), 0);
	assert_int_equal(truncate(in_dir("node.key"), 40), 0);
	assert_int_equal(trace_key_open(dir, &key, &fault), -EBADMSG);
	file = fopen(in_dir("node.key"), "we");
	(void)fprintf(file, "assay-key-1 %064d\n%s", 0, "more");
	assert_int_equal(fclose(file), 0);
	assert_int_equal(trace_key_open(dir, &key, &fault), -EBADMSG);
	assert_int_equal(unlink(in_dir("node.key")), 0);
	assert_int_equal(symlink("/dev/null", in_dir("node.key")), 0);
	assert_int_equal(trace_key_open(dir, &key, &fault), -EPERM);
	assert_null(key);
}

static void seals_are_of_one_hash_by_one_key(void **state)
{
	_cleanup_trace_key_ struct trace_key *key = NULL;
	uint8_t hash[TRACE_HASH_BYTES] = {1, 2, 3}, seal[TRACE_SEAL_BYTES];

	assert_int_equal(trace_key_open(dir, &key, NULL), 0);
	trace_key_seal(key, hash, seal);
	assert_true(trace_seal_is_of(seal, hash));
	for (size_t bit = 0; bit < sizeof(seal) * 8; bit++) {
		seal[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		assert_false(trace_seal_is_of(seal, hash));
		seal[bit / 8] ^= (uint8_t)(1U << (bit % 8));
	}
	hash[31] ^= 1;
	assert_false(trace_seal_is_of(seal, hash));
}

static int full_disk(bool full)
{
	static struct rlimit before;
	struct rlimit none;

	if (!full)
		return setrlimit(RLIMIT_FSIZE, &before);
	if (getrlimit(RLIMIT_FSIZE, &before) < 0 || signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return -1;
	none = before;
	none.rlim_cur = 0;
	return setrlimit(RLIMIT_FSIZE, &none);
}

/* Neither of a file that could not be written nor of one that could not be put in its place: it may hold the secret. remove_dir() sees the rest. */
static void nothing_is_left_of_what_failed(void **state)
{
	_cleanup_trace_key_ struct trace_key *key = NULL, *other = NULL;

	assert_int_equal(full_disk(true), 0);
	assert_int_equal(trace_key_open(dir, &key, NULL), -EFBIG);
	assert_int_equal(full_disk(false), 0);
	assert_int_equal(rmdir(dir), 0);

	/* The public half has no place. */
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(mkdir(in_dir("node.pub"), 0755), 0);
	assert_int_equal(trace_key_open(dir, &key, NULL), -EISDIR);
	assert_int_equal(rmdir(in_dir("node.pub")), 0);
	assert_int_equal(unlink(in_dir("node.key")), 0);
	assert_int_equal(rmdir(dir), 0);

	/* Neither has the secret one when it is replaced. */
	assert_int_equal(trace_key_open(dir, &key, NULL), 0);
	assert_int_equal(full_disk(true), 0);
	assert_true(trace_key_rotate(dir, &other, NULL) < 0);
	assert_int_equal(full_disk(false), 0);
	assert_int_equal(unlink(in_dir("node.key")), 0);
	assert_int_equal(mkdir(in_dir("node.key"), 0700), 0);
	assert_true(trace_key_rotate(dir, &other, NULL) < 0);
	assert_int_equal(rmdir(in_dir("node.key")), 0);
}

static int make_top(void **state)
{
	if (!mkdtemp(top))
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/keys", top);
	return mkdir(dir, 0700) < 0 || rmdir(dir) < 0 ? -1 : 0;
}

static int make_dir(void **state)
{
	return mkdir(dir, 0755);
}

static int remove_top(void **state)
{
	return rmdir(top);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_key_each_time),
		TEST(first_uses_at_once),
		TEST(rotation_keeps_trust),
		TEST(keys_that_are_none),
		TEST(seals_are_of_one_hash_by_one_key),
		TEST(nothing_is_left_of_what_failed),
	};

	return cmocka_run_group_tests(tests, make_top, remove_top);
}
