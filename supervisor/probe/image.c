/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libbpf reads some MiB of the kernel's types to fit a program to it: 15 ms of CPU time, more than a whole run. The result is the same
 * until the next boot, so it is kept in /run, which the next boot empties: instructions after all relocations, with maps by their place in
 * the object, and the number of the tracepoint's type.
 *
 * The image is used when it was made from the same object by the same kernel (build id), and lies in a directory that only root may write.
 * The kernel verifies its programs like any others, so a wrong image is refused or useless, never dangerous.
 *
 * The maps are made by libbpf. It reads the kernel's types for a program that it is to load, and for relocations, unless it is given other types
 * to relocate by: none of the programs is, and it is given the object's own.
 */

#include "supervisor/probe/image.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/probe/skeleton.h"

#define IMAGE_DIR "/run/assay"
#define IMAGE_FILE "programs.image"

enum {
	IMAGE_VERSION = 2,
	IMAGE_BYTES_MAX = 1 << 20,
	IMAGE_PROGRAMS_MAX = 16,
	NOTES_BYTES = 256, /* the kernel's ELF notes: its build id is in them */
};

struct image_head {
	char magic[8];
	uint32_t version, n_programs;
	uint64_t object_bytes, object_hash;
	char notes[NOTES_BYTES];
};

struct image_program {
	char name[32];
	uint32_t type;	  /* enum bpf_prog_type */
	uint32_t type_id; /* of the tracepoint, or 0 */
	uint32_t n_insns; /* they follow */
	uint32_t reserved;
};

/* FNV-1a: tells builds apart. Source: RFC 9923. */
static uint64_t hash(const char *data, size_t size)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		h = (h ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
	return h;
}

static int head_make(uint32_t n_programs, struct image_head *head)
{
	size_t size;
	const void *object = probe_bpf__elf_bytes(&size);
	_cleanup_close_ int fd = open("/sys/kernel/notes", O_RDONLY | O_CLOEXEC);

	*head = (struct image_head){
		.magic = "assayimg",
		.version = IMAGE_VERSION,
		.n_programs = n_programs,
		.object_bytes = size,
		.object_hash = hash(object, size),
	};
	if (fd < 0 || read(fd, head->notes, sizeof(head->notes)) <= 0)
		return -ENOENT;
	return 0;
}

/* The place of the map with this descriptor in the object, or -ENOENT. */
static int map_place(const struct bpf_object *object, int fd)
{
	const struct bpf_map *map;
	int place = 0;

	bpf_object__for_each_map(map, object)
	{
		if (bpf_map__fd(map) == fd)
			return place;
		place++;
	}
	return -ENOENT;
}

static int map_at(const struct bpf_object *object, int place)
{
	const struct bpf_map *map;

	bpf_object__for_each_map(map, object) if (place-- == 0) return bpf_map__fd(map);
	return -ENOENT;
}

static bool names_a_map(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW) &&
	       (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE);
}

/* Replaces maps by descriptors, or the other way round. The second half of such an instruction is passed over. */
static int maps_translate(const struct bpf_object *object, struct bpf_insn *insns, uint32_t n,
			  int (*translate)(const struct bpf_object *, int))
{
	for (uint32_t i = 0; i < n; i++) {
		int value;

		if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		value = names_a_map(&insns[i]) ? translate(object, insns[i].imm) : insns[i].imm;
		if (value < 0 && names_a_map(&insns[i]))
			return value;
		insns[i].imm = value;
		i++;
	}
	return 0;
}

static int program_write(const struct bpf_object *object, const struct bpf_program *program,
			 FILE *file)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);
	struct image_program head = {.n_insns = (uint32_t)bpf_program__insn_cnt(program)};
	size_t bytes = head.n_insns * sizeof(struct bpf_insn);
	_cleanup_free_ struct bpf_insn *insns = malloc(bytes);
	int r;

	if (insns == NULL || bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) < 0)
		return -EIO;
	memcpy(insns, bpf_program__insns(program), bytes);
	r = maps_translate(object, insns, head.n_insns, map_place);
	head.type = bpf_program__type(program);
	head.type_id = info.attach_btf_id;
	(void)snprintf(head.name, sizeof(head.name), "%s", bpf_program__name(program));
	if (r < 0 || (head.type == BPF_PROG_TYPE_TRACING && head.type_id == 0) ||
	    fwrite(&head, sizeof(head), 1, file) != 1 || fwrite(insns, 1, bytes, file) != bytes)
		return -EIO;
	return 0;
}

static int image_write(const struct bpf_object *object, FILE *file)
{
	struct bpf_program *program;
	struct image_head head;
	uint32_t n = 0;
	int r;

	bpf_object__for_each_program(program, object) n += bpf_program__autoload(program);
	r = head_make(n, &head);
	if (r < 0 || fwrite(&head, sizeof(head), 1, file) != 1)
		return -EIO;
	bpf_object__for_each_program(program, object) if (r == 0 && bpf_program__autoload(program))
		r = program_write(object, program, file);
	return r;
}

/* Written beside and renamed, so that nobody sees a part of it. */
void image_keep(const struct probe *probe)
{
	char name[64];
	_cleanup_close_ int dir = open(IMAGE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FILE *file;
	int fd, r;

	(void)snprintf(name, sizeof(name), IMAGE_FILE ".%d", getpid());
	fd = dir < 0 ? -1 : openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	file = fdopen(fd, "w");
	if (file == NULL) {
		(void)close(fd);
		(void)unlinkat(dir, name, 0);
		return;
	}
	r = image_write(probe->skeleton->obj, file);
	if (fclose(file) != 0 || r < 0 || renameat(dir, name, dir, IMAGE_FILE) < 0)
		(void)unlinkat(dir, name, 0);
}

static bool only_roots(int fd, mode_t type)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == 0 && (st.st_mode & 022) == 0 &&
	       (st.st_mode & S_IFMT) == type;
}

static int image_read(char **ret_data, size_t *ret_size)
{
	_cleanup_close_ int dir = open(IMAGE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_close_ int fd =
		dir < 0 ? -EBADF : openat(dir, IMAGE_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || !only_roots(dir, S_IFDIR) || !only_roots(fd, S_IFREG))
		return -ENOENT;
	return file_read_whole(dir, IMAGE_FILE, IMAGE_BYTES_MAX, ret_data, ret_size);
}

/* Loads one program and moves *at past it. Returns the fd or -errno. */
static int program_load(const struct bpf_object *object, char **at, const char *end,
			uint32_t *ret_type)
{
	struct bpf_prog_load_opts options = {.sz = sizeof(options)};
	struct image_program head;
	struct bpf_insn *insns;
	int r;

	if ((size_t)(end - *at) < sizeof(head))
		return -EBADMSG;
	memcpy(&head, *at, sizeof(head));
	insns = (struct bpf_insn *)(void *)(*at + sizeof(head));
	*at += sizeof(head);
	if (head.n_insns > (size_t)(end - *at) / sizeof(*insns))
		return -EBADMSG;
	*at += head.n_insns * sizeof(*insns);
	r = maps_translate(object, insns, head.n_insns, map_at);
	if (r < 0)
		return r;
	head.name[sizeof(head.name) - 1] = '\0';
	options.attach_btf_id = head.type_id;
	if (head.type == BPF_PROG_TYPE_TRACING)
		options.expected_attach_type = BPF_TRACE_RAW_TP;
	*ret_type = head.type;
	return bpf_prog_load(head.type, head.name, "Dual BSD/GPL", insns, head.n_insns, &options);
}

static int programs_load(struct probe *probe, char *data, size_t size)
{
	char *at = data + sizeof(struct image_head);
	struct image_head head, wanted;

	if (size < sizeof(head))
		return -EBADMSG;
	memcpy(&head, data, sizeof(head));
	if (head.n_programs == 0 || head.n_programs > IMAGE_PROGRAMS_MAX ||
	    head_make(head.n_programs, &wanted) < 0 || memcmp(&head, &wanted, sizeof(head)) != 0)
		return -ESTALE;
	probe->images = new0(int, head.n_programs);
	if (probe->images == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < head.n_programs; i++) {
		uint32_t type;
		int fd = program_load(probe->skeleton->obj, &at, data + size, &type);

		if (fd < 0)
			return fd;
		if (type == BPF_PROG_TYPE_PERF_EVENT)
			probe->image_cpu = fd;
		else
			probe->images[probe->n_images++] = fd;
	}
	return 0;
}

/* The object's own types, as a file that libbpf can read. */
static int own_types_open(char path[static 32])
{
	size_t size;
	const void *object = probe_bpf__elf_bytes(&size);
	int fd = fd_sealed_memfd("types", object, size);

	if (fd >= 0)
		(void)snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static int maps_load(struct probe *probe, int (*configure)(struct probe *probe, void *userdata),
		     void *userdata)
{
	struct bpf_object_open_opts options = {.sz = sizeof(options)};
	char path[32];
	_cleanup_close_ int types = own_types_open(path);
	struct bpf_program *program;
	int r;

	if (types < 0)
		return types;
	options.btf_custom_path = path;
	probe->skeleton = probe_bpf__open_opts(&options);
	if (probe->skeleton == NULL)
		return -errno;
	r = configure(probe, userdata);
	if (r < 0)
		return r;
	bpf_object__for_each_program(program, probe->skeleton->obj)(void)
		bpf_program__set_autoload(program, false);
	return probe_bpf__load(probe->skeleton);
}

bool image_load(struct probe *probe, int (*configure)(struct probe *probe, void *userdata),
		void *userdata)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r = image_read(&data, &size);

	if (r < 0)
		return false;
	r = maps_load(probe, configure, userdata);
	if (r == 0)
		r = programs_load(probe, data, size);
	if (r < 0)
		probe_unload(probe);
	return r == 0;
}
