/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of roots: what is the same, what is not, and who makes room. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/engine/roots.h"

static struct roots roots;

static int teardown(void **state _unused_)
{
	roots_clear(&roots);
	return 0;
}

static bool not_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# missing: root\n");
	return true;
}

static int get(const char *source, const char *target, bool optional)
{
	const struct policy_mount mount = {(char *)(uintptr_t)source, (char *)(uintptr_t)target,
					   optional};
	struct fault fault = {0};
	int fd = roots_get(&roots, &mount, 1, &fault);

	if (fd < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
	return fd;
}

static ino_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

static void the_same_is_found(void **state _unused_)
{
	int fd;

	if (not_root())
		skip();
	fd = get("/usr/lib", "/usr/lib", false);
	assert_int_equal(get("/usr/lib", "/usr/lib", false), fd);
	assert_int_equal(roots.n, 1);
	assert_int_equal(roots_get(&roots, NULL, 0, NULL), roots_get(&roots, NULL, 0, NULL));
	assert_int_equal(roots.n, 2);
}

/* Every part of a mount is part of the key, and where one part ends too. */
static void what_differs_is_not_found(void **state _unused_)
{
	const struct policy_mount two[] = {
		{(char *)"/usr/lib", (char *)"/usr/lib", false},
		{(char *)"/usr/bin", (char *)"/usr/bin", false},
	};
	const struct policy_mount turned[] = {two[1], two[0]};

	if (not_root())
		skip();
	(void)get("/usr/lib", "/usr/lib", false);
	(void)get("/usr/lib", "/usr/lib", true);
	(void)get("/usr/lib", "/other", false);
	(void)get("/usr/bin", "/usr/lib", false);
	assert_true(roots_get(&roots, two, 2, NULL) >= 0);
	assert_true(roots_get(&roots, turned, 2, NULL) >= 0);
	assert_true(roots_get(&roots, two, 1, NULL) >= 0);
	assert_int_equal(roots.n, 6);
}

static void failures_are_not_kept(void **state _unused_)
{
	const struct policy_mount mount = {(char *)"/no/such/tree", (char *)"/x", false};
	struct fault fault = {0};

	if (not_root())
		skip();
	assert_int_equal(roots_get(&roots, &mount, 1, &fault), -ENOENT);
	assert_string_equal(fault.layer, "mounts");
	assert_int_equal(roots.n, 0);
}

/* The oldest goes; descriptors stay distinct, and a copy of one that went is still the same root. */
static void the_oldest_makes_room(void **state _unused_)
{
	_cleanup_close_ int copy = -EBADF;
	char target[32];
	ino_t first;

	if (not_root())
		skip();
	copy = fcntl(get("/usr/lib", "/first", false), F_DUPFD_CLOEXEC, 0);
	first = inode_of(copy);
	for (int i = 0; i < ROOTS_MAX; i++) {
		(void)snprintf(target, sizeof(target), "/target-%d", i);
		(void)get("/usr/lib", target, false);
	}
	assert_int_equal(roots.n, ROOTS_MAX);
	for (size_t i = 0; i < roots.n; i++) {
		assert_true(inode_of(roots.entry[i].fd) != first);
		for (size_t k = 0; k < i; k++)
			assert_true(roots.entry[i].fd != roots.entry[k].fd);
	}
	assert_int_equal(inode_of(copy), first);
	(void)get("/usr/lib", "/first", false);
	assert_int_equal(roots.n, ROOTS_MAX);
	assert_true(inode_of(roots.entry[ROOTS_MAX - 1].fd) != first);
}

static void cleared_is_empty(void **state _unused_)
{
	int fd;

	if (not_root())
		skip();
	fd = get("/usr/lib", "/usr/lib", false);
	roots_clear(&roots);
	assert_int_equal(roots.n, 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	roots_clear(&roots);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, NULL, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_is_found),     TEST(what_differs_is_not_found),
		TEST(failures_are_not_kept), TEST(the_oldest_makes_room),
		TEST(cleared_is_empty),
	};

	return cmocka_run_group_tests_name("roots", tests, NULL, NULL);
}
