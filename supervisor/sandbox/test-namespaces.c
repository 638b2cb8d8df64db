/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces: the ids that exist, the mounts that are shown, the network that may be used again. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/namespaces.h"

static char top[32];

static bool not_root(void)
{
	if (geteuid() == 0)
		return false;
	print_message("# missing: root\n");
	return true;
}

static int setup(void **state _unused_)
{
	(void)snprintf(top, sizeof(top), "/tmp/assay-test-XXXXXX");
	return mkdtemp(top) == NULL ? -1 : 0;
}

static int entry_remove(const char *path, const struct stat *st _unused_, int kind _unused_,
			struct FTW *walk _unused_)
{
	return remove(path);
}

static int teardown(void **state _unused_)
{
	return nftw(top, entry_remove, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static const char *below(const char *name)
{
	static char path[4][64];
	static unsigned at;

	at = (at + 1) % 4;
	(void)snprintf(path[at], sizeof(path[at]), "%s/%s", top, name);
	return path[at];
}

static void file_make(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

/*
 * Runs `check` in a child that has entered the namespace; 0 is good, what else it returns is shown. Not by fork(3): a sanitizer starts
 * a thread in such a child, and the kernel lets no process with threads into a user namespace.
 */
static void check_inside(int fd, int type, int (*check)(void))
{
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	int status = -1;

	if (pid == 0)
		_exit(setns(fd, type) < 0 || (type == CLONE_NEWNS && chdir("/") < 0) ? 99 : check());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* --- networks --- */

/* A socket of the namespace, made by a visit. */
static int socket_in(const struct namespace_net *net, int family, int type)
{
	_cleanup_close_ int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int fd;

	assert_int_equal(setns(net->fd, CLONE_NEWNET), 0);
	fd = socket(family, type | SOCK_CLOEXEC, 0);
	assert_int_equal(setns(own, CLONE_NEWNET), 0);
	assert_true(fd >= 0);
	return fd;
}

static void a_socket_makes_it_unclean(void **state _unused_)
{
	static const struct {
		int family, type;
	} kinds[] = {{AF_UNIX, SOCK_STREAM},
		     {AF_INET, SOCK_STREAM},
		     {AF_INET, SOCK_DGRAM},
		     {AF_NETLINK, SOCK_RAW}};
	struct namespace_net net;

	if (not_root())
		skip();
	assert_int_equal(namespace_net_create(false, &net, NULL), 0);
	assert_true(namespace_net_clean(&net));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		int fd = socket_in(&net, kinds[i].family, kinds[i].type);

		assert_false(namespace_net_clean(&net));
		(void)close(fd);
	}
	for (int i = 0; i < 2000 && !namespace_net_clean(&net); i++)
		(void)usleep(1000); /* the kernel lets go of some a moment later */
	assert_true(namespace_net_clean(&net));
	namespace_net_close(&net);
}

/* Only where lo is up can something be sent to it. */
static int lo_answers(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr = {htonl(INADDR_LOOPBACK)},
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0;
}

static int nothing_answers(void)
{
	return !lo_answers();
}

static void loopback_is_never_clean(void **state _unused_)
{
	struct namespace_net net;

	if (not_root())
		skip();
	assert_int_equal(namespace_net_create(true, &net, NULL), 0);
	assert_true(net.loopback);
	assert_false(namespace_net_clean(&net));
	check_inside(net.fd, CLONE_NEWNET, lo_answers);
	namespace_net_close(&net);
	assert_false(namespace_net_clean(&net));
	namespace_net_close(&net);
}

static void we_stay_where_we_were(void **state _unused_)
{
	struct namespace_net net;
	struct stat before, after, its;

	if (not_root())
		skip();
	assert_int_equal(stat("/proc/thread-self/ns/net", &before), 0);
	assert_int_equal(namespace_net_create(false, &net, NULL), 0);
	assert_int_equal(stat("/proc/thread-self/ns/net", &after), 0);
	assert_int_equal(fstat(net.fd, &its), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_not_equal(before.st_ino, its.st_ino);
	check_inside(net.fd, CLONE_NEWNET, nothing_answers);
	namespace_net_close(&net);
}

/* --- roots --- */

static int root_make(const struct policy_mount *mounts, size_t n)
{
	struct fault fault = {0};
	int fd = namespace_root_create(mounts, n, &fault);

	if (fd < 0)
		fail_msg("%s: %s", fault.layer, fault.text);
	return fd;
}

static bool listed(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* How many entries of `path` are not among the names, or -1. */
static int unexpected_in(const char *path, const char *const *names)
{
	DIR *dir = opendir(path);
	int n = 0;

	if (dir == NULL)
		return -1;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		     !listed(entry->d_name, names);
	(void)closedir(dir);
	return n;
}

static int only_what_is_expected(void)
{
	static const char *const root[] = {"etc",   "dev",   "proc",   "sandbox", "var",
					   "work",  "tmp",   "bin",    "sbin",	  "lib",
					   "lib32", "lib64", "libx32", "shown",	  NULL};
	static const char *const etc[] = {"passwd", "group", "hosts", "nsswitch.conf", NULL};
	static const char *const dev[] = {"null", "zero",  "full",   "random", "urandom", "fd",
					  "shm",  "stdin", "stdout", "stderr", NULL};
	static const char *const var[] = {"tmp", NULL};
	static const char *const none[] = {NULL};

	if (unexpected_in("/", root) != 0)
		return 1;
	if (unexpected_in("/etc", etc) != 0 || unexpected_in("/dev", dev) != 0 ||
	    unexpected_in("/var", var) != 0)
		return 2;
	return unexpected_in("/proc", none) != 0 || unexpected_in("/sandbox", none) != 0 ? 3 : 0;
}

static int nothing_can_be_written(void)
{
	struct statvfs st;

	if (open("/etc/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0 || errno != EROFS)
		return 1;
	if (open("/shown/file", O_WRONLY | O_CLOEXEC) >= 0 || errno != EROFS)
		return 2;
	if (mkdir("/shown/new", 0700) == 0 || mkdir("/tmp/x", 0700) == 0 || chmod("/etc", 0) == 0)
		return 3;
	if (statvfs("/shown", &st) < 0 ||
	    (st.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV)) != (ST_RDONLY | ST_NOSUID | ST_NODEV))
		return 4;
	return statvfs("/", &st) < 0 ||
			       (st.f_flag & (ST_RDONLY | ST_NOSUID)) != (ST_RDONLY | ST_NOSUID) ?
		       5 :
		       0;
}

static int file_is_shown(void)
{
	char text[16];

	if (file_read(AT_FDCWD, "/shown/file", text, sizeof(text)) != 2)
		return 1;
	return strcmp(text, "it") != 0;
}

static void a_root_is_read_only(void **state _unused_)
{
	char source[64];
	struct policy_mount mount = {.source = source, .target = (char *)"/shown"};
	_cleanup_close_ int fd = -EBADF;

	if (not_root())
		skip();
	(void)snprintf(source, sizeof(source), "%s", below("source"));
	assert_int_equal(mkdir(source, 0755), 0);
	file_make(below("source/file"), "it");
	/* The new root is hung onto /tmp while it is built: a source below must be seen all the same. */
	fd = root_make(&mount, 1);
	check_inside(fd, CLONE_NEWNS, only_what_is_expected);
	check_inside(fd, CLONE_NEWNS, nothing_can_be_written);
	check_inside(fd, CLONE_NEWNS, file_is_shown);
	/* And nothing of it is seen from here. */
	assert_int_equal(access("/tmp/etc/nsswitch.conf", F_OK), -1);
}

/* Lines of /proc/self/mountinfo need /proc, which is mounted later: what is mounted is asked of each place. */
static int host_is_gone(void)
{
	static const char *const places[] = {"/root", "/home",	    "/usr/bin/env", "/run",
					     "/sys",  "/tmp/assay", "/../../root"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (access(places[i], F_OK) == 0)
			return (int)i + 1;
	return umount2("/", MNT_DETACH) == 0 && access("/root", F_OK) == 0 ? 50 : 0;
}

static void the_host_is_not_below(void **state _unused_)
{
	_cleanup_close_ int fd = -EBADF;

	if (not_root())
		skip();
	fd = root_make(NULL, 0);
	check_inside(fd, CLONE_NEWNS, host_is_gone);
}

static void missing_sources(void **state _unused_)
{
	struct policy_mount mount = {
		.source = (char *)"/no/such/source",
		.target = (char *)"/shown",
		.optional = true,
	};
	struct fault fault = {0};
	int fd;

	if (not_root())
		skip();
	fd = root_make(&mount, 1);
	(void)close(fd);
	mount.optional = false;
	assert_int_equal(namespace_root_create(&mount, 1, &fault), -ENOENT);
	assert_string_equal(fault.layer, "mounts");
	assert_non_null(strstr(fault.text, "/no/such/source"));
}

static int nested_is_inside(void)
{
	char text[16];

	/* RESOLVE_IN_ROOT: "/etc" of the link is the sandbox's own; nothing of the host's was touched. */
	return file_read(AT_FDCWD, "/shown/link/passwd", text, sizeof(text)) == 2 ||
			       access("/etc/passwd", F_OK) == 0 ?
		       0 :
		       1;
}

/* A mount on a path that leads through a link of a bound tree. */
static void targets_through_links_stay_inside(void **state _unused_)
{
	char tree[64], file[64];
	struct policy_mount mounts[] = {
		{.source = tree, .target = (char *)"/shown"},
		{.source = file, .target = (char *)"/shown/link/passwd"},
	};
	struct fault fault = {0};
	struct stat before, after;
	int fd;

	if (not_root())
		skip();
	(void)snprintf(tree, sizeof(tree), "%s", below("tree"));
	(void)snprintf(file, sizeof(file), "%s", below("file"));
	assert_int_equal(mkdir(tree, 0755), 0);
	assert_int_equal(symlink("/etc", below("tree/link")), 0);
	file_make(file, "it");
	assert_int_equal(stat("/etc/passwd", &before), 0);
	fd = namespace_root_create(mounts, ARRAY_SIZE(mounts), &fault);
	if (fd >= 0) {
		check_inside(fd, CLONE_NEWNS, nested_is_inside);
		(void)close(fd);
	}
	assert_int_equal(stat("/etc/passwd", &after), 0);
	assert_int_equal(before.st_dev, after.st_dev);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_mtime, after.st_mtime);
}

static int single_file(void)
{
	char text[16];

	return file_read(AT_FDCWD, "/deep/below/name", text, sizeof(text)) == 2 ? 0 : 1;
}

static void a_file_is_a_source_too(void **state _unused_)
{
	char file[64];
	struct policy_mount mount = {.source = file, .target = (char *)"/deep/below/name"};
	_cleanup_close_ int fd = -EBADF;

	if (not_root())
		skip();
	(void)snprintf(file, sizeof(file), "%s", below("file"));
	file_make(file, "it");
	fd = root_make(&mount, 1);
	check_inside(fd, CLONE_NEWNS, single_file);
}

/* --- where the libraries are --- */

/* Each text that is a path is that of a file which is there, or of a link that leads elsewhere; `wanted` ends one of them. 0: so it is. */
static int libraries_all_there(const char *wanted)
{
	_cleanup_free_ char *cache = NULL;
	size_t size = 0, paths = 0;
	bool found = false;
	struct stat st;

	if (file_read_whole(AT_FDCWD, "/etc/ld.so.cache", 1 << 20, &cache, &size) < 0)
		return 1;
	for (size_t at = 1; at < size; at++) {
		const char *path = cache + at, *name;

		/* Numbers come before the texts. */
		if (cache[at - 1] != '\0' || path[0] != '/' || strnlen(path, 6) < 6)
			continue;
		paths++;
		if (lstat(path, &st) < 0)
			return 2;
		name = strrchr(path, '/') + 1;
		found = found || strcmp(name, wanted) == 0;
	}
	return paths > 0 && found ? 0 : 3;
}

static int libraries_of_usr_lib(void)
{
	struct stat st;

	if (stat("/etc/ld.so.cache", &st) < 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & 07777) != 0444)
		return 4;
	return libraries_all_there("libc.so.6");
}

static int no_cache(void)
{
	return access("/etc/ld.so.cache", F_OK) == 0 || errno != ENOENT;
}

/* Those that the sandbox shows, and no names of others. */
static void libraries_that_are_shown(void **state _unused_)
{
	struct policy_mount mounts[] = {
		{.source = (char *)"/usr/lib", .target = (char *)"/usr/lib"},
		{.source = (char *)"/usr/lib64", .target = (char *)"/usr/lib64", .optional = true},
	};
	_cleanup_close_ int fd = -EBADF;

	if (not_root())
		skip();
	if (access("/etc/ld.so.cache", F_OK) < 0)
		skip();
	fd = root_make(mounts, ARRAY_SIZE(mounts));
	check_inside(fd, CLONE_NEWNS, libraries_of_usr_lib);
}

/* Elsewhere than on the host they are not found by the host's paths; and what a policy shows in their place is not the host's. */
static void libraries_that_are_not_shown(void **state _unused_)
{
	struct policy_mount elsewhere = {.source = (char *)"/usr/lib", .target = (char *)"/usr/own"};
	struct policy_mount other = {.source = (char *)"/usr/share", .target = (char *)"/usr/lib"};
	_cleanup_close_ int fd = -EBADF, other_fd = -EBADF;

	if (not_root())
		skip();
	fd = root_make(&elsewhere, 1);
	check_inside(fd, CLONE_NEWNS, no_cache);
	other_fd = root_make(&other, 1);
	check_inside(other_fd, CLONE_NEWNS, no_cache);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_makes_it_unclean),
		cmocka_unit_test(loopback_is_never_clean),
		cmocka_unit_test(we_stay_where_we_were),
		TEST(a_root_is_read_only),
		cmocka_unit_test(the_host_is_not_below),
		cmocka_unit_test(missing_sources),
		TEST(targets_through_links_stay_inside),
		TEST(a_file_is_a_source_too),
		cmocka_unit_test(libraries_that_are_shown),
		cmocka_unit_test(libraries_that_are_not_shown),
	};

	return cmocka_run_group_tests_name("namespaces", tests, NULL, NULL);
}
