/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: reading and compiling a policy takes 3.5 ms of CPU time, a third of all that a run of a small
 * program takes, and gives the same each time.
 *
 * Design: the finished policy is kept as bytes (policy-pack.c) together with all that it was made of
 * (policy-reads.c), and used only when that is the same still. Which build made it is part of the
 * key, since a policy depends on the compiler of filters as well as on files. Only policies that are asked for
 * by name or by a file's extension are kept: there are few. There are PLACES files, and a name has one of them; two that share it take
 * turns, so nothing grows.
 *
 * The directory is /run/assay/policies, beside the locks of slots: it belongs to root and nobody else may write
 * there, and the next boot empties it. Who can change a file in it can change the policies themselves.
 * A file is written under another name and renamed, and says how long it is.
 *
 * Nothing here fails: what cannot be read or kept is loaded.
 */

#include "supervisor/policy/policy-kept.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/policy/policy-find.h"
#include "supervisor/policy/policy-pack.h"
#include "supervisor/policy/policy-reads.h"

enum { PLACES = 64, KEPT_BYTES_MAX = 4 << 20, BUILD_BYTES_MAX = 64, KEY_BYTES_MAX = 4096 };

/* The start of a file. The key, the reads and the packed policy follow. */
struct kept_header {
	char magic[8];
	uint64_t key_bytes, reads_bytes, policy_bytes;
};

static const char kept_magic[8] = "ASSAYP1";

/* Which build this is: the linker's hash of the program. */
struct build {
	unsigned char id[BUILD_BYTES_MAX];
	size_t size;
};

static void note_take(struct build *build, const char *notes, size_t size)
{
	while (size >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)notes;
		size_t name = (note->n_namesz + 3U) & ~3U, text = (note->n_descsz + 3U) & ~3U;

		if (name + text > size - sizeof(*note))
			return;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_descsz <= sizeof(build->id)) {
			memcpy(build->id, notes + sizeof(*note) + name, note->n_descsz);
			build->size = note->n_descsz;
			return;
		}
		notes += sizeof(*note) + name + text;
		size -= sizeof(*note) + name + text;
	}
}

/* The program itself comes first. Source: dl_iterate_phdr(3), elf(5). */
static int object_look(struct dl_phdr_info *info, size_t size _unused_, void *userdata)
{
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_NOTE)
			note_take(userdata,
				  (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr),
				  info->dlpi_phdr[i].p_memsz);
	return 1;
}

/* What is asked for, and what does it without anything kept. */
struct wish {
	const char *text;
	const char *key; /* what of the text counts */
	int (*load)(const struct policy_dirs *dirs, const char *text, struct policy **ret_policy,
		    struct fault *fault);
};

/* What a policy depends on besides the file system. */
struct key {
	char *text;
	size_t size;
	char name[16]; /* of its place */
};

static int key_make(struct key *key, const struct policy_dirs *dirs, const struct wish *wish)
{
	struct build build = {.size = 0};
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	FILE *stream;

	(void)dl_iterate_phdr(object_look, &build);
	if (build.size == 0)
		return -ENOENT;
	stream = open_memstream(&key->text, &key->size);
	if (!stream)
		return -ENOMEM;
	(void)fwrite(build.id, build.size, 1, stream);
	/* It knows names and numbers of calls, and may be a library of the host's. */
	(void)fprintf(stream, "%u.%u.%u%c", seccomp_version()->major, seccomp_version()->minor,
		      seccomp_version()->micro, 0);
	(void)fprintf(stream, "%s%c%s%c%d%s%c", dirs->admin ? dirs->admin : "", 0,
		      dirs->vendor ? dirs->vendor : "", 0, wish->load == policy_load, wish->key, 0);
	if (fclose(stream) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < key->size; i++)
		h = (h ^ (unsigned char)key->text[i]) * UINT64_C(0x100000001b3);
	(void)snprintf(key->name, sizeof(key->name), "%u", (unsigned)(h >> 32) % PLACES);
	return key->size <= KEY_BYTES_MAX ? 0 : -E2BIG;
}

/* A directory that is root's alone, made when it is not there. */
static int directory_open(int above, const char *path)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;

	if (mkdirat(above, path, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(above, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == 0 && (st.st_mode & 022) == 0 ? TAKE_FD(fd) : -EPERM;
}

static int kept_directory(const char *state_dir)
{
	_cleanup_close_ int above = directory_open(AT_FDCWD, state_dir);

	return above < 0 ? above : directory_open(above, "policies");
}

static int kept_read(int directory, const struct key *key, struct policy **ret_policy)
{
	_cleanup_free_ char *data = NULL;
	struct kept_header header;
	const char *at;
	size_t size;
	int r = file_read_whole(directory, key->name, KEPT_BYTES_MAX, &data, &size);

	if (r < 0)
		return r;
	if (size < sizeof(header))
		return -EBADMSG;
	memcpy(&header, data, sizeof(header));
	size -= sizeof(header);
	at = data + sizeof(header);
	if (memcmp(header.magic, kept_magic, sizeof(kept_magic)) != 0 || header.key_bytes > size ||
	    header.reads_bytes > size - header.key_bytes ||
	    header.policy_bytes != size - header.key_bytes - header.reads_bytes)
		return -EBADMSG;
	if (header.key_bytes != key->size || memcmp(at, key->text, key->size) != 0)
		return -ESTALE;
	at += header.key_bytes;
	if (!policy_reads_hold(at, header.reads_bytes))
		return -ESTALE;
	return policy_unpack(at + header.reads_bytes, header.policy_bytes, ret_policy);
}

/* Whole, or not at all: somebody else who writes at the same time has the name, and this one is not kept. */
static void kept_put(int directory, const char *name, const char *data, size_t size)
{
	char new_name[32];
	int fd, r;

	(void)snprintf(new_name, sizeof(new_name), "%s.new", name);
	fd = openat(directory, new_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		(void)unlinkat(directory, new_name, 0);
		return;
	}
	r = fd_write_all(fd, data, size);
	(void)fd_close(fd);
	if (r < 0 || renameat(directory, new_name, directory, name) < 0)
		(void)unlinkat(directory, new_name, 0);
}

static void kept_write(int directory, const struct key *key, const struct policy_reads *reads,
		       const struct policy *policy)
{
	struct kept_header header = {.key_bytes = key->size, .reads_bytes = reads->size};
	_cleanup_free_ char *data = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&data, &size);

	if (!stream)
		return;
	memcpy(header.magic, kept_magic, sizeof(kept_magic));
	(void)fwrite(&header, sizeof(header), 1, stream);
	(void)fwrite(key->text, key->size, 1, stream);
	(void)fwrite(reads->notes, reads->size, 1, stream);
	policy_pack(policy, stream);
	if (ferror(stream) || fclose(stream) != 0 || size > KEPT_BYTES_MAX)
		return;
	header.policy_bytes = size - sizeof(header) - key->size - reads->size;
	memcpy(data, &header, sizeof(header));
	kept_put(directory, key->name, data, size);
}

static int load_and_keep(int directory, const struct key *key, const struct policy_dirs *dirs,
			 const struct wish *wish, struct policy **ret_policy, struct fault *fault)
{
	struct policy_reads reads;
	int noted = policy_reads_begin(&reads);
	int r = wish->load(dirs, wish->text, ret_policy, fault);

	if (noted == 0)
		noted = policy_reads_end(&reads);
	if (r == 0 && noted == 0)
		kept_write(directory, key, &reads, *ret_policy);
	free(reads.notes);
	return r;
}

static int kept_or_load(const struct policy_dirs *dirs, const struct wish *wish, bool may,
			const char *state_dir, struct policy **ret_policy, struct fault *fault)
{
	_cleanup_close_ int directory = may && geteuid() == 0 ? kept_directory(state_dir) : -EBADF;
	struct key key = {.text = NULL};
	int r = directory < 0 ? directory : key_make(&key, dirs, wish);

	if (r == 0 && kept_read(directory, &key, ret_policy) < 0)
		r = load_and_keep(directory, &key, dirs, wish, ret_policy, fault);
	else if (r < 0)
		r = wish->load(dirs, wish->text, ret_policy, fault);
	free(key.text);
	return r;
}

int policy_load_kept(const struct policy_dirs *dirs, const char *name_or_path,
		     const char *state_dir, struct policy **ret_policy, struct fault *fault)
{
	const struct wish wish = {name_or_path, name_or_path, policy_load};

	return kept_or_load(dirs, &wish, !policy_is_path(name_or_path), state_dir, ret_policy,
			    fault);
}

/* An extension is an ending of the name that begins with a dot, and not all of it: what is before the first of those does not count. */
int policy_load_for_file_kept(const struct policy_dirs *dirs, const char *file_name,
			      const char *state_dir, struct policy **ret_policy, struct fault *fault)
{
	const char *dot = file_name[0] != '\0' ? strchr(file_name + 1, '.') : NULL;
	const struct wish wish = {file_name, dot, policy_load_for_file};

	return kept_or_load(dirs, &wish, dot != NULL, state_dir, ret_policy, fault);
}
