/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BPF: whether this kernel loads and attaches the kinds of programs that tracing, metering and the
 * second wall are made of.
 *
 * The problem: a kind may be built in and yet refused, because the architecture has no trampolines,
 * by lockdown, by a hypervisor's kernel, or it may load and never be called because "bpf" is
 * missing in the LSM list.
 *
 * The design: programs of two instructions ("return a constant") are loaded by raw bpf(2) and
 * attached, to the probe group or to a kernel function, and detached at once by closing them.
 * libbpf is not needed for that and is kept to supervisor/probe. Kernel functions are named by
 * their BTF id: the id is looked up in the kernel's own type information, read as it lies in
 * /sys/kernel/btf/vmlinux, with every offset checked against the file's size.
 *
 * Source: bpf(2), Documentation/bpf/btf.rst.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/host-attempts.h"

#define TYPES "/sys/kernel/btf/vmlinux"
#ifndef SYS_lsm_list_modules
#define SYS_lsm_list_modules 461 /* since Linux 6.8, the same number everywhere */
#endif

enum {
	TYPES_BYTES_MAX = 256 << 20, /* 5 to 10 MiB in distributions; debug kernels have more */
	RING_BYTES = 1 << 16,	     /* a power of two and a multiple of every page size */
	MODULES_MAX = 64,	     /* LSMs on a list; the kernel has about a dozen */
	MODULE_BPF = 109,	     /* LSM_ID_BPF of linux/lsm.h */
	KIND_ENUM64 = 19,	     /* younger than some headers */
};

/*
 * Says what was refused; without the capabilities the kernel's configuration is not the reason.
 * Returns `error`.
 */
static int refused(struct host_note *note, int error, const char *what)
{
	if (!host_has_capability(CAP_BPF) || !host_has_capability(CAP_PERFMON))
		note->remedy = "Run Assay as root of the host, with CAP_BPF and CAP_PERFMON.";
	return note_say(note, error, "cannot be %s: %s", what, strerror(-error));
}

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* How many bytes follow a type of this kind, or -1 for a kind that is not known. */
static long bytes_after(uint32_t info)
{
	long n = BTF_INFO_VLEN(info);

	switch (BTF_INFO_KIND(info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case KIND_ENUM64:
		return n * 12;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return n * 8;
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	default:
		return -1;
	}
}

/*
 * The id of the type with this kind and name, or -errno. `data` ends with a NUL that is not counted
 * in `size`.
 */
static int find_type(const char *data, size_t size, uint32_t kind, const char *name)
{
	struct btf_header header;
	struct btf_type type;
	const char *at, *end, *names;
	long extra;

	if (size < sizeof(header))
		return -EINVAL;
	memcpy(&header, data, sizeof(header));
	if (header.magic != BTF_MAGIC || header.hdr_len > size ||
	    header.type_off > size - header.hdr_len || header.str_off > size - header.hdr_len ||
	    header.type_len > size - header.hdr_len - header.type_off)
		return -EINVAL;
	at = data + header.hdr_len + header.type_off;
	end = at + header.type_len;
	names = data + header.hdr_len + header.str_off;
	for (int id = 1; end - at >= (long)sizeof(type); id++) {
		memcpy(&type, at, sizeof(type));
		if (BTF_INFO_KIND(type.info) == kind && names + type.name_off < data + size &&
		    !strcmp(names + type.name_off, name))
			return id;
		extra = bytes_after(type.info);
		if (extra < 0)
			return -EINVAL;
		at += sizeof(type) + (size_t)extra;
	}
	return -ENOENT;
}

static int kernel_type(uint32_t kind, const char *name)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r = file_read_whole(AT_FDCWD, TYPES, TYPES_BYTES_MAX, &data, &size);

	return r < 0 ? r : find_type(data, size, kind, name);
}

/* Loads "return `value`". Returns the fd or -errno. */
static int load_constant(enum bpf_prog_type type, enum bpf_attach_type attach, int type_id,
			 int value)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = value},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.insns = (uint64_t)(uintptr_t)code;
	attr.insn_cnt = ARRAY_SIZE(code);
	attr.license = (uint64_t)(uintptr_t) "Dual BSD/GPL"; /* the kernel asks it of LSM programs */
	attr.expected_attach_type = attach;
	attr.attach_btf_id = (uint32_t)type_id;
	fd = bpf(BPF_PROG_LOAD, &attr);
	return fd < 0 ? -errno : (int)fd;
}

/* Loads and attaches a program to a kernel function or tracepoint; closing detaches it. */
static int try_traced(enum bpf_prog_type type, enum bpf_attach_type attach, uint32_t kind,
		      const char *name, struct host_note *note)
{
	_cleanup_close_ int program = -EBADF, link = -EBADF;
	union bpf_attr attr;
	int id = kernel_type(kind, name);

	if (id < 0)
		return note_say(note, id, "no type information of %s", name);
	program = load_constant(type, attach, id, 0);
	if (program < 0)
		return refused(note, program, "loaded");
	memset(&attr, 0, sizeof(attr));
	attr.raw_tracepoint.prog_fd = (uint32_t)program;
	link = (int)bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
	if (link < 0)
		return refused(note, -errno, "attached");
	return 0;
}

int try_bpf_types(const struct host_context *context _unused_, struct host_note *note)
{
	if (access(TYPES, R_OK) < 0)
		return note_say(note, -errno, "there is no " TYPES);
	return note_say(note, 0, TYPES);
}

int try_bpf_ring(const struct host_context *context _unused_, struct host_note *note)
{
	_cleanup_close_ int fd = -EBADF;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_RINGBUF;
	attr.max_entries = RING_BYTES;
	fd = (int)bpf(BPF_MAP_CREATE, &attr);
	return fd < 0 ? refused(note, -errno, "made") : 0;
}

int try_bpf_tracepoint(const struct host_context *context _unused_, struct host_note *note)
{
	return try_traced(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, BTF_KIND_TYPEDEF,
			  "btf_trace_sys_exit", note);
}

int try_bpf_function(const struct host_context *context _unused_, struct host_note *note)
{
	return try_traced(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, BTF_KIND_FUNC, "do_exit", note);
}

/* At a clock of this process, which is never started. */
int try_bpf_clock(const struct host_context *context _unused_, struct host_note *note)
{
	_cleanup_close_ int program = load_constant(BPF_PROG_TYPE_PERF_EVENT, 0, 0, 0);
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.size = sizeof(attr),
		.sample_period = NSEC_PER_SEC,
		.disabled = 1,
	};
	_cleanup_close_ int clock =
		(int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (program < 0)
		return refused(note, program, "loaded");
	if (clock < 0)
		return note_say(note, -errno, "no clock can be opened: %s", strerror(errno));
	if (ioctl(clock, PERF_EVENT_IOC_SET_BPF, program) < 0)
		return refused(note, -errno, "attached");
	return 0;
}

/* Whether "bpf" is among the LSMs that are on: 1, 0, or -errno when the kernel does not say. */
static int lsm_list_has_bpf(void)
{
	uint64_t ids[MODULES_MAX];
	uint32_t size = sizeof(ids);
	char text[512]; /* names of a dozen modules */
	char *rest = text, *word;
	long n = syscall(SYS_lsm_list_modules, ids, &size, 0);
	ssize_t r;

	for (long i = 0; i < n; i++)
		if (ids[i] == MODULE_BPF)
			return 1;
	if (n >= 0)
		return 0;
	r = file_read(AT_FDCWD, "/sys/kernel/security/lsm", text, sizeof(text));
	if (r < 0)
		return (int)r;
	while ((word = strsep(&rest, ",")))
		if (!strcmp(word, "bpf"))
			return 1;
	return 0;
}

int try_bpf_lsm(const struct host_context *context _unused_, struct host_note *note)
{
	int r = try_traced(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, BTF_KIND_FUNC, "bpf_lsm_file_open", note);
	int listed = lsm_list_has_bpf();

	if (r == 0 && listed < 0)
		return note_say(
			note, HOST_TRY_UNKNOWN,
			"attached; /sys/kernel/security is not there to say whether it is called");
	if (r == 0 && listed == 0)
		return note_say(note, -ENOTSUP, "attached, but bpf is not in the kernel's LSM list");
	return r;
}

/* Attaches to the probe group; the group's end would detach it as well. */
static int try_in_group(const struct host_context *context, enum bpf_prog_type type,
			enum bpf_attach_type attach, struct host_note *note)
{
	_cleanup_close_ int program = load_constant(type, attach, 0, 1);
	union bpf_attr attr;

	if (program < 0)
		return refused(note, program, "loaded");
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)context->groups.v2.fd;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = attach;
	if (bpf(BPF_PROG_ATTACH, &attr) < 0)
		return refused(note, -errno, "attached");
	if (bpf(BPF_PROG_DETACH, &attr) < 0)
		return refused(note, -errno, "detached");
	return 0;
}

int try_bpf_device(const struct host_context *context, struct host_note *note)
{
	return try_in_group(context, BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE, note);
}

int try_bpf_socket(const struct host_context *context, struct host_note *note)
{
	return try_in_group(context, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, note);
}
