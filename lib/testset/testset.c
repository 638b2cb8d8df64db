/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cases of a problem, from a directory into memory.
 *
 * A test set often comes out of an archive that a stranger packed, and the process that reads it may be root. So every name
 * below the directory is opened by openat2(2) with RESOLVE_BENEATH: a symlink that stays inside is followed, one
 * that leads to /etc/shadow is refused by the kernel, without a race. What is opened must be a regular file; O_NONBLOCK
 * keeps a FIFO from stopping the reader before that is known.
 *
 * Contents are copied into sealed memfds at once. Copying is what makes a case immutable while it is judged; it costs
 * 0.15 s for 100 MiB, nearly all of it for making pages (sendfile(2) and mmap(2) measure no better), which a run of many
 * cases does not notice. TESTSET_BYTES_MAX bounds it, since these pages are the supervisor's own memory. Two descriptors a
 * case are more than the usual soft limit of 1024 from 500 cases on, therefore the soft limit of this process
 * is raised as far as needed before anything is opened.
 *
 * Directories below sample/ and secret/ would be test groups, which this format does not have: leaving their cases out
 * silently would accept wrong programs, so they are refused. In the problem's own directory other directories are
 * passed over.
 *
 * Invariants: either all cases are returned or none, and nothing stays open; the order depends on names alone.
 */

#include "lib/testset/testset.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "lib/base/escape.h"
#include "lib/base/fd.h"
#include "lib/testset/case-names.h"

enum {
	SHOWN_BYTES = 200, /* of a path in a sentence */
	OTHER_FDS = 256,   /* what a process needs beside the cases */
};

/* Where cases may be, in the order in which they run. */
static const struct group {
	const char *dir;    /* below the test set */
	const char *prefix; /* of the case's name */
	bool optional, flat;
} groups[] = {
	{".", "", false, false},
	{"sample", "sample/", true, true},
	{"secret", "secret/", true, true},
};

/* A test set that is being read. */
struct reader {
	int root_fd;
	char shown[SHOWN_BYTES]; /* the path, escaped */
	struct test_case *cases;
	size_t n;
	uint64_t bytes_left;
	struct fault *fault;
};

static void close_dir_ptr(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

/* Opens `path` below the test set; no component may lead out of it. */
static int open_beneath(int root_fd, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (uint64_t)flags | O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static int refuse_open(struct reader *r, int error, const char *path)
{
	char shown[SHOWN_BYTES];

	(void)escape_string(shown, sizeof(shown), path);
	if (error == -EXDEV)
		return fault_say(
			r->fault, -EINVAL, "testset",
			"%s: %s is a symlink that leads out of the directory; expected a file",
			r->shown, shown);
	if (error == -ENXIO)
		return fault_say(r->fault, -EINVAL, "testset",
				 "%s: %s is a socket; expected a regular file", r->shown, shown);
	return fault_set(r->fault, error, "testset", "%s: cannot open %s", r->shown, shown);
}

static int require_regular(struct reader *r, int fd, const char *path)
{
	char shown[SHOWN_BYTES];
	struct stat st;

	(void)escape_string(shown, sizeof(shown), path);
	if (fstat(fd, &st) < 0)
		return fault_set(r->fault, -errno, "testset", "%s: cannot look at %s", r->shown,
				 shown);
	if (!S_ISREG(st.st_mode))
		return fault_say(r->fault, -EINVAL, "testset",
				 "%s: %s is %s; expected a regular file", r->shown, shown,
				 fd_kind_name(st.st_mode));
	return 0;
}

/* Copies one file into a sealed memfd and takes its size from the budget. */
static int read_file(struct reader *r, const char *prefix, const char *name, const char *ending,
		     int *ret_fd)
{
	_cleanup_close_ int fd = -EBADF, copy = -EBADF;
	char path[16 + NAME_MAX + 1], shown[SHOWN_BYTES];
	struct stat st;
	int error;

	(void)snprintf(path, sizeof(path), "%s%s%s", prefix, name, ending);
	fd = open_beneath(r->root_fd, path, 0);
	if (fd < 0)
		return refuse_open(r, fd, path);
	error = require_regular(r, fd, path);
	if (error < 0)
		return error;
	(void)escape_string(shown, sizeof(shown), path);
	copy = fd_sealed_copy(path, fd, r->bytes_left);
	if (copy == -EFBIG)
		return fault_say(r->fault, -EFBIG, "testset",
				 "%s: with %s the cases are over %" PRIu64 " MiB together",
				 r->shown, shown, (uint64_t)(TESTSET_BYTES_MAX >> 20));
	if (copy < 0 || fstat(copy, &st) < 0)
		return fault_set(r->fault, copy < 0 ? copy : -errno, "testset",
				 "%s: cannot copy %s", r->shown, shown);
	r->bytes_left -= (uint64_t)st.st_size;
	*ret_fd = TAKE_FD(copy);
	return 0;
}

static int read_case(struct reader *r, const struct group *group, const struct case_name *name)
{
	struct test_case *c = &r->cases[r->n];
	int error;

	*c = (struct test_case){NULL, -EBADF, -EBADF};
	r->n++; /* from here on its parts are freed with the others */
	if (asprintf(&c->name, "%s%s", group->prefix, name->name) < 0) {
		c->name = NULL;
		return fault_set(r->fault, -ENOMEM, "testset", "%s: cannot list the cases",
				 r->shown);
	}
	error = read_file(r, group->prefix, name->name, ".in", &c->input_fd);
	if (error < 0)
		return error;
	return read_file(r, group->prefix, name->name, name->answer_ending, &c->answer_fd);
}

/* A directory where this format has none. Its cases would be missed, so it is not passed over. */
static int refuse_subdirectory(struct reader *r, int dir_fd, const struct group *group,
			       const char *name)
{
	char shown[SHOWN_BYTES];
	struct stat st;

	if (!group->flat || name[0] == '.' || fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISDIR(st.st_mode))
		return 0;
	(void)escape_string(shown, sizeof(shown), name);
	return fault_say(
		r->fault, -EINVAL, "testset",
		"%s: %s%s is a directory; cases are read from the directory itself, sample/ and "
		"secret/, not from groups below them",
		r->shown, group->prefix, shown);
}

static int note_entry(struct reader *r, int dir_fd, const struct group *group, const char *name,
		      struct case_files *files)
{
	char shown[SHOWN_BYTES];
	int error = refuse_subdirectory(r, dir_fd, group, name);

	if (error < 0)
		return error;
	error = case_files_add(files, name);
	if (error == -E2BIG)
		return fault_say(r->fault, -E2BIG, "testset", "%s: more than %d cases", r->shown,
				 TESTSET_CASES_MAX);
	if (error == -EINVAL) {
		(void)escape_string(shown, sizeof(shown), name);
		return fault_say(
			r->fault, -EINVAL, "testset",
			"%s: %s%s has a control character in its name; expected a name that fits a "
			"line",
			r->shown, group->prefix, shown);
	}
	if (error < 0)
		return fault_set(r->fault, error, "testset", "%s: cannot list the cases", r->shown);
	return 0;
}

/* Collects the file names of one group. */
static int list_group(struct reader *r, const struct group *group, struct case_files *files)
{
	_cleanup_(close_dir_ptr) DIR *dir = NULL;
	int fd = open_beneath(r->root_fd, group->dir, O_DIRECTORY);
	const struct dirent *entry;
	int error;

	if (group->optional && (fd == -ENOENT || fd == -ENOTDIR))
		return 0;
	if (fd < 0)
		return refuse_open(r, fd, group->dir);
	dir = fdopendir(fd);
	if (!dir) {
		error = -errno;
		(void)fd_close(fd);
		return fault_set(r->fault, error, "testset", "%s: cannot list %s", r->shown,
				 group->dir);
	}
	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		error = note_entry(r, fd, group, entry->d_name, files);
		if (error < 0)
			return error;
	}
	if (errno)
		return fault_set(r->fault, -errno, "testset", "%s: cannot list %s", r->shown,
				 group->dir);
	return 0;
}

/* The cases of all groups, as names only. */
struct listing {
	struct case_name *names[ARRAY_SIZE(groups)];
	size_t n[ARRAY_SIZE(groups)];
};

static void listing_clear(struct listing *listing)
{
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++)
		(void)case_names_free(listing->names[g], listing->n[g]);
}

/* Puts the directory in front of a sentence that names only the file. */
static int prefix_fault(struct reader *r, int error)
{
	struct fault inner;

	if (r->fault) {
		inner = *r->fault;
		(void)fault_say(r->fault, error, "testset", "%s: %s", r->shown, inner.text);
	}
	return error;
}

static int list_all(struct reader *r, struct listing *listing, size_t *ret_n)
{
	size_t n = 0;

	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		_cleanup_case_files_ struct case_files files = {0};
		int error = list_group(r, &groups[g], &files);

		if (error < 0)
			return error;
		error = case_files_pair(&files, groups[g].prefix, &listing->names[g],
					&listing->n[g], r->fault);
		if (error < 0)
			return prefix_fault(r, error);
		n += listing->n[g];
	}
	if (n == 0)
		return fault_say(
			r->fault, -EINVAL, "testset",
			"%s has no cases; expected pairs NAME.in and NAME.ans (or NAME.out) in it or in "
			"its sample/ or secret/",
			r->shown);
	if (n > TESTSET_CASES_MAX)
		return fault_say(r->fault, -E2BIG, "testset",
				 "%s: %zu cases; at most %d are allowed", r->shown, n,
				 TESTSET_CASES_MAX);
	*ret_n = n;
	return 0;
}

static int make_room(struct reader *r, size_t n)
{
	size_t wanted = 2 * n + OTHER_FDS;
	int error = fd_limit_raise(wanted);

	if (error < 0)
		return fault_set(
			r->fault, error, "testset",
			"%s: %zu cases need %zu open files, more than the hard limit (ulimit -Hn)",
			r->shown, n, wanted);
	r->cases = new0(struct test_case, n);
	if (!r->cases)
		return fault_set(r->fault, -ENOMEM, "testset", "%s: cannot list the cases",
				 r->shown);
	return 0;
}

static int read_all(struct reader *r)
{
	_cleanup_(listing_clear) struct listing listing = {0};
	size_t n = 0;
	int error = list_all(r, &listing, &n);

	if (error < 0)
		return error;
	error = make_room(r, n);
	if (error < 0)
		return error;
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		for (size_t i = 0; i < listing.n[g]; i++) {
			error = read_case(r, &groups[g], &listing.names[g][i]);
			if (error < 0)
				return error;
		}
	}
	return 0;
}

int testset_read(const char *path, struct test_case **ret_cases, size_t *ret_n, struct fault *fault)
{
	_cleanup_close_ int root_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct reader r = {.bytes_left = TESTSET_BYTES_MAX, .fault = fault};
	int error;

	(void)escape_string(r.shown, sizeof(r.shown), path);
	if (root_fd < 0 && errno == ENOTDIR)
		return fault_say(
			fault, -ENOTDIR, "testset",
			"%s is not a directory; expected one with pairs NAME.in and NAME.ans",
			r.shown);
	if (root_fd < 0)
		return fault_set(fault, -errno, "testset", "cannot open the directory %s", r.shown);
	r.root_fd = root_fd;
	error = read_all(&r);
	if (error < 0) {
		(void)test_cases_free(r.cases, r.n);
		return error;
	}
	*ret_cases = r.cases;
	*ret_n = r.n;
	return 0;
}
