/* SPDX-License-Identifier: Apache-2.0 */
/* Copying a hostile tree: what is kept, what is left out, where it ends. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/sandbox.h"
#include "lib/base/fd.h"

enum { OWNER = 12345, DEPTH_MAX = 40 };

/* Two directories, of a temporary one that goes with them. */
struct place {
	char top[32], source[64], target[64];
	int from, to;
};

static struct place place;

static int entry_remove(const char *path, const struct stat *st _unused_, int type _unused_,
			struct FTW *ftw _unused_)
{
	return remove(path);
}

static int teardown(void **state _unused_)
{
	place.from = fd_close(place.from);
	place.to = fd_close(place.to);
	(void)umount2(place.target, MNT_DETACH);
	return nftw(place.top, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static int directory_open(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int setup(void **state _unused_)
{
	(void)snprintf(place.top, sizeof(place.top), "/tmp/assay-test-XXXXXX");
	if (mkdtemp(place.top) == NULL)
		return -1;
	(void)snprintf(place.source, sizeof(place.source), "%s/source", place.top);
	(void)snprintf(place.target, sizeof(place.target), "%s/target", place.top);
	if (mkdir(place.source, 0755) < 0 || mkdir(place.target, 0755) < 0)
		return -1;
	place.from = directory_open(place.source);
	place.to = directory_open(place.target);
	return place.from < 0 || place.to < 0 ? -1 : 0;
}

static bool not_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# missing: root\n");
	return true;
}

static int copy(void)
{
	return stage_copy(place.from, place.target, OWNER, OWNER + 1);
}

static void file_put(int dir, const char *name, const void *data, size_t size, mode_t mode)
{
	_cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, data, size), 0);
	assert_int_equal(fchmod(fd, mode), 0);
}

static struct stat entry_stat(const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(place.to, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static bool missing(const char *name)
{
	struct stat st;

	return fstatat(place.to, name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

static void assert_owned(const struct stat *st)
{
	assert_int_equal(st->st_uid, OWNER);
	assert_int_equal(st->st_gid, OWNER + 1);
}

static void files_and_modes(void **state _unused_)
{
	struct stat st;
	char text[8] = {0};
	_cleanup_close_ int fd = -EBADF;

	if (not_root())
		skip();
	file_put(place.from, "plain", "hello", 5, 0640);
	file_put(place.from, "setuid", "x", 1, 06755);
	file_put(place.from, "none", "", 0, 0);
	assert_int_equal(mkdirat(place.from, "dir", 01777), 0);
	assert_int_equal(fchmodat(place.from, "dir", 03711, 0), 0);
	file_put(place.from, "dir/below", "y", 1, 0600);
	assert_int_equal(copy(), 0);
	st = entry_stat("plain");
	assert_owned(&st);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(entry_stat("setuid").st_mode, S_IFREG | 0755);
	assert_int_equal(entry_stat("none").st_mode, S_IFREG);
	st = entry_stat("dir");
	assert_owned(&st);
	assert_int_equal(st.st_mode, S_IFDIR | 0711);
	assert_int_equal(entry_stat("dir/below").st_size, 1);
	fd = openat(place.to, "plain", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fd_read_full(fd, text, sizeof(text)), 5);
	assert_string_equal(text, "hello");
}

static void links_stay_links(void **state _unused_)
{
	static const char *const targets[] = {
		"/etc/shadow", "..", ".", "loop", "nowhere", "/", "/proc/self/root/etc"};
	char name[16], text[PATH_MAX];

	if (not_root())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		(void)snprintf(name, sizeof(name), "link%zu", i);
		assert_int_equal(symlinkat(targets[i], place.from, name), 0);
	}
	assert_int_equal(copy(), 0);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		struct stat st;
		ssize_t n;

		(void)snprintf(name, sizeof(name), "link%zu", i);
		st = entry_stat(name);
		assert_true(S_ISLNK(st.st_mode));
		assert_owned(&st);
		n = readlinkat(place.to, name, text, sizeof(text) - 1);
		assert_true(n > 0);
		text[n] = '\0';
		assert_string_equal(text, targets[i]);
	}
}

static void the_longest_link(void **state _unused_)
{
	char text[PATH_MAX], back[PATH_MAX];

	if (not_root())
		skip();
	memset(text, 'a', sizeof(text));
	text[PATH_MAX - 1] = '\0';
	if (symlinkat(text, place.from, "long") < 0) { /* what the file system allows */
		text[1023] = '\0';
		assert_int_equal(symlinkat(text, place.from, "long"), 0);
	}
	assert_int_equal(copy(), 0);
	assert_int_equal(readlinkat(place.to, "long", back, sizeof(back)), strlen(text));
	assert_memory_equal(back, text, strlen(text));
}

static void special_files_are_left_out(void **state _unused_)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (not_root())
		skip();
	assert_int_equal(mknodat(place.from, "fifo", S_IFIFO | 0666, 0), 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", place.source);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	(void)mknodat(place.from, "device", S_IFCHR | 0666, makedev(1, 3)); /* where it is allowed */
	file_put(place.from, "z-last", "x", 1, 0644);
	assert_int_equal(copy(), 0);
	assert_true(missing("fifo"));
	assert_true(missing("socket"));
	assert_true(missing("device"));
	assert_false(missing("z-last"));
}

static void holes_stay_holes(void **state _unused_)
{
	enum { HOLE = 64 << 20 };
	_cleanup_close_ int fd = openat(place.from, "sparse", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	_cleanup_close_ int copied = -EBADF;
	char byte = 0;
	struct stat st;

	if (not_root())
		skip();
	assert_int_equal(pwrite(fd, "m", 1, HOLE), 1);
	assert_int_equal(ftruncate(fd, 2 * (off_t)HOLE), 0);
	assert_int_equal(mount("none", place.target, "tmpfs", 0, "size=1m"), 0);
	assert_int_equal(copy(), 0);
	copied = directory_open(place.target);
	assert_int_equal(fstatat(copied, "sparse", &st, 0), 0);
	assert_int_equal(st.st_size, 2 * (off_t)HOLE);
	assert_true(st.st_blocks * 512 <= 65536);
	(void)fd_close(fd);
	fd = openat(copied, "sparse", O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, HOLE), 1);
	assert_int_equal(byte, 'm');
	assert_int_equal(pread(fd, &byte, 1, HOLE - 1), 1);
	assert_int_equal(byte, 0);
}

/* Directories `levels` deep below the source; the innermost holds a file. */
static void deep_make(int levels)
{
	int at = dup(place.from);

	for (int i = 0; i < levels; i++) {
		int next;

		assert_int_equal(mkdirat(at, "d", 0755), 0);
		next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		(void)close(at);
		at = next;
	}
	file_put(at, "file", "x", 1, 0644);
	(void)close(at);
}

static void as_deep_as_allowed(void **state _unused_)
{
	char path[2 * DEPTH_MAX + 8], *end = path;

	if (not_root())
		skip();
	deep_make(DEPTH_MAX);
	assert_int_equal(copy(), 0);
	for (int i = 0; i < DEPTH_MAX; i++)
		end = stpcpy(end, "d/");
	(void)stpcpy(end, "file");
	assert_false(missing(path));
}

static void deeper(void **state _unused_)
{
	if (not_root())
		skip();
	deep_make(DEPTH_MAX + 1);
	assert_int_equal(copy(), -ELOOP);
}

static void no_room(void **state _unused_)
{
	static char block[300000];

	if (not_root())
		skip();
	memset(block, 'x', sizeof(block));
	file_put(place.from, "large", block, sizeof(block), 0644);
	assert_int_equal(mount("none", place.target, "tmpfs", 0, "size=128k"), 0);
	assert_int_equal(copy(), -ENOSPC);
}

static void no_inodes(void **state _unused_)
{
	char name[16];

	if (not_root())
		skip();
	for (int i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "f%d", i);
		file_put(place.from, name, "", 0, 0644);
	}
	assert_int_equal(mount("none", place.target, "tmpfs", 0, "size=1m,nr_inodes=10"), 0);
	assert_int_equal(copy(), -ENOSPC);
}

/* Links of one file become files of their own: they may be changed apart. */
static void hard_links(void **state _unused_)
{
	if (not_root())
		skip();
	file_put(place.from, "a", "same", 4, 0644);
	assert_int_equal(linkat(place.from, "a", place.from, "b", 0), 0);
	assert_int_equal(copy(), 0);
	assert_int_equal(entry_stat("a").st_nlink, 1);
	assert_int_equal(entry_stat("b").st_nlink, 1);
	assert_int_equal(entry_stat("b").st_size, 4);
}

static void odd_names(void **state _unused_)
{
	static const char *const names[] = {
		"-rf", "a b",	  "new\nline", "\x01\x7f", "\xff\xfe",
		"...", ".hidden", "*",	       "$(x)",	   "\\",
	};
	char longest[NAME_MAX + 1];

	if (not_root())
		skip();
	memset(longest, 'n', NAME_MAX);
	longest[NAME_MAX] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		file_put(place.from, names[i], "x", 1, 0644);
	assert_int_equal(mkdirat(place.from, longest, 0755), 0);
	assert_int_equal(copy(), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(entry_stat(names[i]).st_size, 1);
	assert_true(S_ISDIR(entry_stat(longest).st_mode));
}

/* More entries than one buffer of getdents64 holds. */
static void many_entries(void **state _unused_)
{
	enum { N = 2000 };
	char name[32];

	if (not_root())
		skip();
	for (int i = 0; i < N; i++) {
		(void)snprintf(name, sizeof(name), "file-number-%d", i);
		file_put(place.from, name, "", 0, 0644);
	}
	assert_int_equal(copy(), 0);
	for (int i = 0; i < N; i++) {
		(void)snprintf(name, sizeof(name), "file-number-%d", i);
		assert_false(missing(name));
	}
}

/* The caller's descriptor is read by every step: where it stands must not change. */
static void twice_from_one_descriptor(void **state _unused_)
{
	if (not_root())
		skip();
	file_put(place.from, "a", "x", 1, 0644);
	assert_int_equal(copy(), 0);
	assert_int_equal(unlinkat(place.to, "a", 0), 0);
	assert_int_equal(copy(), 0);
	assert_false(missing("a"));
}

/* What is there already is never written through. */
static void targets_that_exist(void **state _unused_)
{
	struct stat st;

	if (not_root())
		skip();
	file_put(place.from, "victim", "x", 1, 0644);
	assert_int_equal(symlinkat("../outside", place.to, "victim"), 0);
	assert_int_equal(copy(), -EEXIST);
	assert_int_equal(fstatat(place.from, "../outside", &st, 0), -1);
}

static void errors_of_the_caller(void **state _unused_)
{
	if (not_root())
		skip();
	assert_int_equal(stage_copy(-EBADF, place.target, 0, 0), -EBADF);
	assert_int_equal(stage_copy(place.from, "/no/such/place", 0, 0), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_and_modes),
		TEST(links_stay_links),
		TEST(the_longest_link),
		TEST(special_files_are_left_out),
		TEST(holes_stay_holes),
		TEST(as_deep_as_allowed),
		TEST(deeper),
		TEST(no_room),
		TEST(no_inodes),
		TEST(hard_links),
		TEST(odd_names),
		TEST(many_entries),
		TEST(twice_from_one_descriptor),
		TEST(targets_that_exist),
		TEST(errors_of_the_caller),
	};

	return cmocka_run_group_tests_name("stage", tests, NULL, NULL);
}
