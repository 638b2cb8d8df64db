/* SPDX-License-Identifier: Apache-2.0 */
/* Output streams: exact at the limit, bounded in one call, whole at the end. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/capture.h"

enum { LIMIT = 1000, MIB = 1 << 20, ALARM_SECONDS = 30 };

static void bytes_write(int fd, size_t n)
{
	char block[4096];

	memset(block, 'x', sizeof(block));
	while (n > 0) {
		size_t part = MIN(n, sizeof(block));

		assert_int_equal(fd_write_all(fd, block, part), 0);
		n -= part;
	}
}

static int drain_all(struct capture *capture)
{
	uint64_t before;
	int r;

	do {
		before = capture->bytes;
		r = capture_drain(capture);
	} while (r > 0 && capture->bytes > before);
	return r;
}

static void assert_kept(int fd, uint64_t size)
{
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, size);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	assert_int_equal(fcntl(fd, F_GET_SEALS),
			 F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void limit_check(size_t n, int expected, bool over)
{
	struct capture capture;
	_cleanup_close_ int kept = -EBADF;
	int write_fd;

	assert_int_equal(capture_open(LIMIT, &capture, &write_fd), 0);
	bytes_write(write_fd, n);
	(void)close(write_fd);
	assert_int_equal(drain_all(&capture), expected);
	assert_int_equal(capture.over, over);
	assert_int_equal(capture.bytes, MIN(n, (size_t)LIMIT));
	assert_int_equal(capture_take(&capture, &kept), 0);
	assert_kept(kept, MIN(n, (size_t)LIMIT));
	assert_int_equal(capture.pipe_fd, -EBADF);
	assert_int_equal(capture.memfd, -EBADF);
}

static void exact_at_the_limit(void **state _unused_)
{
	limit_check(LIMIT - 1, 0, false);
	limit_check(LIMIT, 0, false);
	limit_check(LIMIT + 1, -EMSGSIZE, true);
	limit_check((size_t)10 * LIMIT, -EMSGSIZE, true);
}

/* While the writer lives, a full stream is not over its limit; the byte after it is, and it stays so. */
static void one_more_byte_later(void **state _unused_)
{
	struct capture capture;
	int write_fd;

	assert_int_equal(capture_open(LIMIT, &capture, &write_fd), 0);
	assert_int_equal(capture_drain(&capture), 1);
	bytes_write(write_fd, LIMIT);
	assert_int_equal(capture_drain(&capture), 1);
	assert_int_equal(capture_drain(&capture), 1);
	assert_false(capture.over);
	bytes_write(write_fd, 1);
	assert_int_equal(capture_drain(&capture), -EMSGSIZE);
	assert_true(capture.over);
	(void)close(write_fd);
	assert_int_equal(capture_drain(&capture), -EMSGSIZE);
	assert_int_equal(capture.bytes, LIMIT);
	capture_close(&capture);
}

/* A memfd that somebody can still write through a mapping cannot be sealed: what was written is lost, and not empty. */
static void it_cannot_be_sealed(void **state _unused_)
{
	struct capture capture;
	int write_fd, kept = 0;
	void *mapping;

	assert_int_equal(capture_open(LIMIT, &capture, &write_fd), 0);
	assert_int_equal(write(write_fd, "text", 4), 4);
	(void)close(write_fd);
	assert_int_equal(capture_drain(&capture), 0);
	mapping = mmap(NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED, capture.memfd, 0);
	assert_ptr_not_equal(mapping, MAP_FAILED);
	assert_int_equal(capture_take(&capture, &kept), -EBUSY);
	assert_int_equal(kept, -EBADF);
	assert_int_equal(capture.memfd, -EBADF);
	(void)munmap(mapping, 4);
}

static void nothing_at_all(void **state _unused_)
{
	struct capture capture;
	int write_fd, kept;

	assert_int_equal(capture_open(LIMIT, &capture, &write_fd), 0);
	assert_int_equal(capture_drain(&capture), 1);
	(void)close(write_fd);
	assert_int_equal(capture_drain(&capture), 0);
	assert_int_equal(capture_take(&capture, &kept), 0);
	assert_int_equal(kept, -EBADF);
	assert_int_equal(capture_drain(&capture), 0);
	capture_close(&capture);
}

static void content_in_order(void **state _unused_)
{
	static const char parts[][8] = {"one ", "two ", "three"};
	struct capture capture;
	_cleanup_close_ int kept = -EBADF;
	char text[32] = {0};
	int write_fd;

	assert_int_equal(capture_open(UINT64_MAX, &capture, &write_fd), 0);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		assert_int_equal(fd_write_all(write_fd, parts[i], strlen(parts[i])), 0);
		assert_int_equal(capture_drain(&capture), 1);
	}
	(void)close(write_fd);
	assert_int_equal(capture_drain(&capture), 0);
	assert_int_equal(capture_take(&capture, &kept), 0);
	assert_kept(kept, 13);
	assert_int_equal(fd_read_full(kept, text, sizeof(text)), 13);
	assert_string_equal(text, "one two three");
}

/* The end is the last writer's, not the first one's. */
static void end_of_all_writers(void **state _unused_)
{
	struct capture capture;
	int write_fd, second;

	assert_int_equal(capture_open(LIMIT, &capture, &write_fd), 0);
	second = dup(write_fd);
	(void)close(write_fd);
	assert_int_equal(capture_drain(&capture), 1);
	(void)close(second);
	assert_int_equal(capture_drain(&capture), 0);
	capture_close(&capture);
}

_Noreturn static void flood(int fd)
{
	static char block[65536];

	for (;;)
		if (write(fd, block, sizeof(block)) < 0)
			_exit(0);
}

/* One call takes 1 MiB and little more, however fast the writer is. */
static void a_flood_is_bounded(void **state _unused_)
{
	struct capture capture;
	int write_fd, r = 1;
	pid_t pid;

	assert_int_equal(capture_open((uint64_t)8 * MIB, &capture, &write_fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		flood(write_fd);
	(void)close(write_fd);
	while (r == 1) {
		uint64_t before = capture.bytes;

		r = capture_drain(&capture);
		assert_true(capture.bytes - before <= (uint64_t)2 * MIB);
	}
	assert_int_equal(r, -EMSGSIZE);
	assert_int_equal(capture.bytes, (uint64_t)8 * MIB);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	capture_close(&capture);
}

/* A file size limit of the caller's is an error of the stream. Context: a process of its own. */
_Noreturn static void file_limited_child(void)
{
	static const char block[1000];
	const struct rlimit limit = {.rlim_cur = 4096, .rlim_max = 4096};
	struct capture capture;
	int write_fd, r;

	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0 || capture_open(UINT64_MAX, &capture, &write_fd) < 0)
		_exit(10);
	for (int i = 0; i < 10; i++)
		if (write(write_fd, block, sizeof(block)) != sizeof(block))
			_exit(11);
	(void)close(write_fd);
	r = drain_all(&capture);
	_exit(r == -EFBIG && capture.bytes == 4096 ? 0 : 12);
}

static void file_size_limit_is_an_error(void **state _unused_)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		file_limited_child();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void nothing_waits(void **state _unused_)
{
	struct capture capture;
	int write_fd;

	(void)alarm(ALARM_SECONDS);
	assert_int_equal(capture_open(0, &capture, &write_fd), 0);
	assert_int_equal(capture_drain(&capture), 1);
	bytes_write(write_fd, 1);
	assert_int_equal(capture_drain(&capture), -EMSGSIZE);
	capture_close(&capture);
	(void)close(write_fd);
	assert_int_equal(capture_open(2, &capture, &write_fd), 0);
	assert_int_equal(capture_drain(&capture), 1);
	bytes_write(write_fd, 1);
	assert_int_equal(capture_drain(&capture), 1);
	assert_int_equal(capture_drain(&capture), 1);
	bytes_write(write_fd, 1);
	assert_int_equal(capture_drain(&capture), 1);
	assert_int_equal(capture_drain(&capture), 1);
	(void)close(write_fd);
	assert_int_equal(capture_drain(&capture), 0);
	capture_close(&capture);
	(void)alarm(0);
}

/* Writes, and takes out again what nobody else was quick enough for, until it is killed. */
_Noreturn static void rival_child(const struct capture *capture, int write_fd)
{
	char path[64], byte = 0;
	int fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", capture->pipe_fd);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	while (fd >= 0 && write(write_fd, &byte, 1) == 1)
		(void)!read(fd, &byte, 1);
	_exit(1);
}

/* What poll(2) has seen may be gone when it is fetched: a program can read its own output. */
static void a_rival_reader_delays_nothing(void **state _unused_)
{
	static const uint64_t limits[] = {UINT64_MAX, 1000};
	const int tries = 200000;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct capture capture;
		int write_fd, status;
		pid_t pid;

		(void)alarm(ALARM_SECONDS);
		assert_int_equal(capture_open(limits[i], &capture, &write_fd), 0);
		pid = fork();
		if (pid == 0)
			rival_child(&capture, write_fd);
		assert_true(pid > 0);
		for (int n = 0; n < tries && !capture.over; n++)
			assert_true(capture_drain(&capture) != 0);
		(void)kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(capture.bytes > 0);
		(void)close(write_fd);
		capture_close(&capture);
		(void)alarm(0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_at_the_limit),
		cmocka_unit_test(one_more_byte_later),
		cmocka_unit_test(it_cannot_be_sealed),
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(content_in_order),
		cmocka_unit_test(end_of_all_writers),
		cmocka_unit_test(a_flood_is_bounded),
		cmocka_unit_test(file_size_limit_is_an_error),
		cmocka_unit_test(nothing_waits),
		cmocka_unit_test(a_rival_reader_delays_nothing),
	};

	return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
