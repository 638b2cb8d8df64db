/* SPDX-License-Identifier: Apache-2.0 */
/* Scratches: their size and their number of files are the kernel's to keep, their owner is the submission. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/scratch.h"

enum { OWNER = 0x70000000 + 1000, PAGE = 4096 };

static bool not_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# missing: root\n");
	return true;
}

static int scratch_make(uint64_t bytes, uint64_t inodes)
{
	struct fault fault = {0};
	int fd = scratch_create(bytes, inodes, OWNER, OWNER, &fault);

	if (fd < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
	return fd;
}

static void three_directories(void **state _unused_)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;

	if (not_root())
		skip();
	fd = scratch_make(1 << 20, 16);
	assert_int_equal(fstatat(fd, "work", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_int_equal(st.st_uid, OWNER);
	assert_int_equal(st.st_gid, OWNER);
	assert_int_equal(fstatat(fd, "tmp", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 01777);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(fstatat(fd, "shm", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 01777);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_int_equal(st.st_uid, 0);
}

static void nosuid_and_nodev(void **state _unused_)
{
	_cleanup_close_ int fd = -EBADF;
	struct statvfs st;

	if (not_root())
		skip();
	fd = scratch_make(1 << 20, 16);
	assert_int_equal(fstatvfs(fd, &st), 0);
	assert_true(st.f_flag & ST_NOSUID);
	assert_true(st.f_flag & ST_NODEV);
	assert_false(st.f_flag & ST_RDONLY);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void the_size_holds(void **state _unused_)
{
	_cleanup_close_ int fd = -EBADF, file = -EBADF;
	static const char page[PAGE];
	int n = 0;

	if (not_root())
		skip();
	fd = scratch_make((uint64_t)16 * PAGE, 16);
	file = openat(fd, "tmp/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (n < 1000 && write(file, page, sizeof(page)) == PAGE)
		n++;
	assert_int_equal(errno, ENOSPC);
	assert_true(n > 0 && n <= 16);
}

/* Links count like files: they cannot be made without end. */
static void the_number_of_files_holds(void **state _unused_)
{
	_cleanup_close_ int fd = -EBADF;
	int n = 0;

	if (not_root())
		skip();
	fd = scratch_make(1 << 20, 10);
	for (; n < 100; n++) {
		char name[16];
		_cleanup_close_ int file = -EBADF;

		(void)snprintf(name, sizeof(name), "tmp/%d", n);
		file = openat(fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (file < 0)
			break;
	}
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(n, 10);
	assert_int_equal(linkat(fd, "tmp/0", fd, "tmp/link", 0), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(mkdirat(fd, "shm/d", 0700), -1);
}

static void usage(void **state _unused_)
{
	_cleanup_close_ int fd = -EBADF, file = -EBADF;
	static const char data[3 * PAGE];
	uint64_t bytes, inodes, empty_inodes;

	if (not_root())
		skip();
	fd = scratch_make(1 << 20, 16);
	assert_int_equal(scratch_usage(fd, &bytes, &empty_inodes), 0);
	assert_int_equal(bytes, 0);
	file = openat(fd, "work/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(fd_write_all(file, data, sizeof(data)), 0);
	assert_int_equal(scratch_usage(fd, &bytes, &inodes), 0);
	assert_int_equal(bytes, sizeof(data));
	assert_int_equal(inodes, empty_inodes + 1);
	assert_int_equal(scratch_usage(-EBADF, &bytes, &inodes), -EBADF);
}

static int put(int scratch, const char *name, const char *text)
{
	_cleanup_close_ int data = fd_sealed_memfd("data", text, strlen(text));

	return scratch_file_put(scratch, name, data, strlen(text), 0755, OWNER, OWNER);
}

static void files_are_put(void **state _unused_)
{
	_cleanup_close_ int fd = -EBADF, work = -EBADF, file = -EBADF;
	char text[16] = {0};
	struct stat st;

	if (not_root())
		skip();
	fd = scratch_make(1 << 20, 16);
	work = scratch_work_open(fd);
	assert_int_equal(put(fd, "a.c", "int main;"), 0);
	assert_int_equal(fstatat(fd, "work/a.c", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0755);
	assert_int_equal(st.st_uid, OWNER);
	file = openat(work, "a.c", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fd_read_full(file, text, sizeof(text)), 9);
	assert_string_equal(text, "int main;");
	assert_int_equal(put(fd, "empty", ""), 0);
}

static void names(void **state _unused_)
{
	static const char *const good[] = {"-rf", "a b", "*", "...", "\xc3\xa4"};
	_cleanup_close_ int fd = -EBADF, work = -EBADF;
	char longest[257];

	if (not_root())
		skip();
	fd = scratch_make(1 << 20, 64);
	work = scratch_work_open(fd);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(put(fd, good[i], "x"), 0);
	assert_int_equal(put(fd, good[0], "y"), -EEXIST);
	memset(longest, 'n', sizeof(longest));
	longest[256] = '\0';
	assert_int_equal(put(fd, longest, "x"), -ENAMETOOLONG);
	longest[255] = '\0';
	assert_int_equal(put(fd, longest, "x"), 0);
	/* A link is never written through. */
	assert_int_equal(symlinkat("../tmp/victim", work, "link"), 0);
	assert_int_equal(put(fd, "link", "x"), -EEXIST);
	assert_int_equal(faccessat(fd, "tmp/victim", F_OK, 0), -1);
}

static void shorter_than_said(void **state _unused_)
{
	_cleanup_close_ int fd = -EBADF, data = -EBADF;

	if (not_root())
		skip();
	fd = scratch_make(1 << 20, 16);
	data = fd_sealed_memfd("data", "123", 3);
	assert_int_equal(scratch_file_put(fd, "a", data, 4, 0644, OWNER, OWNER), -EIO);
}

static void no_room_for_a_file(void **state _unused_)
{
	_cleanup_close_ int fd = -EBADF, data = -EBADF;
	static const char text[64 * PAGE];

	if (not_root())
		skip();
	fd = scratch_make((uint64_t)8 * PAGE, 16);
	data = fd_sealed_memfd("data", text, sizeof(text));
	assert_int_equal(scratch_file_put(fd, "a", data, sizeof(text), 0644, OWNER, OWNER), -ENOSPC);
}

/* "work" that was exchanged for a link leads nowhere. */
static void a_work_directory_that_is_a_link(void **state _unused_)
{
	_cleanup_close_ int fd = -EBADF;
	int work;

	if (not_root())
		skip();
	fd = scratch_make(1 << 20, 16);
	assert_int_equal(unlinkat(fd, "work", AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("/etc", fd, "work"), 0);
	work = scratch_work_open(fd);
	assert_true(work == -ELOOP || work == -ENOTDIR);
	assert_int_equal(put(fd, "a", "x"), -ELOOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_directories),
		cmocka_unit_test(nosuid_and_nodev),
		cmocka_unit_test(the_size_holds),
		cmocka_unit_test(the_number_of_files_holds),
		cmocka_unit_test(usage),
		cmocka_unit_test(files_are_put),
		cmocka_unit_test(names),
		cmocka_unit_test(shorter_than_said),
		cmocka_unit_test(no_room_for_a_file),
		cmocka_unit_test(a_work_directory_that_is_a_link),
	};

	return cmocka_run_group_tests_name("scratch", tests, NULL, NULL);
}
