/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a program does depends on the interpreter or compiler that was there. A version that a tool says of itself is a claim, so the
 * record has the hash of its file. A node of 100 MB takes 100 ms to hash, longer than many a run: hashes are remembered by
 * what only a change of the file changes (device, inode, size, times of modification and of change; the last one nobody can set). A kernel's time of change is
 * that of its last tick: a file that was changed in this one may change again without a sign, and its hash is not remembered.
 *
 * The memory is a file of lines, `DEVICE INODE SIZE MTIME CTIME HASH`, written beside and renamed. It is believed as far as the record itself:
 * who can write there as root can write a record too.
 */

#include "lib/trace/tool-hash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/trace/frame.h"

#define CACHE_FILE "tools"

enum {
	BLOCK_BYTES = 256 * 1024,
	CACHE_BYTES_MAX = 32 * 1024, /* some 200 files; then it begins anew */
	LINE_BYTES = 256,
};

/* What tells one version of a file from another, as the beginning of its line. */
static int identity(const struct stat *st, char line[static LINE_BYTES])
{
	return snprintf(line, LINE_BYTES, "%jx %jx %jx %jx.%lx %jx.%lx ", (uintmax_t)st->st_dev,
			(uintmax_t)st->st_ino, (uintmax_t)st->st_size,
			(uintmax_t)st->st_mtim.tv_sec, (unsigned long)st->st_mtim.tv_nsec,
			(uintmax_t)st->st_ctim.tv_sec, (unsigned long)st->st_ctim.tv_nsec);
}

static int file_hash(int fd, char ret_hex[static TRACE_HASH_HEX])
{
	_cleanup_free_ uint8_t *block = malloc(BLOCK_BYTES);
	crypto_generichash_state state;
	uint8_t hash[TRACE_HASH_BYTES];
	ssize_t n = BLOCK_BYTES;

	if (block == NULL || sodium_init() < 0)
		return -ENOMEM;
	(void)crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	while (n == BLOCK_BYTES) {
		n = fd_read_full(fd, block, BLOCK_BYTES);
		if (n < 0)
			return (int)n;
		(void)crypto_generichash_update(&state, block, (size_t)n);
	}
	(void)crypto_generichash_final(&state, hash, sizeof(hash));
	trace_hex(hash, sizeof(hash), ret_hex);
	return 0;
}

/* A directory whose contents are believed, or -errno. */
static int cache_open(const char *path)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;

	if (path == NULL)
		return -ENOENT;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == 0 && (st.st_mode & 022) == 0 ? TAKE_FD(fd) : -EPERM;
}

/* What is remembered, or an empty text. The caller frees it. */
static char *cache_read(int dir)
{
	char *text = NULL;
	size_t size;

	if (dir < 0 || file_read_whole(dir, CACHE_FILE, CACHE_BYTES_MAX, &text, &size) < 0)
		return strdup("");
	return text;
}

static bool is_hash(const char *text)
{
	return strspn(text, "0123456789abcdef") == TRACE_HASH_HEX - 1 &&
	       text[TRACE_HASH_HEX - 1] == '\n';
}

static bool cache_find(const char *text, const char *line, char ret_hex[static TRACE_HASH_HEX])
{
	const char *found = strstr(text, line);

	if (found == NULL || (found != text && found[-1] != '\n') || !is_hash(found + strlen(line)))
		return false;
	memcpy(ret_hex, found + strlen(line), TRACE_HASH_HEX - 1);
	ret_hex[TRACE_HASH_HEX - 1] = '\0';
	return true;
}

/* Failing is nobody's loss. Of two that write at once one is forgotten. */
static void cache_write(int dir, const char *text, const char *line, const char *hex)
{
	_cleanup_free_ char *all = NULL;
	char name[64];
	_cleanup_close_ int fd = -EBADF;
	int size;

	if (strlen(text) + (size_t)2 * LINE_BYTES > CACHE_BYTES_MAX)
		text = "";
	size = asprintf(&all, "%s%s%s\n", text, line, hex);
	if (size < 0) {
		all = NULL;
		return;
	}
	(void)snprintf(name, sizeof(name), CACHE_FILE ".%d", getpid());
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (fd_write_all(fd, all, (size_t)size) < 0 || renameat(dir, name, dir, CACHE_FILE) < 0)
		(void)unlinkat(dir, name, 0);
}

/* Whether a change from now on gives the file another time of change. */
static bool is_settled(const struct stat *st)
{
	struct timespec now;

	return clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0 &&
	       (now.tv_sec > st->st_ctim.tv_sec ||
		(now.tv_sec == st->st_ctim.tv_sec && now.tv_nsec > st->st_ctim.tv_nsec));
}

/* 0; -ENOENT: there is nothing to hash. */
static int tool_hash(int dir, const char *path, char ret_hex[static TRACE_HASH_HEX])
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	_cleanup_free_ char *text = cache_read(dir);
	char line[LINE_BYTES];
	struct stat st;
	bool settled;
	int r;

	if (text == NULL)
		return -ENOMEM;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -ENOENT;
	(void)identity(&st, line);
	settled = is_settled(&st);
	if (cache_find(text, line, ret_hex))
		return 0;
	r = file_hash(fd, ret_hex);
	if (r == 0 && dir >= 0 && settled)
		cache_write(dir, text, line, ret_hex);
	return r;
}

static int set_tool(struct trace_record *record, int dir, const char *path)
{
	char key[TRACE_KEY_BYTES_MAX + 1], hex[TRACE_HASH_HEX];

	if (path == NULL || path[0] != '/' ||
	    (size_t)snprintf(key, sizeof(key), "tool.%s", path) >= sizeof(key) ||
	    trace_record_text(record, key) != NULL || tool_hash(dir, path, hex) < 0)
		return 0;
	return trace_record_set(record, key, hex);
}

int trace_record_set_tools(struct trace_record *record, const struct policy *policy,
			   const char *cache_dir)
{
	_cleanup_close_ int dir = cache_open(cache_dir);
	int r = 0;

	if (policy->compile.argv != NULL)
		r = set_tool(record, dir, policy->compile.argv[0]);
	if (r == 0 && policy->run.argv != NULL)
		r = set_tool(record, dir, policy->run.argv[0]);
	for (size_t i = 0; i < policy->n_needs && r == 0; i++)
		r = set_tool(record, dir, policy->needs[i].path);
	return r;
}
