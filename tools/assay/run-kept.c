/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A step's outputs arrive as sealed memfds, so they can be mapped and read without a copy and without a thought for
 * truncation under the reader.
 *
 * --output writes them as files of root's in a directory that somebody else may be able to write to. Names of cases
 * come from file names. So every path is resolved below the directory's descriptor without following any link
 * (openat2 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS), a file is always a new one (O_EXCL), and the directory has to be empty at
 * the start: results of two runs are never mixed.
 */

#include "tools/assay/run-kept.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "tools/assay/show.h"

enum {
	LINE_BYTES_MAX = 4096, /* of a line in an excerpt */
	FILE_NAME_BYTES = 4096,
};

int run_kept_open(int fd, struct kept *ret_kept)
{
	struct stat st;

	*ret_kept = (struct kept){0};
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size == 0)
		return 0;
	void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	*ret_kept = (struct kept){data, (size_t)st.st_size};
	return 0;
}

void run_kept_close(struct kept *kept)
{
	if (kept->data)
		(void)munmap((void *)(uintptr_t)kept->data, kept->size);
	*kept = (struct kept){0};
}

int run_kept_write(const struct term *term, int fd)
{
	_cleanup_kept_ struct kept kept = {0};
	int r = run_kept_open(fd, &kept);

	if (r < 0 || kept.size == 0)
		return r;
	if (!term->is_terminal) {
		(void)fwrite(kept.data, 1, kept.size, term->stream);
		return 0;
	}
	show_write(term->stream, kept.data, kept.size, SHOW_TEXT);
	if (kept.data[kept.size - 1] != '\n')
		(void)fputc('\n', term->stream);
	return 0;
}

static size_t count_lines(const struct kept *kept)
{
	size_t n = 0;

	for (size_t i = 0; i < kept->size; i++)
		n += kept->data[i] == '\n' || i + 1 == kept->size;
	return n;
}

static void write_line(const struct term *term, const char *line, size_t length)
{
	(void)fputs("  ", term->stream);
	show_write(term->stream, line, MIN(length, (size_t)LINE_BYTES_MAX), SHOW_TEXT);
	(void)fputs(length > LINE_BYTES_MAX ? " ...\n" : "\n", term->stream);
}

static void write_lines(const struct term *term, const struct kept *kept, size_t max)
{
	size_t at = 0, n_lines = count_lines(kept);

	for (size_t i = 0; i < MIN(n_lines, max); i++) {
		const char *end = memchr(kept->data + at, '\n', kept->size - at);
		size_t length = end ? (size_t)(end - kept->data) - at : kept->size - at;

		write_line(term, kept->data + at, length);
		at += length + 1;
	}
	if (n_lines > max)
		(void)fprintf(term->stream, "  ... %zu more lines; --output DIR keeps them\n",
			      n_lines - max);
}

int run_kept_excerpt(const struct term *term, const char *heading, int fd, size_t max_lines)
{
	_cleanup_kept_ struct kept kept = {0};
	int r = run_kept_open(fd, &kept);

	if (r < 0 || kept.size == 0)
		return r;
	(void)fprintf(term->stream, "%s%s:%s\n", term_style(term, TERM_BOLD), heading,
		      term_style(term, TERM_PLAIN));
	write_lines(term, &kept, max_lines);
	(void)fputc('\n', term->stream);
	return 0;
}

/* 1: nothing but "." and ".."; 0: something; or -errno. */
static int is_empty(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int empty = 1;

	if (!dir) {
		int r = -errno;

		(void)fd_close(fd);
		return r;
	}
	for (const struct dirent *entry; empty && (entry = readdir(dir));)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	(void)closedir(dir);
	return empty;
}

int run_kept_directory(const char *path, bool *ret_made, struct fault *fault)
{
	bool made = mkdir(path, 0755) == 0;

	if (!made && errno != EEXIST)
		return fault_set(fault, -errno, "output", "cannot make the directory %s", path);

	_cleanup_close_ int dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return fault_set(fault, -errno, "output", "cannot open the directory %s", path);
	int r = is_empty(dir_fd);
	if (r < 0)
		return fault_set(fault, r, "output", "cannot list the directory %s", path);
	if (r == 0)
		return fault_say(fault, -ENOTEMPTY, "output",
				 "the directory %s is not empty; name another, or empty it", path);
	*ret_made = made;
	return TAKE_FD(dir_fd);
}

/* Makes the directory that a name with a '/' is in; it may be there from an earlier case. */
static int make_parent(int dir_fd, const char *name)
{
	char parent[FILE_NAME_BYTES];
	const char *slash = strrchr(name, '/');

	if (!slash)
		return 0;
	(void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - name), name);
	return mkdirat(dir_fd, parent, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int create_beneath(int dir_fd, const char *name)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		.mode = 0644,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int r = make_parent(dir_fd, name);

	if (r < 0)
		return r;
	long fd = syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

static int save_stream(int dir_fd, const char *name, const char *suffix, int from_fd,
		       struct fault *fault)
{
	_cleanup_kept_ struct kept kept = {0};
	char path[FILE_NAME_BYTES];
	int n = snprintf(path, sizeof(path), "%s%s", name, suffix);

	if (n < 0 || (size_t)n >= sizeof(path))
		return fault_set(fault, -ENAMETOOLONG, "output", "cannot keep the output of %s",
				 name);
	_cleanup_close_ int fd = create_beneath(dir_fd, path);
	if (fd < 0)
		return fault_set(fault, fd, "output",
				 "cannot make the file %s in the output directory", path);
	int r = run_kept_open(from_fd, &kept);
	if (r < 0)
		return fault_set(fault, r, "output", "cannot read the kept output of %s", name);
	r = fd_write_all(fd, kept.data, kept.size);
	if (r < 0)
		return fault_set(fault, r, "output", "cannot write %s in the output directory",
				 path);
	return 0;
}

static int save_step(int dir_fd, const char *name, const char *const suffixes[2],
		     const struct step_result *step, struct fault *fault)
{
	if (!step->ran)
		return 0;
	int r = save_stream(dir_fd, name, suffixes[0], step->stdout_fd, fault);
	return r < 0 ? r : save_stream(dir_fd, name, suffixes[1], step->stderr_fd, fault);
}

int run_kept_save(int dir_fd, const struct run_result *result, struct fault *fault)
{
	static const char *const compile[] = {"/stdout", "/stderr"};
	static const char *const test[] = {".stdout", ".stderr"};
	int r = 0;

	if (result->has_compile)
		r = save_step(dir_fd, "compile", compile, &result->compile, fault);
	for (size_t i = 0; r == 0 && i < result->n_tests; i++)
		r = save_step(dir_fd, result->tests[i].name, test, &result->tests[i].step, fault);
	return r;
}
