/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between supervisor and agent: what is whole, what is malformed, and whose descriptors survive it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/launcher.h"

enum { FDS_MAX = 40 };

static int ends[2];

static int setup(void **state _unused_)
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

static int teardown(void **state _unused_)
{
	ends[0] = fd_close(ends[0]);
	ends[1] = fd_close(ends[1]);
	return 0;
}

static int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

/* Sends `size` bytes and the same descriptor `n` times. */
static void message_send(const void *data, size_t size, int fd, size_t n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX)];
	} control = {0};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (n > 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int) * n);
		for (size_t i = 0; i < n; i++)
			memcpy(CMSG_DATA(&control.align) + i * sizeof(int), &fd, sizeof(fd));
	}
	assert_int_equal(sendmsg(ends[1], &msg, 0), size);
}

static const struct report started = {.kind = REPORT_STARTED, .time_ns = 7};

static void whole_reports(void **state _unused_)
{
	struct report report = {0};
	int fd = 99;

	message_send(&started, sizeof(started), -1, 0);
	message_send(&started, sizeof(started), STDERR_FILENO, 1);
	assert_int_equal(report_receive(ends[0], &report, &fd), 1);
	assert_memory_equal(&report, &started, sizeof(report));
	assert_int_equal(fd, -EBADF);
	assert_int_equal(report_receive(ends[0], &report, &fd), 1);
	assert_true(fd > 2);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	(void)close(fd);
}

static void none_and_the_end(void **state _unused_)
{
	struct report report;
	int fd = -EBADF;

	assert_int_equal(report_receive(ends[0], &report, &fd), -EAGAIN);
	message_send(&started, sizeof(started), -1, 0);
	ends[1] = fd_close(ends[1]);
	assert_int_equal(report_receive(ends[0], &report, &fd), 1);
	assert_int_equal(report_receive(ends[0], &report, &fd), 0);
	assert_int_equal(report_receive(ends[0], &report, &fd), 0);
}

/* All that is there comes in one call, in order, each with its own descriptor; behind the last is the end. */
static void many_at_once(void **state _unused_)
{
	struct report_got got[REPORTS_MAX];
	int before = open_descriptors();

	assert_int_equal(reports_receive(ends[0], got, REPORTS_MAX), -EAGAIN);
	message_send(&started, sizeof(started), STDERR_FILENO, 1);
	message_send(&started, sizeof(started), -1, 0);
	message_send(&started, 1, STDERR_FILENO, 2);
	assert_int_equal(reports_receive(ends[0], got, 1), 1);
	assert_int_equal(got[0].r, 1);
	assert_true(got[0].fd > 2);
	(void)close(got[0].fd);
	assert_int_equal(reports_receive(ends[0], got, REPORTS_MAX), 2);
	assert_int_equal(got[0].r, 1);
	assert_int_equal(got[0].fd, -EBADF);
	assert_memory_equal(&got[0].report, &started, sizeof(started));
	assert_int_equal(got[1].r, -EPROTO);
	assert_int_equal(got[1].fd, -EBADF);
	assert_int_equal(open_descriptors(), before);
	message_send(&started, sizeof(started), -1, 0);
	ends[1] = fd_close(ends[1]);
	assert_true(reports_receive(ends[0], got, REPORTS_MAX) >= 2);
	assert_int_equal(got[0].r, 1);
	assert_int_equal(got[1].r, 0);
}

/* Its end comes after what it had said, also when it had not read its order. */
static void an_order_that_was_not_read(void **state _unused_)
{
	struct report report;
	int fds[AGENT_FD_MAX], fd = -EBADF;

	for (int i = 0; i < AGENT_FD_MAX; i++)
		fds[i] = -EBADF;
	fds[AGENT_FD_PLAN] = STDERR_FILENO;
	message_send(&started, sizeof(started), -1, 0);
	assert_int_equal(launch_send(ends[0], 0, fds, NULL, 0), 0);
	ends[1] = fd_close(ends[1]);
	assert_int_equal(report_receive(ends[0], &report, &fd), 1);
	assert_int_equal(report.kind, REPORT_STARTED);
	assert_int_equal(report_receive(ends[0], &report, &fd), 0);
}

static void malformed_sizes(void **state _unused_)
{
	static const char bytes[3 * sizeof(struct report)];
	static const size_t sizes[] = {1, sizeof(struct report) - 1, sizeof(struct report) + 1,
				       sizeof(bytes)};
	int before = open_descriptors();

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (size_t n = 0; n < 3; n++) {
			struct report report = {.kind = 77};
			int fd = 99;

			message_send(bytes, sizes[i], STDERR_FILENO, n);
			assert_int_equal(report_receive(ends[0], &report, &fd), -EPROTO);
			assert_int_equal(fd, 99);
			assert_int_equal(report.kind, 77);
		}
	assert_int_equal(open_descriptors(), before);
}

/* One descriptor may come; what is more is closed, and so many that they were cut are none. */
static void surplus_descriptors(void **state _unused_)
{
	int before = open_descriptors();

	for (size_t n = 2; n <= FDS_MAX; n++) {
		struct report report;
		int fd = -EBADF, r;

		message_send(&started, sizeof(started), STDERR_FILENO, n);
		r = report_receive(ends[0], &report, &fd);
		assert_true(r == 1 || r == -EPROTO);
		assert_int_equal(open_descriptors(), before + (r == 1));
		if (r == 1)
			(void)close(fd);
		assert_true(n > 4 || r == 1);
		assert_true(n < 7 || r == -EPROTO);
	}
	assert_int_equal(open_descriptors(), before);
}

/* Takes a request as the launcher gets it. Returns how many descriptors came with it. */
static size_t request_take(struct launch_request *request, int fds[static AGENT_FD_MAX])
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * AGENT_FD_MAX)];
	} control;
	struct iovec iov = {.iov_base = request, .iov_len = sizeof(*request)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *cmsg;
	size_t n;

	assert_int_equal(recvmsg(ends[1], &msg, MSG_CMSG_CLOEXEC), sizeof(*request));
	assert_int_equal(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC), 0);
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg == NULL)
		return 0;
	n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(cmsg), n * sizeof(int));
	return n;
}

static void request_check(uint32_t mask, uint32_t flags)
{
	struct launch_request request = {0};
	int fds[AGENT_FD_MAX], got[AGENT_FD_MAX];
	size_t n;

	for (int i = 0; i < AGENT_FD_MAX; i++)
		fds[i] = (mask & 1U << i) != 0 ? STDERR_FILENO : -EBADF;
	assert_int_equal(launch_send(ends[0], flags, fds, NULL, 0), 0);
	n = request_take(&request, got);
	assert_int_equal(request.magic, LAUNCH_MAGIC);
	assert_int_equal(request.fd_mask, mask);
	assert_int_equal(request.flags, flags);
	assert_int_equal(n, __builtin_popcount(mask));
	for (size_t i = 0; i < n; i++)
		(void)close(got[i]);
}

static void requests(void **state _unused_)
{
	int before = open_descriptors();

	request_check(0, 0);
	request_check(1, LAUNCH_IPC_SHARED);
	request_check(1U << (AGENT_FD_MAX - 1), 0);
	request_check((1U << AGENT_FD_MAX) - 1, LAUNCH_IPC_SHARED);
	request_check(0x5555 & ((1U << AGENT_FD_MAX) - 1), 0);
	assert_int_equal(open_descriptors(), before);
}

static void requests_to_a_dead_launcher(void **state _unused_)
{
	int fds[AGENT_FD_MAX];

	for (int i = 0; i < AGENT_FD_MAX; i++)
		fds[i] = -EBADF;
	ends[1] = fd_close(ends[1]);
	assert_int_equal(launch_send(ends[0], 0, fds, NULL, 0), -EPIPE);
	fds[0] = 9999; /* not open */
	assert_int_equal(launch_send(ends[0], 0, fds, NULL, 0), -EBADF);
}

static void the_agent_is_a_sealed_copy(void **state _unused_)
{
	char dir[4096];
	const char *build = getenv("ASSAY_BUILD");
	struct fault fault = {0};
	_cleanup_close_ int fd = -EBADF;

	if (build == NULL) {
		print_message("# missing: ASSAY_BUILD\n");
		skip();
	}
	(void)snprintf(dir, sizeof(dir), "%s/libexec/assay", build);
	fd = launcher_load(dir, &fault);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE);
	assert_int_equal(launcher_load("/no/such/place", &fault), -ENOENT);
	assert_non_null(strstr(fault.text, "/no/such/place/assay-agent"));
	memset(dir, 'x', sizeof(dir) - 1);
	dir[sizeof(dir) - 1] = '\0';
	assert_int_equal(launcher_load(dir, &fault), -ENAMETOOLONG);
}

static rlim_t agent_files; /* how many it may have open; 0: as we may */

/* Executes the agent as launcher_start() does, with the word `join`, or with the number of a descriptor of /dev/null for it, opened with `flags`. */
static pid_t agent_start(const char *join, int flags)
{
	char path[4096], word[16];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)snprintf(path, sizeof(path), "%s/libexec/assay/assay-agent", getenv("ASSAY_BUILD"));
	if (join == NULL) {
		int fd = open("/dev/null", flags), high = fcntl(fd, F_DUPFD, AGENT_CONTROL_FD + 1);

		(void)snprintf(word, sizeof(word), "%d", high);
		join = word;
	}
	(void)dup2(ends[1], STDIN_FILENO);
	if (agent_files != 0)
		(void)setrlimit(RLIMIT_NOFILE, &(struct rlimit){agent_files, agent_files});
	(void)execl(path, "assay-agent", "launcher", "0", join, NULL);
	_exit(1);
}

/* What is said of one that was started so, which ends with `status`; -1: it goes on. */
static struct fault agent_check(const char *join, int flags, int status)
{
	const struct launcher launcher = {.control_fd = ends[0]};
	struct fault fault = {0};
	pid_t pid = agent_start(join, flags);
	int wait_status;

	assert_true(pid > 0);
	assert_int_equal(launcher_ready(&launcher, NULL, &fault) < 0, status >= 0);
	if (status < 0)
		(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &wait_status, 0), pid);
	assert_int_equal(status < 0 ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status),
			 status < 0 ? SIGKILL : status);
	return fault;
}

/* Into no group is not ready: the supervisor hears why, and there is no launcher. */
static void a_launcher_that_cannot_join(void **state _unused_)
{
	struct fault fault;

	if (getenv("ASSAY_BUILD") == NULL) {
		print_message("# missing: ASSAY_BUILD\n");
		skip();
	}
	(void)agent_check(NULL, O_WRONLY, -1);
	fault = agent_check(NULL, O_RDONLY, 3);
	assert_string_equal(fault.layer, "cgroup");
	assert_non_null(strstr(fault.text, "cannot join"));
	/* The first ones are not the caller's in there, and take all that is written. */
	fault = agent_check("3", 0, 3);
	assert_string_equal(fault.layer, "cgroup");
	fault = agent_check("none", 0, 3);
	assert_string_equal(fault.layer, "cgroup");
}

/* Whatever it cannot open, the supervisor hears it. */
static void a_launcher_without_descriptors(void **state _unused_)
{
	enum { ENOUGH = 32 };

	if (getenv("ASSAY_BUILD") == NULL) {
		print_message("# missing: ASSAY_BUILD\n");
		skip();
	}
	for (agent_files = 1; agent_files <= AGENT_CONTROL_FD + 2; agent_files++) {
		struct fault fault = agent_check(NULL, O_WRONLY, 3);

		assert_int_equal(fault.error, -EMFILE);
		assert_string_equal(fault.layer, "launcher");
		assert_non_null(strstr(fault.text, "cannot open what it needs"));
	}
	agent_files = ENOUGH;
	(void)agent_check(NULL, O_WRONLY, -1);
	agent_files = 0;
}

/* A report whose descriptor finds no place here is no report, and nobody's death. */
static void no_place_for_a_descriptor(void **state _unused_)
{
	const struct report ready = {.kind = REPORT_READY};
	const struct launcher launcher = {.control_fd = ends[0]};
	int lowest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0), user_fd = -EBADF, r;
	struct fault fault = {0};
	struct rlimit limit, none;

	assert_true(lowest >= 0);
	(void)close(lowest);
	message_send(&ready, sizeof(ready), STDERR_FILENO, 1);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = (rlim_t)lowest;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = launcher_ready(&launcher, &user_fd, &fault);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(r, -EMFILE);
	assert_int_equal(user_fd, -EBADF);
	assert_non_null(strstr(fault.text, "Too many open files"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whole_reports),
		TEST(none_and_the_end),
		TEST(many_at_once),
		TEST(an_order_that_was_not_read),
		TEST(malformed_sizes),
		TEST(surplus_descriptors),
		TEST(requests),
		TEST(requests_to_a_dead_launcher),
		TEST(a_launcher_that_cannot_join),
		TEST(a_launcher_without_descriptors),
		TEST(no_place_for_a_descriptor),
		cmocka_unit_test(the_agent_is_a_sealed_copy),
	};

	return cmocka_run_group_tests_name("launcher", tests, NULL, NULL);
}
