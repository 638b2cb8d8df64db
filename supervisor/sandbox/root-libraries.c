/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /etc/ld.so.cache of a sandbox: where the libraries are that it shows. Without one the dynamic linker tries a dozen places for each
 * library, in every program that is started, and does not find those in the places that the host added (/etc/ld.so.conf).
 *
 * The host's cache names all of its libraries. A sandbox gets the lines whose library lies in a place that is mounted where the host has it;
 * their names could be read there anyway. It is an optional file: where it cannot be made as said here there is none, and programs
 * look for their libraries as before.
 *
 * Layout: a header, entries in an order that the linker searches by halves, strings that the entries point to by offsets from the start. Variants of a
 * library for better processors have an index of their own behind all that: with one of them among the lines there is no cache.
 * Source: glibc's sysdeps/generic/dl-cache.h; since 2.32 ldconfig writes no other format.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "supervisor/sandbox/root.h"

enum { CACHE_BYTES_MAX = 512 << 10 };

struct cache_header {
	char magic[20];
	uint32_t n_entries, strings_size;
	uint8_t flags, padding[3];
	uint32_t extension_offset, unused[3];
};

struct cache_entry {
	int32_t flags;
	uint32_t name, path; /* offsets of strings */
	uint32_t os_version;
	uint64_t variant;
};

_Static_assert(sizeof(struct cache_header) == 48, "layout of ld.so.cache");
_Static_assert(sizeof(struct cache_entry) == 24, "layout of ld.so.cache");

static const char cache_magic[] = "glibc-ld.so.cache1.1";

/* Links to directories of the same names in /usr, which most hosts have, and then the sandbox too (root.c). */
static const char *const library_links[] = {"/lib", "/lib32", "/lib64", "/libx32"};

struct libraries {
	const struct root_request *request;
	bool linked[ARRAY_SIZE(library_links)];
	const char *from; /* the host's cache, which ends with NUL */
	size_t from_size;
	char *to;
	size_t room; /* of that */
	size_t to_size;
};

static bool cache_ok(const struct libraries *libraries)
{
	const struct cache_header *header = (const void *)libraries->from;
	size_t size = libraries->from_size;

	return size > sizeof(*header) &&
	       memcmp(header->magic, cache_magic, sizeof(header->magic)) == 0 &&
	       header->n_entries <= (size - sizeof(*header)) / sizeof(struct cache_entry);
}

static void links_look(struct libraries *libraries)
{
	for (size_t i = 0; i < ARRAY_SIZE(library_links); i++) {
		char target[16] = "";
		ssize_t n = readlink(library_links[i], target + 1, sizeof(target) - 2);

		target[0] = '/';
		libraries->linked[i] = n > 0 && strncmp(target, "/usr", 4) == 0 &&
				       strcmp(target + 4, library_links[i]) == 0;
	}
}

/* What comes before a path's beginning when that is a link: "/usr", or nothing. */
static const char *link_before(const struct libraries *libraries, const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(library_links); i++) {
		size_t length = strlen(library_links[i]);

		if (strncmp(path, library_links[i], length) == 0 && path[length] == '/')
			return libraries->linked[i] ? "/usr" : "";
	}
	return "";
}

/* The length of the mount's target when "usr path" lies below it, or 0. */
static size_t covers(const struct policy_mount *mount, const char *usr, const char *path)
{
	size_t before = strlen(usr), length = strlen(mount->target);

	if (length <= before || memcmp(mount->target, usr, before) != 0)
		return 0;
	return strncmp(mount->target + before, path, length - before) == 0 &&
			       path[length - before] == '/' ?
		       length :
		       0;
}

/* Whether the host's file is the sandbox's too: the last mount on the way to it says so. */
static bool is_shown(const struct libraries *libraries, const char *path)
{
	const struct root_request *request = libraries->request;
	const char *usr = link_before(libraries, path);
	size_t longest = 0;
	bool shown = false;

	for (size_t i = 0; i < request->n_mounts; i++) {
		const struct policy_mount *mount = &request->mounts[i];
		size_t length = covers(mount, usr, path);

		if (length <= longest)
			continue;
		longest = length;
		shown = strcmp(mount->source, mount->target) == 0;
	}
	return shown;
}

/* Appends a text. Its offset; 0 when there is no room. */
static uint32_t text_append(struct libraries *libraries, const char *text)
{
	size_t size = strlen(text) + 1, at = libraries->to_size;

	if (size > libraries->room - at)
		return 0;
	memcpy(libraries->to + at, text, size);
	libraries->to_size += size;
	return (uint32_t)at;
}

/* Copies the texts of an entry that is shown. 1: it is one; 0: it is not; -errno: there is to be no cache. */
static int entry_copy(struct libraries *libraries, struct cache_entry *entry)
{
	const char *name = libraries->from + entry->name, *path = libraries->from + entry->path;
	size_t name_length, path_length;

	if (entry->name >= libraries->from_size || entry->path >= libraries->from_size)
		return -EINVAL;
	if (!is_shown(libraries, path))
		return 0;
	if (entry->variant != 0)
		return -EOPNOTSUPP;
	name_length = strlen(name);
	path_length = strlen(path);
	entry->path = text_append(libraries, path);
	/* Mostly the end of the path, and written once. */
	if (name_length <= path_length && strcmp(path + path_length - name_length, name) == 0)
		entry->name = entry->path + (uint32_t)(path_length - name_length);
	else
		entry->name = text_append(libraries, name);
	return entry->path != 0 && entry->name != 0 ? 1 : -EFBIG;
}

/* Fills `to`. How many entries it has, or -errno. */
static int cache_copy(struct libraries *libraries)
{
	struct cache_header header;
	uint32_t n = 0;

	memcpy(&header, libraries->from, sizeof(header));
	libraries->to_size = sizeof(header) + header.n_entries * sizeof(struct cache_entry);
	if (libraries->to_size > libraries->room)
		return -EFBIG;
	for (uint32_t i = 0; i < header.n_entries; i++) {
		struct cache_entry entry;
		int r;

		memcpy(&entry, libraries->from + sizeof(header) + i * sizeof(entry), sizeof(entry));
		r = entry_copy(libraries, &entry);
		if (r < 0)
			return r;
		memcpy(libraries->to + sizeof(header) + n * sizeof(entry), &entry, sizeof(entry));
		n += (uint32_t)r;
	}
	header.strings_size = (uint32_t)(libraries->to_size - sizeof(header) -
					 header.n_entries * sizeof(struct cache_entry));
	header.n_entries = n;
	header.extension_offset = 0;
	memcpy(libraries->to, &header, sizeof(header));
	return (int)n;
}

int root_libraries_copy(const char *cache, size_t size, const struct root_request *request,
			char **ret_bytes, size_t *ret_size)
{
	struct libraries libraries = {.request = request, .from = cache, .from_size = size};
	int r;

	if (!cache_ok(&libraries))
		return 0;
	/* Texts that entries share are written for each of them: there are few. */
	libraries.room = MIN(2 * size, (size_t)CACHE_BYTES_MAX);
	libraries.to = calloc(1, libraries.room);
	if (libraries.to == NULL)
		return -ENOMEM;
	links_look(&libraries);
	r = cache_copy(&libraries);
	if (r <= 0) {
		free(libraries.to);
		return r;
	}
	*ret_bytes = libraries.to;
	*ret_size = libraries.to_size;
	return r;
}

int root_libraries(int root, const struct root_request *request)
{
	_cleanup_close_ int fd = -EBADF;
	_cleanup_free_ char *from = NULL, *to = NULL;
	size_t from_size, to_size;
	int r = file_read_whole(AT_FDCWD, "/etc/ld.so.cache", CACHE_BYTES_MAX, &from, &from_size);

	if (r == 0)
		r = root_libraries_copy(from, from_size, request, &to, &to_size);
	if (r <= 0)
		return r == -ENOMEM ? r : 0;
	fd = openat(root, "etc/ld.so.cache", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	return fd < 0 ? -errno : fd_write_all(fd, to, to_size);
}
