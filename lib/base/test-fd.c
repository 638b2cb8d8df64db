/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: ownership, seals that hold against their own maker, and transfers that a signal interrupts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"

static int temp_file(const void *data, size_t size)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, data, size), 0);
	return fd;
}

static void assert_holds(int fd, const void *data, size_t size)
{
	char buffer[256];

	assert_true(size < sizeof(buffer));
	assert_int_equal(fd_read_full(fd, buffer, sizeof(buffer)), size);
	assert_memory_equal(buffer, data, size);
}

static void close_keeps_errno_and_empties(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	errno = ENOTTY;
	assert_int_equal(fd_close(fd), -EBADF);
	assert_int_equal(fd_close(-EBADF), -EBADF);
	assert_int_equal(fd_close(fd), -EBADF); /* already closed: still no errno of its own */
	assert_int_equal(errno, ENOTTY);
}

static void take_leaves_nothing(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), taken;

	taken = TAKE_FD(fd);
	assert_int_equal(fd, -EBADF);
	assert_true(fcntl(taken, F_GETFD) & FD_CLOEXEC);
	(void)fd_close(taken);
}

static void sealed_memfd_holds_bytes_with_nul(void **state)
{
	const char data[] = "a\0b\n";
	_cleanup_close_ int fd = fd_sealed_memfd("x", data, sizeof(data));

	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	assert_holds(fd, data, sizeof(data));
}

static void sealed_memfd_may_be_empty(void **state)
{
	_cleanup_close_ int fd = fd_sealed_memfd("empty", NULL, 0);

	assert_true(fd >= 0);
	assert_holds(fd, "", 0);
}

static void sealed_memfd_cannot_be_changed(void **state)
{
	_cleanup_close_ int fd = fd_sealed_memfd("x", "secret", 6);
	_cleanup_close_ int again = -EBADF;
	char path[64];

	assert_int_equal(write(fd, "y", 1), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 100), -1);
	assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 6), -1);
	assert_ptr_equal(mmap(NULL, 6, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), -1); /* sealed against more seals */

	/* Reopening gives a new description of the same inode, and the inode is what is sealed. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	if (again >= 0)
		assert_int_equal(pwrite(again, "y", 1, 0), -1);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_holds(fd, "secret", 6);
}

static void sealed_memfd_cuts_long_names(void **state)
{
	_cleanup_close_ int fd = -EBADF;
	char name[1001];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	fd = fd_sealed_memfd(name, "x", 1);
	assert_true(fd >= 0);
}

static void sealed_copy_starts_at_the_start(void **state)
{
	_cleanup_close_ int source = temp_file("hello", 5);
	_cleanup_close_ int copy = fd_sealed_copy("c", source, 5);

	assert_true(copy >= 0); /* the source's offset stands at its end */
	assert_int_equal(lseek(source, 0, SEEK_CUR), 5);
	assert_int_equal(pwrite(source, "J", 1, 0), 1);
	assert_holds(copy, "hello", 5);
	assert_int_equal(write(copy, "y", 1), -1);
}

static void sealed_copy_of_many_chunks(void **state)
{
	const size_t size = 1000003;
	_cleanup_free_ char *data = malloc(size), *back = malloc(size);
	_cleanup_close_ int source = -EBADF, copy = -EBADF;

	assert_non_null(data);
	assert_non_null(back);
	for (size_t i = 0; i < size; i++)
		data[i] = (char)(i * 2654435761U >> 13);
	source = temp_file(data, size);
	copy = fd_sealed_copy("c", source, UINT64_MAX);
	assert_int_equal(fd_read_full(copy, back, size), size);
	assert_memory_equal(data, back, size);
}

static void sealed_copy_counts_exactly(void **state)
{
	_cleanup_close_ int source = temp_file("hello", 5);
	_cleanup_close_ int empty = temp_file("", 0);
	_cleanup_close_ int nothing = fd_sealed_copy("c", empty, 0);

	assert_int_equal(fd_sealed_copy("c", source, 4), -EFBIG);
	assert_int_equal(fd_sealed_copy("c", source, 0), -EFBIG);
	assert_true(nothing >= 0);
}

static void sealed_copy_of_a_huge_hole_is_refused_unread(void **state)
{
	_cleanup_close_ int source = temp_file("", 0);

	assert_int_equal(ftruncate(source, INT64_C(1) << 40), 0);
	assert_int_equal(fd_sealed_copy("c", source, 1 << 20), -EFBIG);
}

static void sealed_copy_counts_where_stat_says_0(void **state)
{
	_cleanup_close_ int source = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int copy = fd_sealed_copy("c", source, 1 << 20);

	assert_true(copy >= 0);
	assert_true(lseek(copy, 0, SEEK_END) > 100);
	assert_int_equal(fd_sealed_copy("c", source, 10), -EFBIG);
}

static void sealed_copy_refuses_what_is_no_file(void **state)
{
	_cleanup_close_ int dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int in = -EBADF, out = -EBADF;

	assert_int_equal(fd_pipe(&in, &out), 0);
	assert_int_equal(fd_sealed_copy("c", dir, 10), -EINVAL);
	assert_int_equal(fd_sealed_copy("c", zero, 10), -EINVAL);
	assert_int_equal(fd_sealed_copy("c", in, 10), -EINVAL);
	assert_int_equal(fd_sealed_copy("c", -1, 10), -EBADF);
}

static void on_alarm(int signal_number)
{
}

/* A timer that interrupts every call of the test a thousand times a second, without SA_RESTART. */
static void interrupt_every_ms(bool on)
{
	const struct sigaction action = {.sa_handler = on_alarm};
	const struct itimerval timer = {{0, on ? 1000 : 0}, {0, on ? 1000 : 0}};

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void transfers_go_on_after_signals(void **state)
{
	const size_t size = 1 << 20;
	_cleanup_free_ char *data = calloc(1, size), *back = malloc(size);
	_cleanup_close_ int in = -EBADF, out = -EBADF;
	pid_t child;

	assert_int_equal(fd_pipe(&in, &out), 0);
	data[size - 1] = 'x';
	child = fork();
	if (child == 0) {
		(void)usleep(20000);
		_exit(fd_write_all(out, data, size) == 0 ? 0 : 1);
	}
	out = fd_close(out);
	interrupt_every_ms(true);
	assert_int_equal(fd_read_full(in, back, size),
			 size); /* the pipe holds 64K: many short reads */
	interrupt_every_ms(false);
	assert_memory_equal(data, back, size);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void readable_is_told_in_time(void **state)
{
	int in, out;

	(void)state;
	assert_int_equal(fd_pipe(&in, &out), 0);
	assert_false(fd_readable_within(in, 0));
	interrupt_every_ms(true);
	assert_false(fd_readable_within(out, 20)); /* a writing end never is */
	interrupt_every_ms(false);
	assert_int_equal(write(out, "x", 1), 1);
	assert_true(fd_readable_within(in, 0));
	(void)fd_close(in);
	(void)fd_close(out);
}

static void what_is_there_now_is_told(void **state)
{
	uint64_t end = clock_now_ns(CLOCK_MONOTONIC) + 20 * NSEC_PER_MSEC;
	struct pollfd pfd = {.events = POLLIN};
	int out = -EBADF;

	assert_int_equal(fd_pipe(&pfd.fd, &out), 0);
	interrupt_every_ms(true);
	while (clock_now_ns(CLOCK_MONOTONIC) < end)
		assert_int_equal(fd_poll_now(&pfd, 1), 0);
	interrupt_every_ms(false);
	assert_int_equal(write(out, "x", 1), 1);
	assert_int_equal(fd_poll_now(&pfd, 1), 1);
	assert_int_equal(pfd.revents, POLLIN);
	(void)fd_close(pfd.fd);
	(void)fd_close(out);
}

static void write_says_when_nobody_reads(void **state)
{
	int in = -EBADF;
	_cleanup_close_ int out = -EBADF;

	assert_int_equal(fd_pipe(&in, &out), 0);
	(void)signal(SIGPIPE, SIG_IGN);
	in = fd_close(in);
	assert_int_equal(fd_write_all(out, "x", 1), -EPIPE);
	(void)signal(SIGPIPE, SIG_DFL);
}

static void write_says_when_a_pipe_is_full(void **state)
{
	_cleanup_free_ char *data = calloc(1, 1 << 20);
	_cleanup_close_ int in = -EBADF, out = -EBADF;

	assert_int_equal(fd_pipe(&in, &out), 0);
	assert_int_equal(fcntl(out, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fd_write_all(out, data, 1 << 20), -EAGAIN);
}

static void reads_end_at_the_end(void **state)
{
	_cleanup_close_ int fd = temp_file("hello", 5);
	char buffer[10];

	assert_int_equal(fd_pread_full(fd, buffer, 10, 2), 3);
	assert_memory_equal(buffer, "llo", 3);
	assert_int_equal(fd_pread_full(fd, buffer, 10, 5), 0);
	assert_int_equal(fd_pread_full(fd, buffer, 10, INT64_MAX - 10), 0);
	assert_int_equal(fd_pread_full(fd, buffer, 10, UINT64_MAX), -EOVERFLOW);
	assert_int_equal(fd_pread_full(fd, buffer, 0, 0), 0);
	assert_int_equal(fd_read_full(fd, buffer, 10), 0);
	assert_int_equal(fd_read_full(-1, buffer, 1), -EBADF);
}

static void limit_is_raised_as_far_as_allowed(void **state)
{
	struct rlimit before, after;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(fd_limit_raise(3), 0);
	assert_int_equal(fd_limit_raise(before.rlim_max), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &after), 0);
	assert_int_equal(after.rlim_cur, before.rlim_max);
	if (before.rlim_max != RLIM_INFINITY)
		assert_int_equal(fd_limit_raise(before.rlim_max + 1), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void kinds_have_names(void **state)
{
	assert_string_equal(fd_kind_name(S_IFREG | 0644), "a regular file");
	assert_string_equal(fd_kind_name(S_IFDIR | 0755), "a directory");
	assert_string_equal(fd_kind_name(S_IFBLK), fd_kind_name(S_IFCHR));
	assert_string_equal(fd_kind_name(S_IFLNK), "no regular file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(close_keeps_errno_and_empties),
		cmocka_unit_test(take_leaves_nothing),
		cmocka_unit_test(sealed_memfd_holds_bytes_with_nul),
		cmocka_unit_test(sealed_memfd_may_be_empty),
		cmocka_unit_test(sealed_memfd_cannot_be_changed),
		cmocka_unit_test(sealed_memfd_cuts_long_names),
		cmocka_unit_test(sealed_copy_starts_at_the_start),
		cmocka_unit_test(sealed_copy_of_many_chunks),
		cmocka_unit_test(sealed_copy_counts_exactly),
		cmocka_unit_test(sealed_copy_of_a_huge_hole_is_refused_unread),
		cmocka_unit_test(sealed_copy_counts_where_stat_says_0),
		cmocka_unit_test(sealed_copy_refuses_what_is_no_file),
		cmocka_unit_test(transfers_go_on_after_signals),
		cmocka_unit_test(readable_is_told_in_time),
		cmocka_unit_test(what_is_there_now_is_told),
		cmocka_unit_test(write_says_when_nobody_reads),
		cmocka_unit_test(write_says_when_a_pipe_is_full),
		cmocka_unit_test(reads_end_at_the_end),
		cmocka_unit_test(kinds_have_names),
		cmocka_unit_test(limit_is_raised_as_far_as_allowed),
	};

	return cmocka_run_group_tests_name("fd", tests, NULL, NULL);
}
