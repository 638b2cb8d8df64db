/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading and attaching. The programs are compiled once for all kernels (CO-RE): libbpf fits the offsets of fields to the running
 * kernel's own type information, and the kernel verifies the result. What is required is required as a whole; what a
 * kernel may lack (the LSM programs) is left out when it refuses them.
 *
 * Attached is a second state: an idle host pays nothing. Detaching is cheap; attaching again right after it waits for every CPU
 * to have left the old state, so it is left to the caller when to rest.
 */

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/probe/capture.h"
#include "supervisor/probe/image.h"
#include "supervisor/probe/probe-internal.h"
#include "supervisor/probe/skeleton.h"

enum {
	DEPTH_MAX = 64,
	ROOT_INODE =
		1, /* the kernel's number of the tree's root, as a cgroup namespace does not show it */
};

/* libbpf says on stderr what went wrong; a library is silent, and the fault has the errno. */
static int silent(enum libbpf_print_level level _unused_, const char *format _unused_,
		  va_list args _unused_)
{
	return 0;
}

/*
 * How deep a directory lies in the tree, 0 for the root. -ENOTSUP inside a cgroup namespace, where the true root is not seen: then
 * a sandbox's descendants are not told apart from strangers, and there are none (no sandbox has a cgroup tree).
 */
static int group_depth(int group_fd)
{
	_cleanup_close_ int fd = openat(group_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat here, above;

	if (fd < 0 || fstat(fd, &here) < 0)
		return -errno;
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		int up;

		if (here.st_ino == ROOT_INODE)
			return depth;
		up = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (up < 0)
			return -errno;
		(void)fd_close(fd);
		fd = up;
		if (fstat(fd, &above) < 0)
			return -errno;
		if (above.st_dev != here.st_dev)
			return -ENOTSUP;
		here = above;
	}
	return -ELOOP;
}

static int refused(int error, const char *what, struct fault *fault)
{
	if (error == -EPERM)
		return fault_set(fault, -EPERM, "bpf",
				 "%s; run as root of the host, with CAP_BPF and CAP_PERFMON", what);
	return fault_set(fault, error, "bpf", "%s; see assay doctor", what);
}

bool probe_hooks_allowed(void)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	struct bpf_prog_load_opts options = {.sz = sizeof(options),
					     .expected_attach_type = BPF_LSM_MAC};
	int id = libbpf_find_vmlinux_btf_id("file_open", BPF_LSM_MAC);
	_cleanup_close_ int program = -EBADF, link = -EBADF;

	if (id <= 0)
		return false;
	options.attach_btf_id = (__u32)id;
	program = bpf_prog_load(BPF_PROG_TYPE_LSM, "try", "Dual BSD/GPL", code, ARRAY_SIZE(code),
				&options);
	if (program >= 0)
		link = bpf_raw_tracepoint_open(NULL, program);
	return link >= 0;
}

/* Only what is needed is verified: what makes events is most of it. */
static void programs_choose(struct probe_bpf *skeleton, bool traced)
{
	struct bpf_program *const tracing[] = {
		skeleton->progs.on_sys_exit_traced, skeleton->progs.on_exec_event,
		skeleton->progs.on_fork_event,	    skeleton->progs.on_exit_event,
		skeleton->progs.on_signal_event,
	};

	for (size_t i = 0; i < ARRAY_SIZE(tracing); i++)
		(void)bpf_program__set_autoload(tracing[i], traced);
	(void)bpf_program__set_autoload(skeleton->progs.on_sys_exit, !traced);
	(void)bpf_program__set_autoload(skeleton->progs.on_file_open,
					traced && probe_hooks_allowed());
}

struct configuration {
	const struct probe_options *options;
	int depth; /* of the sandboxes' groups, or -ENOTSUP */
};

/* What must be known before the programs are verified. */
static int configure(struct probe *probe, void *userdata)
{
	const struct configuration *configuration = userdata;
	const struct probe_options *options = configuration->options;
	struct probe_bpf *skeleton = probe->skeleton;
	int r;

	skeleton->rodata->sandbox_level =
		configuration->depth < 0 ? PROBE_LEVEL_ANY :
					   (__u32)configuration->depth + options->levels_below;
	skeleton->rodata->ring_watermark = options->ring_bytes / 8;
	skeleton->rodata->ring_half = options->ring_bytes / 2;
	capture_ops((__u32 *)(uintptr_t)skeleton->rodata->call_ops);
	programs_choose(skeleton, options->ring_bytes > 0);
	r = bpf_map__set_max_entries(skeleton->maps.sandboxes, options->n_sandboxes);
	return r < 0 ? r :
		       bpf_map__set_max_entries(skeleton->maps.rings,
						(__u32)sysconf(_SC_NPROCESSORS_CONF));
}

static int states_map(struct probe *probe, struct fault *fault)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *memory;

	probe->sandboxes_bytes =
		(probe->n_sandboxes * sizeof(struct probe_sandbox) + page - 1) / page * page;
	memory = mmap(NULL, probe->sandboxes_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		      bpf_map__fd(probe->skeleton->maps.sandboxes), 0);
	if (memory == MAP_FAILED)
		return fault_set(fault, -errno, "bpf", "cannot map the states");
	probe->sandboxes = memory;
	return 0;
}

/* By way of the kernel's types. What it comes to is kept for the next process. */
static int skeleton_load(struct probe *probe, struct configuration *configuration,
			 struct fault *fault)
{
	int r;

	probe->skeleton = probe_bpf__open();
	if (probe->skeleton == NULL)
		return fault_set(fault, -errno, "bpf", "cannot open the programs");
	r = configure(probe, configuration);
	if (r < 0)
		return fault_set(fault, r, "bpf", "cannot size a map");
	r = probe_bpf__load(probe->skeleton);
	if (r < 0)
		return refused(r, "the kernel does not take the programs", fault);
	if (configuration->options->ring_bytes == 0)
		image_keep(probe);
	return 0;
}

int probe_load(struct probe *probe, const struct probe_options *options, struct fault *fault)
{
	struct configuration configuration = {
		.options = options,
		.depth = group_depth(options->group_fd),
	};
	int r = 0;

	if (configuration.depth < 0 && configuration.depth != -ENOTSUP)
		return fault_set(fault, configuration.depth, "bpf", "cannot find the group's depth");
	(void)libbpf_set_print(silent);
	if (options->ring_bytes > 0 || !image_load(probe, configure, &configuration))
		r = skeleton_load(probe, &configuration, fault);
	if (r < 0)
		return r;
	probe->n_programs = (size_t)probe->skeleton->skeleton->prog_cnt;
	probe->links = new0(struct bpf_link *, probe->n_programs);
	probe->image_links = new0(int, probe->n_images + 1);
	if (probe->links == NULL || probe->image_links == NULL)
		return fault_set(fault, -ENOMEM, "bpf", "links");
	for (unsigned i = 0; i < probe->n_images; i++)
		probe->image_links[i] = -EBADF;
	return states_map(probe, fault);
}

void probe_unload(struct probe *probe)
{
	probe_detach(probe);
	for (unsigned i = 0; i < probe->n_images; i++)
		(void)fd_close(probe->images[i]);
	probe->image_cpu = fd_close(probe->image_cpu);
	free(probe->images);
	free(probe->image_links);
	free(probe->links);
	if (probe->sandboxes != NULL)
		(void)munmap(probe->sandboxes, probe->sandboxes_bytes);
	probe_bpf__destroy(probe->skeleton);
	probe->images = probe->image_links = NULL;
	probe->n_images = 0;
	probe->links = NULL;
	probe->sandboxes = NULL;
	probe->skeleton = NULL;
}

static int images_attach(struct probe *probe)
{
	for (unsigned i = 0; i < probe->n_images; i++) {
		if (probe->image_links[i] >= 0)
			continue;
		probe->image_links[i] = bpf_raw_tracepoint_open(NULL, probe->images[i]);
		if (probe->image_links[i] < 0)
			return probe->image_links[i];
	}
	return 0;
}

static int skeleton_attach(struct probe *probe)
{
	for (size_t i = 0; i < probe->n_programs; i++) {
		struct bpf_program *program = *probe->skeleton->skeleton->progs[i].prog;

		if (probe->links[i] != NULL || !bpf_program__autoload(program) ||
		    bpf_program__type(program) == BPF_PROG_TYPE_PERF_EVENT)
			continue;
		probe->links[i] = bpf_program__attach(program);
		if (probe->links[i] == NULL)
			return -errno;
	}
	return 0;
}

int probe_attach(struct probe *probe, struct fault *fault)
{
	int r = images_attach(probe);

	if (r == 0)
		r = skeleton_attach(probe);
	if (r == 0)
		return 0;
	probe_detach(probe);
	return refused(r, "a program cannot be attached", fault);
}

void probe_detach(struct probe *probe)
{
	for (unsigned i = 0; probe->image_links != NULL && i < probe->n_images; i++)
		probe->image_links[i] = fd_close(probe->image_links[i]);
	for (size_t i = 0; probe->links != NULL && i < probe->n_programs; i++) {
		(void)bpf_link__destroy(probe->links[i]);
		probe->links[i] = NULL;
	}
}

struct probe_place *probe_table(const struct probe *probe)
{
	return probe->skeleton->bss->sandbox_table;
}

int probe_notices_fd(const struct probe *probe)
{
	return bpf_map__fd(probe->skeleton->maps.notices);
}

int probe_ring_set(struct probe *probe, unsigned cpu, int fd)
{
	return bpf_map__update_elem(probe->skeleton->maps.rings, &cpu, sizeof(cpu), &fd, sizeof(fd),
				    BPF_ANY);
}

void probe_woken_clear(struct probe *probe)
{
	for (unsigned i = 0; i < probe->n_rings; i++)
		__atomic_store_n(&probe->skeleton->bss->ring_woken[i], 0, __ATOMIC_SEQ_CST);
}

int probe_cpu_program(const struct probe *probe)
{
	return probe->image_cpu >= 0 ? probe->image_cpu :
				       bpf_program__fd(probe->skeleton->progs.on_cpu_clock);
}

bool probe_has_hooks(const struct probe *probe)
{
	return probe->image_cpu < 0 && bpf_program__fd(probe->skeleton->progs.on_file_open) >= 0;
}
