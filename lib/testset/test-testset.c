/* SPDX-License-Identifier: Apache-2.0 */
/* Test sets from directories, among them some that were made to read what is not theirs or to stop the reader. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "lib/base/fd.h"
#include "lib/testset/testset.h"

struct fixture {
	char path[32];
	int dir_fd;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	/* In memory where that is possible: one test makes 20,000 files. */
	(void)snprintf(f->path, sizeof(f->path), "%s/test-testset-XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(f->path));
	f->dir_fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->dir_fd >= 0);
	*state = f;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	(void)fd_close(f->dir_fd);
	assert_int_equal(nftw(f->path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(f);
	return 0;
}

static void put(struct fixture *f, const char *name, const char *text)
{
	_cleanup_close_ int fd =
		openat(f->dir_fd, name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static void put_case(struct fixture *f, const char *name)
{
	char file[300];

	(void)snprintf(file, sizeof(file), "%s.in", name);
	put(f, file, name);
	(void)snprintf(file, sizeof(file), "%s.ans", name);
	put(f, file, "answer");
}

static void make_dir(struct fixture *f, const char *name)
{
	assert_int_equal(mkdirat(f->dir_fd, name, 0755), 0);
}

static int open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Refused with `error` and a sentence that has `words`, with nothing left open. */
static void assert_refused(struct fixture *f, int error, const char *words)
{
	struct test_case *cases = NULL;
	struct fault fault = {0};
	size_t n = 9;
	int before = open_fds(), r = testset_read(f->path, &cases, &n, &fault);

	if (r != error || !strstr(fault.text, words))
		fail_msg("%d \"%s\", expected %d \"%s\"", r, fault.text, error, words);
	assert_string_equal(fault.layer, "testset");
	assert_non_null(strstr(fault.text, f->path));
	assert_null(cases);
	assert_int_equal(n, 9);
	assert_int_equal(open_fds(), before);
	assert_int_equal(testset_read(f->path, &cases, &n, NULL), error);
}

static void assert_names(struct fixture *f, const char *const *expected, size_t n_expected)
{
	struct test_case *cases = NULL;
	struct fault fault = {0};
	size_t n = 0;
	int before = open_fds();

	if (testset_read(f->path, &cases, &n, &fault) < 0)
		fail_msg("%s", fault.text);
	assert_int_equal(n, n_expected);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(cases[i].name, expected[i]);
		assert_true(cases[i].input_fd >= 0);
		assert_true(cases[i].answer_fd >= 0);
	}
	assert_null(test_cases_free(cases, n));
	assert_int_equal(open_fds(), before);
}

static void cases_run_in_order(void **state)
{
	static const char *const expected[] = {
		"1", "2", "10", "sample/1", "sample/2", "secret/01-small", "secret/9", "secret/10"};
	struct fixture *f = *state;

	make_dir(f, "sample");
	make_dir(f, "secret");
	make_dir(f, "submissions"); /* not a group: passed over */
	put(f, "submissions/1.in", "");
	put(f, "problem.yaml", "");
	put(f, ".hidden.in", "");
	put_case(f, "10");
	put_case(f, "secret/10");
	put_case(f, "secret/9");
	put_case(f, "secret/01-small");
	put_case(f, "sample/2");
	put_case(f, "sample/1");
	put_case(f, "2");
	put_case(f, "1");
	assert_names(f, expected, ARRAY_SIZE(expected));
}

static void contents_are_sealed_copies(void **state)
{
	struct fixture *f = *state;
	struct test_case *cases = NULL;
	char buffer[16] = "";
	size_t n = 0;

	put(f, "1.in", "1 2\n");
	put(f, "1.out", "3\n");
	assert_int_equal(testset_read(f->path, &cases, &n, NULL), 0);
	put(f, "1.in", "changed");
	assert_int_equal(n, 1);
	assert_int_equal(fd_read_full(cases[0].input_fd, buffer, sizeof(buffer)), 4);
	assert_string_equal(buffer, "1 2\n");
	assert_int_equal(fd_read_full(cases[0].answer_fd, buffer, sizeof(buffer)), 2);
	assert_int_equal(write(cases[0].answer_fd, "x", 1), -1);
	(void)test_cases_free(cases, n);
}

static void unusual_names_are_names(void **state)
{
	static const char *const expected[] = {" a b", "-x", "a\xff", "\xc3\xa4"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		put_case(f, expected[i]);
	assert_names(f, expected, ARRAY_SIZE(expected));
}

static void longest_name(void **state)
{
	struct fixture *f = *state;
	char name[7 + 255];
	const char *expected = name;

	make_dir(f, "secret");
	(void)snprintf(name, sizeof(name), "secret/");
	memset(name + 7, 'n', 251);
	name[7 + 251] = '\0';
	put_case(f, name);
	assert_names(f, &expected, 1);
}

static void no_directory(void **state)
{
	struct test_case *cases = NULL;
	struct fault fault = {0};
	size_t n;

	assert_int_equal(testset_read("/no/such\ndir", &cases, &n, &fault), -ENOENT);
	assert_string_equal(fault.text,
			    "cannot open the directory /no/such\\ndir: No such file or directory");
	assert_int_equal(testset_read("/etc/passwd", &cases, &n, &fault), -ENOTDIR);
	assert_non_null(strstr(fault.text, "not a directory; expected"));
	assert_int_equal(testset_read("", &cases, &n, &fault), -ENOENT);
}

static void no_cases(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, -EINVAL, "has no cases; expected pairs NAME.in and NAME.ans");
	make_dir(f, "sample");
	put(f, "README", "");
	put(f, ".in", "");
	put(f, ".ans", "");
	assert_refused(f, -EINVAL, "has no cases");
}

static void mistakes_name_the_file(void **state)
{
	struct fixture *f = *state;

	make_dir(f, "secret");
	put_case(f, "1");
	put(f, "secret/2.in", "");
	assert_refused(f, -EINVAL, ": secret/2.in has no answer; expected secret/2.ans");
	put(f, "secret/2.ans", "");
	put(f, "3.ans", "");
	assert_refused(f, -EINVAL, ": 3.ans has no input; expected 3.in");
	put(f, "3.in", "");
	put(f, "secret/2.out", "");
	assert_refused(f, -EINVAL, ": secret/2 has two answers");
}

static void newline_in_a_name(void **state)
{
	struct fixture *f = *state;

	put_case(f, "1");
	put_case(f, "a\nb");
	assert_refused(f, -EINVAL, ": a\\nb.");
}

static void groups_are_not_left_out(void **state)
{
	struct fixture *f = *state;

	make_dir(f, "secret");
	put_case(f, "secret/1");
	make_dir(f, "secret/.git");
	make_dir(f, "secret/group1");
	assert_refused(f, -EINVAL, "secret/group1 is a directory");
}

static void a_directory_as_input(void **state)
{
	struct fixture *f = *state;

	make_dir(f, "1.in");
	put(f, "1.ans", "");
	assert_refused(f, -EINVAL, "1.in is a directory; expected a regular file");
}

static void a_fifo_does_not_stop_the_reader(void **state)
{
	struct fixture *f = *state;

	put(f, "1.in", "");
	assert_int_equal(mkfifoat(f->dir_fd, "1.ans", 0644), 0);
	assert_refused(f, -EINVAL, "1.ans is a FIFO; expected a regular file");
}

static void a_socket(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	put(f, "1.in", "");
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/1.ans", f->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_refused(f, -EINVAL, "1.ans is a socket");
}

static void symlinks_may_stay_inside(void **state)
{
	static const char *const expected[] = {"1", "secret/1"};
	struct fixture *f = *state;

	make_dir(f, "data");
	put_case(f, "data/1");
	put(f, "1.in", "");
	assert_int_equal(symlinkat("data/1.ans", f->dir_fd, "1.ans"), 0);
	assert_int_equal(symlinkat("data", f->dir_fd, "secret"), 0);
	assert_names(f, expected, ARRAY_SIZE(expected));
}

static void symlinks_may_not_lead_out(void **state)
{
	static const char *const targets[] = {"/etc/passwd", "../../etc/passwd", "/proc/self/maps",
					      "./../test-testset-outside"};
	struct fixture *f = *state;

	put(f, "1.in", "");
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		assert_int_equal(symlinkat(targets[i], f->dir_fd, "1.ans"), 0);
		assert_refused(f, -EINVAL, "1.ans is a symlink that leads out of the directory");
		assert_int_equal(unlinkat(f->dir_fd, "1.ans", 0), 0);
	}
	assert_int_equal(symlinkat("/etc", f->dir_fd, "secret"), 0);
	put(f, "1.ans", "");
	assert_refused(f, -EINVAL, "secret is a symlink that leads out");
}

static void symlinks_to_nothing_and_in_circles(void **state)
{
	struct fixture *f = *state;

	put(f, "1.in", "");
	assert_int_equal(symlinkat("gone", f->dir_fd, "1.ans"), 0);
	assert_refused(f, -ENOENT, "cannot open 1.ans: No such file");
	assert_int_equal(unlinkat(f->dir_fd, "1.ans", 0), 0);
	assert_int_equal(symlinkat("1.ans", f->dir_fd, "1.ans"), 0);
	assert_refused(f, -ELOOP, "cannot open 1.ans");
}

static void unreadable_file(void **state)
{
	struct fixture *f = *state;
	const uid_t root = geteuid();

	put_case(f, "1");
	assert_int_equal(fchmodat(f->dir_fd, "1.ans", 0, 0), 0);
	assert_int_equal(fchmodat(AT_FDCWD, f->path, 0755, 0), 0);
	if (root == 0) /* root reads everything */
		assert_int_equal(seteuid(65534), 0);
	assert_refused(f, -EACCES, "cannot open 1.ans: Permission denied");
	assert_int_equal(seteuid(root), 0);
}

static void too_many_bytes(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int fd = -EBADF;

	put(f, "1.in", "x");
	put(f, "1.ans", "");
	fd = openat(f->dir_fd, "1.ans", O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, (off_t)TESTSET_BYTES_MAX), 0); /* a hole: one byte is over */
	assert_refused(f, -EFBIG, "with 1.ans the cases are over 1024 MiB together");
}

/* A thousand cases want more descriptors than the usual soft limit has. */
static void many_cases_raise_the_soft_limit(void **state)
{
	struct fixture *f = *state;
	struct test_case *cases = NULL;
	struct fault fault = {0};
	struct rlimit before, low;
	size_t n = 0;
	char name[16];

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		put_case(f, name);
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = (struct rlimit){256, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	if (testset_read(f->path, &cases, &n, &fault) < 0)
		fail_msg("%s", fault.text);
	assert_int_equal(n, 1000);
	assert_string_equal(cases[999].name, "999");
	(void)test_cases_free(cases, n);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* In a child, since a hard limit does not come back. */
static void hard_limit_too_low(void **state)
{
	struct fixture *f = *state;
	char name[16];
	int status = 1;
	pid_t child;

	for (int i = 0; i < 40; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		put_case(f, name);
	}
	child = fork();
	if (child == 0) {
		const struct rlimit low = {300, 300};
		struct test_case *cases = NULL;
		struct fault fault = {0};
		size_t n;

		(void)setrlimit(RLIMIT_NOFILE, &low);
		if (testset_read(f->path, &cases, &n, &fault) != -EMFILE)
			_exit(1);
		_exit(strstr(fault.text, "40 cases need 336 open files") ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void more_cases_than_allowed(void **state)
{
	struct fixture *f = *state;
	char name[32];

	make_dir(f, "sample");
	for (int i = 0; i <= TESTSET_CASES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "sample/%d.in", i);
		assert_int_equal(mknodat(f->dir_fd, name, S_IFREG | 0644, 0), 0);
		(void)snprintf(name, sizeof(name), "sample/%d.ans", i);
		assert_int_equal(mknodat(f->dir_fd, name, S_IFREG | 0644, 0), 0);
	}
	assert_refused(f, -E2BIG, "10001 cases; at most 10000");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cases_run_in_order),
		TEST(contents_are_sealed_copies),
		TEST(unusual_names_are_names),
		TEST(longest_name),
		TEST(no_directory),
		TEST(no_cases),
		TEST(mistakes_name_the_file),
		TEST(newline_in_a_name),
		TEST(groups_are_not_left_out),
		TEST(a_directory_as_input),
		TEST(a_fifo_does_not_stop_the_reader),
		TEST(a_socket),
		TEST(symlinks_may_stay_inside),
		TEST(symlinks_may_not_lead_out),
		TEST(symlinks_to_nothing_and_in_circles),
		TEST(unreadable_file),
		TEST(too_many_bytes),
		TEST(many_cases_raise_the_soft_limit),
		TEST(hard_limit_too_low),
		TEST(more_cases_than_allowed),
	};

	return cmocka_run_group_tests_name("testset", tests, NULL, NULL);
}
