/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program as the supervisor starts it: fds 0 and 3, a message on fd 1, an exit status, and no system call beyond those
 * that README.md lists: each run here is under a filter that kills for any other one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lib/base/fd.h"

enum { ACCEPTED = 42, WRONG = 43, MESSAGE_BYTES = 1024 };

static char program[4096];

static const int allowed[] = {
	/* execve(2) is the test's own, what follows up to mprotect is libc's start, and the rest is the checker's. */
	SYS_execve,	SYS_brk,	SYS_set_tid_address, SYS_set_robust_list,
	SYS_rseq,	SYS_prlimit64,
#ifdef SYS_arch_prctl
	SYS_arch_prctl,
#endif
#ifdef SYS_readlink
	SYS_readlink,
#endif
	SYS_readlinkat, SYS_getrandom,	SYS_mprotect,

	SYS_fstat,	SYS_newfstatat, SYS_lseek,	     SYS_mmap,
	SYS_munmap,	SYS_read,	SYS_write,	     SYS_exit_group,
};

/* Kills this process at the first call that is not allowed. */
static int confine(void)
{
	struct sock_filter code[2 * ARRAY_SIZE(allowed) + 2];
	struct sock_fprog filter = {.filter = code};
	size_t n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							 (uint32_t)allowed[i], 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	filter.len = (unsigned short)n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0 ? -errno : 0;
}

/* In the child: puts the files in place and becomes the checker. */
static void become_checker(char *const *argv, int found_fd, int expected_fd, int message_fd)
{
	(void)close(0);
	(void)close(3);
	if (expected_fd >= 0 && dup2(expected_fd, 3) < 0)
		_exit(100);
	if (found_fd >= 0 && dup2(found_fd, 0) < 0)
		_exit(101);
	if (message_fd < 0)
		(void)close(1);
	else if (dup2(message_fd, 1) < 0)
		_exit(102);
	if (confine() < 0)
		_exit(103);
	(void)execv(program, argv);
	_exit(104);
}

/* Descriptors above those that the checker uses, so that putting them in place overwrites none. */
static int lifted(int fd)
{
	int higher = fcntl(fd, F_DUPFD_CLOEXEC, 10);

	assert_true(higher >= 10);
	(void)fd_close(fd);
	return higher;
}

/* Runs the checker with up to two arguments on two files (-1: closed). Returns the wait status. */
static int run(const char *const *arguments, int found_fd, int expected_fd, char *message)
{
	char *argv[4] = {program};
	int in = -EBADF, out = -EBADF, status;
	ssize_t n;
	pid_t child;

	for (size_t i = 0; i < 2 && arguments[i]; i++)
		argv[i + 1] = (char *)arguments[i];
	assert_int_equal(fd_pipe(&in, &out), 0);
	in = lifted(in);
	out = lifted(out);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		become_checker(argv, found_fd, expected_fd, out);
	(void)fd_close(out);
	n = fd_read_full(in, message, MESSAGE_BYTES - 1);
	assert_true(n >= 0);
	message[n] = '\0';
	(void)fd_close(in);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static int memfd(const char *data, size_t size)
{
	int fd = fd_sealed_memfd("x", data, size);

	assert_true(fd >= 0);
	return lifted(fd);
}

static void assert_run(const char *const *arguments, const char *expected, const char *found,
		       int exit_status, const char *words)
{
	_cleanup_close_ int expected_fd = memfd(expected, strlen(expected));
	_cleanup_close_ int found_fd = memfd(found, strlen(found));
	char message[MESSAGE_BYTES];
	int status = run(arguments, found_fd, expected_fd, message);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != exit_status)
		fail_msg("status 0x%x, expected exit %d: %s", status, exit_status, message);
	if (!strstr(message, words))
		fail_msg("\"%s\" does not say \"%s\"", message, words);
}

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL, NULL})
static const char *const none[] = {NULL, NULL};

static void verdicts(void **state)
{
	assert_run(none, "1 2\n", "1  2", ACCEPTED, "");
	assert_run(none, "1 2\n", "1 3\n", WRONG, "line 1, column 3: expected \"2\", found \"3\"\n");
	assert_run(none, "", "", ACCEPTED, "");
	assert_run(none, "1", "", WRONG, "found the end\n");
	assert_run(ARGUMENTS("--mode=tokens", "--ignore-case"), "Yes", "yES", ACCEPTED, "");
	assert_run(ARGUMENTS("--mode=tokens", "--space=strict"), "1 2", "1\n2", WRONG,
		   "white space");
	assert_run(ARGUMENTS("--mode=lines"), "a\nb\n", "a \nb", ACCEPTED, "");
	assert_run(ARGUMENTS("--mode=exact"), "a\n", "a", WRONG, "line 1, column 2");
	assert_run(ARGUMENTS("--float-abs=1e-6", "--float-rel=1e-6"), "0.5", "5.000001e-1",
		   ACCEPTED, "");
	assert_run(ARGUMENTS("--float-abs=0.1"), "1e400", "inf", WRONG, "found \"inf\"");
}

static void acceptance_is_silent(void **state)
{
	_cleanup_close_ int fd = memfd("x", 1);
	char message[MESSAGE_BYTES];

	assert_int_equal(WEXITSTATUS(run(none, fd, fd, message)), ACCEPTED);
	assert_string_equal(message, "");
}

static void wrong_options_are_no_verdict(void **state)
{
	assert_run(ARGUMENTS("--mode=diff"), "", "", 2,
		   "wrong option --mode=diff; expected --mode=");
	assert_run(ARGUMENTS("--mode"), "", "", 2, "wrong option");
	assert_run(ARGUMENTS("--ignore-cases"), "", "", 2, "wrong option");
	assert_run(ARGUMENTS("--space=loose"), "", "", 2, "wrong option");
	assert_run(ARGUMENTS("--float-abs=-1"), "", "", 2, "wrong option");
	assert_run(ARGUMENTS("--float-rel=0"), "", "", 2, "wrong option");
	assert_run(ARGUMENTS("\x1b[2J"), "", "", 2, "wrong option \\x1b[2J;");
	assert_run(ARGUMENTS(""), "", "", 2, "wrong option ;");
	assert_run(ARGUMENTS("--mode=tokens", "file"), "", "", 2, "wrong option file");
}

static void missing_files_are_no_verdict(void **state)
{
	_cleanup_close_ int fd = memfd("x", 1);
	_cleanup_close_ int dir = lifted(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	char message[MESSAGE_BYTES];

	assert_int_equal(WEXITSTATUS(run(none, fd, -1, message)), 1);
	assert_string_equal(message,
			    "cannot read the expected answer (fd 3): Bad file descriptor\n");
	assert_int_equal(WEXITSTATUS(run(none, -1, fd, message)), 1);
	assert_string_equal(message, "cannot read the output (fd 0): Bad file descriptor\n");
	assert_int_equal(WEXITSTATUS(run(none, dir, fd, message)), 1);
}

static void files_are_read_from_their_start(void **state)
{
	_cleanup_close_ int expected = memfd("abc", 3), found = memfd("abc", 3);
	char message[MESSAGE_BYTES];

	assert_int_equal(lseek(found, 3, SEEK_SET), 3); /* as the submission left it */
	assert_int_equal(WEXITSTATUS(run(none, found, expected, message)), ACCEPTED);
}

static void pipes_are_read(void **state)
{
	_cleanup_close_ int expected = memfd("1 2 3", 5), in = -EBADF, out = -EBADF;
	char message[MESSAGE_BYTES];

	assert_int_equal(fd_pipe(&in, &out), 0);
	in = lifted(in);
	assert_int_equal(fd_write_all(out, "1 2\n3\n", 6), 0);
	out = fd_close(out);
	assert_int_equal(WEXITSTATUS(run(none, in, expected, message)), ACCEPTED);
}

/* 40 MB without a newline through a pipe: the buffer grows and nothing else is called for. */
static void a_flood_through_a_pipe(void **state)
{
	_cleanup_close_ int expected = memfd("y", 1), in = -EBADF, out = -EBADF;
	char message[MESSAGE_BYTES];
	int status;
	pid_t child;

	assert_int_equal(fd_pipe(&in, &out), 0);
	in = lifted(in);
	child = fork();
	if (child == 0) {
		char block[65536];

		memset(block, 'y', sizeof(block));
		for (int i = 0; i < 640; i++)
			(void)fd_write_all(out, block, sizeof(block));
		_exit(0);
	}
	out = fd_close(out);
	assert_int_equal(WEXITSTATUS(run(none, in, expected, message)), WRONG);
	assert_true(strlen(message) < 512);
	assert_int_equal(waitpid(child, &status, 0), child);
}

/* 8 GiB of nothing: a hole costs no memory to make, and must cost none to compare. */
static void gigabytes_of_nul(void **state)
{
	_cleanup_close_ int expected = memfd("", 0), found = lifted(memfd_create("x", MFD_CLOEXEC));
	char message[MESSAGE_BYTES];

	assert_int_equal(ftruncate(found, INT64_C(8) << 30), 0);
	assert_int_equal(WEXITSTATUS(run(ARGUMENTS("--mode=exact"), found, expected, message)),
			 WRONG);
	assert_non_null(strstr(message, "expected the end, found \"\\x00\\x00"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(acceptance_is_silent),
		cmocka_unit_test(wrong_options_are_no_verdict),
		cmocka_unit_test(missing_files_are_no_verdict),
		cmocka_unit_test(files_are_read_from_their_start),
		cmocka_unit_test(pipes_are_read),
		cmocka_unit_test(a_flood_through_a_pipe),
		cmocka_unit_test(gigabytes_of_nul),
	};
	const char *build = getenv("ASSAY_BUILD");

	if (!build) {
		(void)printf("1..0 # skip ASSAY_BUILD, the directory of a build, is not set\n");
		return 0;
	}
	(void)snprintf(program, sizeof(program), "%s/libexec/assay/assay-checker", build);
	return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
