/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a policy comes from half a dozen files, and from the absence of others: an administrator's
 * file of the same name would be found first. A kept one must not outlive any of that.
 *
 * Design: the two places where the file system is asked, finding (policy-find.c) and reading
 * (yaml-text.c), note what they see, before they use it: what changes in between is seen later. Files are compared by their content and not by their times, which
 * can be set and are coarse; paths by device and inode, which is what finding itself compares.
 */

#include "supervisor/policy/policy-reads.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"

enum { NOTE_PATH, NOTE_FILE, NOTE_DIRECTORY };

/* Followed by the path with its NUL, and the data. */
struct note {
	uint32_t path_bytes;
	uint32_t kind;
	uint64_t device, inode; /* of a path; 0: it is not there */
	uint64_t data_bytes;	/* of a file: its content; of a directory: its names */
};

static _Thread_local struct policy_reads *noting;

int policy_reads_begin(struct policy_reads *reads)
{
	*reads = (struct policy_reads){.notes = NULL};
	reads->stream = open_memstream(&reads->notes, &reads->size);
	if (!reads->stream)
		return -ENOMEM;
	noting = reads;
	return 0;
}

int policy_reads_end(struct policy_reads *reads)
{
	bool failed = reads->spoilt || ferror(reads->stream) != 0;

	noting = NULL;
	failed |= fclose(reads->stream) != 0;
	reads->stream = NULL;
	return failed ? -EIO : 0;
}

static void note_write(const struct note *note, const char *path, const void *data)
{
	(void)fwrite(note, sizeof(*note), 1, noting->stream);
	(void)fwrite(path, note->path_bytes, 1, noting->stream);
	if (note->data_bytes > 0)
		(void)fwrite(data, note->data_bytes, 1, noting->stream);
}

static struct note path_look(const char *path)
{
	struct note note = {.path_bytes = (uint32_t)strlen(path) + 1};
	struct stat st;

	if (stat(path, &st) == 0) {
		note.device = st.st_dev;
		note.inode = st.st_ino;
	}
	return note;
}

void policy_reads_path(const char *path)
{
	struct note note;

	if (!noting)
		return;
	note = path_look(path);
	note_write(&note, path, NULL);
}

void policy_reads_file(const char *path, const void *data, size_t size)
{
	const struct note note = {
		.path_bytes = (uint32_t)strlen(path) + 1,
		.kind = NOTE_FILE,
		.data_bytes = size,
	};

	if (noting)
		note_write(&note, path, data);
}

void policy_reads_spoil(void)
{
	if (noting)
		noting->spoilt = true;
}

/* The names in the order in which they come; none when it is not there. NULL when there is no memory. */
static char *directory_names(const char *path, size_t *ret_size)
{
	char *names = NULL;
	FILE *stream = open_memstream(&names, ret_size);
	DIR *directory = stream ? opendir(path) : NULL;

	if (!stream)
		return NULL;
	for (struct dirent *entry; directory && (entry = readdir(directory));)
		(void)fprintf(stream, "%s%c", entry->d_name, 0);
	if (directory)
		(void)closedir(directory);
	if (fclose(stream) == 0)
		return names;
	free(names);
	return NULL;
}

void policy_reads_directory(const char *path)
{
	struct note note = {.path_bytes = (uint32_t)strlen(path) + 1, .kind = NOTE_DIRECTORY};
	_cleanup_free_ char *names = NULL;
	size_t size = 0;

	if (!noting)
		return;
	names = directory_names(path, &size);
	note.data_bytes = size;
	if (names)
		note_write(&note, path, names);
	else
		policy_reads_spoil();
}

static bool directory_same(const char *path, const char *expected, size_t size)
{
	size_t got = 0;
	_cleanup_free_ char *names = directory_names(path, &got);

	return names && got == size && memcmp(names, expected, size) == 0;
}

static bool file_same(const char *path, const char *expected, size_t size)
{
	_cleanup_free_ char *data = NULL;
	size_t got = 0;

	return file_read_whole(AT_FDCWD, path, size, &data, &got) == 0 && got == size &&
	       memcmp(data, expected, size) == 0;
}

static bool note_holds(const struct note *note, const char *path, const char *data)
{
	struct note now;

	if (note->kind == NOTE_FILE)
		return file_same(path, data, note->data_bytes);
	if (note->kind == NOTE_DIRECTORY)
		return directory_same(path, data, note->data_bytes);
	now = path_look(path);
	return now.device == note->device && now.inode == note->inode;
}

bool policy_reads_hold(const char *notes, size_t size)
{
	while (size > 0) {
		struct note note;

		if (size < sizeof(note))
			return false;
		memcpy(&note, notes, sizeof(note));
		notes += sizeof(note);
		size -= sizeof(note);
		if (note.path_bytes == 0 || note.path_bytes > size ||
		    notes[note.path_bytes - 1] != '\0' || note.data_bytes > size - note.path_bytes ||
		    !note_holds(&note, notes, notes + note.path_bytes))
			return false;
		notes += note.path_bytes + note.data_bytes;
		size -= note.path_bytes + note.data_bytes;
	}
	return true;
}
