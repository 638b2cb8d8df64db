/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Files are named by the caller and were often written by somebody else. What
 * can be wrong with one: it is not there, not readable, a directory, a FIFO
 * that would block an open(2) for ever, a device whose open has an effect,
 * larger than anything a judge should read, changing while it is read, or
 * called something that no file in a work directory can be called.
 *
 * So a path is first opened with O_PATH, which touches nothing; what it is is
 * decided on that descriptor; and only a regular file is opened for reading, by
 * that same descriptor, so that nothing can be swapped in between. The content
 * is copied into a sealed memfd. Symbolic links on the caller's command line
 * are followed: they are the caller's own words, and whoever runs assay could
 * read the target anyway. The copy keeps the name of the link.
 *
 * Empty files are let through: whether an empty program is one is for its
 * compiler to say.
 */

#include "tools/assay/run-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/strv.h"
#include "lib/contract/checker-spec.h"
#include "lib/testset/testset.h"

enum { CHUNK_BYTES = 65536 };

const char *run_files_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Opens a regular file for reading without ever blocking. Returns the fd or
 * -errno with a fault. */
static int open_regular(const char *path, struct fault *fault)
{
	_cleanup_close_ int path_fd = open(path, O_PATH | O_CLOEXEC);
	char self[32];
	struct stat st;

	if (path_fd < 0)
		return fault_set(fault, -errno, "input", "cannot open %s", path);
	if (fstat(path_fd, &st) < 0)
		return fault_set(fault, -errno, "input", "cannot look at %s", path);
	if (!S_ISREG(st.st_mode))
		return fault_say(fault, -EINVAL, "input", "%s is %s; name a regular file", path,
				 fd_kind_name(st.st_mode));
	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", path_fd);
	int fd = open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fault_set(fault, -errno, "input", "cannot read %s", path);
	return fd;
}

static int refuse_size(const char *path, uint64_t max_bytes, struct fault *fault)
{
	return fault_say(fault, -EFBIG, "input",
			 "%s is larger than %llu MiB, the most that it may have", path,
			 (unsigned long long)(max_bytes >> 20));
}

/* Returns a sealed copy of the file, or -errno with a fault. */
static int read_file(const char *path, const char *name, uint64_t max_bytes, struct fault *fault)
{
	_cleanup_close_ int fd = open_regular(path, fault);

	if (fd < 0)
		return fd;
	int copy = fd_sealed_copy(name, fd, max_bytes);
	if (copy == -EFBIG)
		return refuse_size(path, max_bytes, fault);
	if (copy < 0)
		return fault_set(fault, copy, "input", "cannot read %s", path);
	return copy;
}

static int copy_stream(int from, int to, uint64_t max_bytes, struct fault *fault)
{
	uint64_t total = 0;
	char chunk[CHUNK_BYTES];

	for (;;) {
		ssize_t n = fd_read_full(from, chunk, sizeof(chunk));
		if (n < 0)
			return fault_set(fault, (int)n, "input", "cannot read standard input");
		if (n == 0)
			return 0;
		total += (uint64_t)n;
		if (total > max_bytes)
			return refuse_size("standard input", max_bytes, fault);
		int r = fd_write_all(to, chunk, (size_t)n);
		if (r < 0)
			return fault_set(fault, r, "input", "cannot keep standard input");
	}
}

/* The same of assay's own standard input, which may be a pipe. */
static int read_stdin(uint64_t max_bytes, struct fault *fault)
{
	_cleanup_close_ int fd = memfd_create("stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return fault_set(fault, -errno, "input", "cannot keep standard input");
	int r = copy_stream(STDIN_FILENO, fd, max_bytes, fault);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return fault_set(fault, -errno, "input", "cannot keep standard input");
	r = fd_seal(fd);
	if (r < 0)
		return fault_set(fault, r, "input", "cannot keep standard input");
	return TAKE_FD(fd);
}

static int check_name(const char *path, const char *name, struct fault *fault)
{
	if (submission_name_ok(name))
		return 0;
	return fault_say(fault, -EINVAL, "input",
			 "%s cannot have that name in the sandbox (1 to %d bytes, no "
			 "control characters); rename it",
			 path, SUBMISSION_NAME_BYTES_MAX);
}

static int read_source(const char *path, struct submission_file *ret_file, struct fault *fault)
{
	const char *name = run_files_name(path);
	_cleanup_close_ int fd = read_file(path, name, SUBMISSION_FILE_BYTES_MAX, fault);
	struct stat st;

	if (fd < 0)
		return fd;
	int r = check_name(path, name, fault);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return fault_set(fault, -errno, "input", "cannot look at the copy of %s", path);
	ret_file->name = strdup(name);
	if (!ret_file->name)
		return fault_set(fault, -ENOMEM, "input", "cannot keep %s", path);
	ret_file->size = (uint64_t)st.st_size;
	ret_file->fd = TAKE_FD(fd);
	return 0;
}

/* What file number `i` will be called: the policy renames the main one. */
static const char *final_name(const struct submission *submission, const struct policy *policy,
			      size_t i)
{
	return i == 0 && policy->source_name ? policy->source_name : submission->files[i].name;
}

static int check_duplicates(const struct submission *submission, const struct policy *policy,
			    char *const *paths, struct fault *fault)
{
	for (size_t i = 1; i < submission->n_files; i++) {
		for (size_t j = 0; j < i; j++) {
			const char *name = final_name(submission, policy, j);

			if (strcmp(final_name(submission, policy, i), name) == 0)
				return fault_say(
					fault, -EEXIST, "input",
					"%s and %s would both be %s in the sandbox; rename one",
					paths[j], paths[i], name);
		}
	}
	return 0;
}

static int read_sources(char *const *paths, const struct policy *policy,
			struct submission *submission, struct fault *fault)
{
	size_t n = strv_length(paths);

	if (n > SUBMISSION_FILES_MAX)
		return fault_say(fault, -E2BIG, "input",
				 "%zu files are given, and at most %d can be", n,
				 SUBMISSION_FILES_MAX);
	submission->files = new0(struct submission_file, n);
	if (!submission->files)
		return fault_set(fault, -ENOMEM, "input", "cannot keep %zu files", n);
	for (size_t i = 0; i < n; i++) {
		int r = read_source(paths[i], &submission->files[i], fault);
		if (r < 0)
			return r;
		submission->n_files++;
	}
	return check_duplicates(submission, policy, paths, fault);
}

static int read_input(const char *path, struct fault *fault)
{
	if (strcmp(path, "-") == 0)
		return read_stdin(SUBMISSION_INPUT_BYTES_MAX, fault);
	return read_file(path, "input", SUBMISSION_INPUT_BYTES_MAX, fault);
}

static int read_answer(const char *path, struct fault *fault)
{
	return read_file(path, "answer", SUBMISSION_INPUT_BYTES_MAX, fault);
}

/* Without --tests there is one case, called "1". */
static int make_single_case(const struct run_options *options, struct submission *submission,
			    struct fault *fault)
{
	struct test_case *test = submission->tests = new0(struct test_case, 1);

	if (!test)
		return fault_set(fault, -ENOMEM, "input", "cannot keep a case");
	*test = (struct test_case){.name = strdup("1"), .input_fd = -EBADF, .answer_fd = -EBADF};
	submission->n_tests = 1;
	if (!test->name)
		return fault_set(fault, -ENOMEM, "input", "cannot keep a case");
	if (options->stdin_file) {
		test->input_fd = read_input(options->stdin_file, fault);
		if (test->input_fd < 0)
			return test->input_fd;
	}
	if (options->expected) {
		test->answer_fd = read_answer(options->expected, fault);
		if (test->answer_fd < 0)
			return test->answer_fd;
	}
	return 0;
}

static int read_checker(const char *text, struct checker_spec *ret_spec, struct fault *fault)
{
	char error[FAULT_TEXT_BYTES] = "";
	int r = text ? checker_spec_parse(text, ret_spec, error, sizeof(error)) : 0;

	return r < 0 ? fault_say(fault, r, "input", "--checker: %s", error) : 0;
}

static int fill(struct run_options *options, const struct policy *policy,
		struct submission *submission, struct fault *fault)
{
	int r = read_checker(options->checker, &submission->checker, fault);

	if (r < 0)
		return r;
	r = read_sources(options->files, policy, submission, fault);
	if (r < 0)
		return r;
	if (options->tests)
		return testset_read(options->tests, &submission->tests, &submission->n_tests, fault);
	return make_single_case(options, submission, fault);
}

int run_files_read(struct run_options *options, const struct policy *policy,
		   struct submission *ret_submission, struct fault *fault)
{
	struct submission submission = {
		.args = TAKE_PTR(options->args),
		.env = TAKE_PTR(options->env),
		.limits = options->limits,
		.keep_going = options->keep_going,
	};
	int r = fill(options, policy, &submission, fault);

	if (r < 0) {
		submission_clear(&submission);
		return r;
	}
	*ret_submission = submission;
	return 0;
}
