/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading. The programs are compiled once for all kernels (CO-RE): libbpf fits the offsets of fields to the running
 * kernel's own type information, and the kernel verifies the result. What is required is required as a whole; what a
 * kernel may lack (the LSM programs, hooks.c; hooks at groups; clocks) is left out when it refuses them. Of what libbpf made only descriptors are used afterwards, so that
 * those that an earlier process kept (kept.c) are the same.
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
#include "supervisor/probe/distance.h"
#include "supervisor/probe/kept.h"
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

int probe_refused(int error, const char *what, struct fault *fault)
{
	if (error == -EPERM)
		return fault_set(fault, -EPERM, "bpf",
				 "%s; run as root of the host, with CAP_BPF and CAP_PERFMON", what);
	return fault_set(fault, error, "bpf", "%s; see assay doctor", what);
}

/* What the rest works without. */
struct extras {
	bool walls; /* around sockets and devices, at the steps' common group */
	bool clock; /* the end of a CPU budget */
};

/* Only what is needed is verified: what makes events is most of it. */
static void programs_choose(struct probe_bpf *skeleton, bool traced, bool hooked,
			    struct extras extras)
{
	struct bpf_program *const tracing[] = {
		skeleton->progs.on_sys_exit_traced, skeleton->progs.on_exec_event,
		skeleton->progs.on_fork_event,	    skeleton->progs.on_exit_event,
		skeleton->progs.on_signal_event,
	};

	for (size_t i = 0; i < ARRAY_SIZE(tracing); i++)
		(void)bpf_program__set_autoload(tracing[i], traced);
	(void)bpf_program__set_autoload(skeleton->progs.on_sys_exit, !traced);
	probe_hooks_choose(skeleton, hooked && probe_hooks_allowed());
	(void)bpf_program__set_autoload(skeleton->progs.on_socket, extras.walls);
	(void)bpf_program__set_autoload(skeleton->progs.on_device, extras.walls);
	(void)bpf_program__set_autoload(skeleton->progs.on_cpu_clock, extras.clock);
}

/* What they see is of use in a trace, and what they refuse where a policy denies something. */
static bool needs_hooks(const struct probe_options *options)
{
	return options->ring_bytes > 0 || options->denials;
}

struct configuration {
	const struct probe_options *options;
	int depth; /* of the sandboxes' groups, or -ENOTSUP */
};

static const char *const map_names[PROBE_MAP_MAX] = {"map-sandboxes", "map-notices", "map-rings",
						     "map-variables"};

/* What must be known before the programs are verified. */
static int configure(struct probe_bpf *skeleton, const struct configuration *configuration,
		     struct extras extras)
{
	const struct probe_options *options = configuration->options;
	const struct distances distances = distances_find();
	int r;

	skeleton->rodata->sandbox_level =
		configuration->depth < 0 ? PROBE_LEVEL_ANY :
					   (__u32)configuration->depth + options->levels_below;
	skeleton->rodata->ring_watermark = options->ring_bytes / 8;
	skeleton->rodata->ring_half = options->ring_bytes / 2;
	skeleton->rodata->cpus_n = (__u32)sysconf(_SC_NPROCESSORS_CONF);
	skeleton->rodata->steal_distance = distances.steal;
	skeleton->rodata->irq_distance = distances.irq;
	capture_ops((__u32 *)(uintptr_t)skeleton->rodata->call_ops);
	programs_choose(skeleton, options->ring_bytes > 0, needs_hooks(options), extras);
	r = bpf_map__set_max_entries(skeleton->maps.sandboxes, options->n_sandboxes);
	return r < 0 ? r :
		       bpf_map__set_max_entries(skeleton->maps.rings,
						(__u32)sysconf(_SC_NPROCESSORS_CONF));
}

/* FNV-1a. The object itself is told by a number that was worked out when it was built: it is large. Source: RFC 9923. */
static uint64_t key_of(const struct configuration *configuration)
{
	const struct probe_options *options = configuration->options;
	const uint64_t parts[] = {PROBE_OBJECT_ID,	 (uint64_t)configuration->depth,
				  options->levels_below, options->n_sandboxes,
				  options->ring_bytes,	 (uint64_t)sysconf(_SC_NPROCESSORS_CONF)};
	const unsigned char *bytes = (const unsigned char *)parts;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < sizeof(parts); i++)
		h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* Takes over a descriptor of a program. */
static int program_add(struct probe *probe, const char *name, int fd)
{
	struct probe_program *program = &probe->programs[probe->n_programs];
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);

	if (fd < 0)
		return fd;
	if (probe->n_programs == PROBE_PROGRAMS_MAX || bpf_obj_get_info_by_fd(fd, &info, &size) < 0) {
		(void)fd_close(fd);
		return -E2BIG;
	}
	*program = (struct probe_program){.fd = fd, .link = -EBADF, .type = info.type};
	(void)snprintf(program->name, sizeof(program->name), "%s", name);
	probe->n_programs++;
	probe->walls |= probe_wall_type(info.type) >= 0;
	return 0;
}

static int own(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? -errno : copy;
}

static int skeleton_take(struct probe *probe, const struct probe_bpf *skeleton)
{
	const struct bpf_map *const maps[PROBE_MAP_MAX] = {skeleton->maps.sandboxes,
							   skeleton->maps.notices,
							   skeleton->maps.rings, skeleton->maps.bss};
	struct bpf_program *program;
	int r = 0;

	for (int i = 0; i < PROBE_MAP_MAX && r >= 0; i++)
		r = probe->maps[i] = own(bpf_map__fd(maps[i]));
	if (r >= 0 && bpf_map__fd(skeleton->maps.marks) >= 0)
		r = probe->marks_fd = own(bpf_map__fd(skeleton->maps.marks));
	bpf_object__for_each_program(program,
				     skeleton->obj) if (r >= 0 && bpf_program__autoload(program))
		r = program_add(probe, bpf_program__name(program), own(bpf_program__fd(program)));
	return MIN(r, 0);
}

static void parts_close(struct probe *probe)
{
	for (unsigned i = 0; i < probe->n_programs; i++)
		(void)fd_close(probe->programs[i].fd);
	probe->n_programs = 0;
	probe->walls = false;
	for (int i = 0; i < PROBE_MAP_MAX; i++)
		probe->maps[i] = fd_close(probe->maps[i]);
	probe->marks_fd = fd_close(probe->marks_fd);
}

/* By way of the kernel's types. */
static int skeleton_try(struct probe *probe, const struct configuration *configuration,
			struct extras extras, struct fault *fault)
{
	struct probe_bpf *skeleton = probe_bpf__open();
	int r;

	if (skeleton == NULL)
		return fault_set(fault, -errno, "bpf", "cannot open the programs");
	r = configure(skeleton, configuration, extras);
	if (r < 0)
		r = fault_set(fault, r, "bpf", "cannot size a map");
	if (r == 0) {
		r = probe_bpf__load(skeleton);
		if (r < 0)
			r = probe_refused(r, "the kernel does not take the programs", fault);
	}
	if (r == 0) {
		r = skeleton_take(probe, skeleton);
		if (r < 0)
			r = fault_set(fault, r, "bpf", "cannot hold the programs");
	}
	probe_bpf__destroy(skeleton);
	return r;
}

static bool kernel_takes(enum bpf_prog_type type)
{
	return libbpf_probe_bpf_prog_type(type, NULL) == 1;
}

/*
 * A kernel that refuses the whole may lack a kind of program. Where it says that it has all of them something is short for the moment: the rest is
 * tried without any, and *ret_lasting is false, since the next process may get more.
 */
static int skeleton_load(struct probe *probe, const struct configuration *configuration,
			 bool *ret_lasting, struct fault *fault)
{
	struct extras extras = {.walls = true, .clock = true};
	int r = skeleton_try(probe, configuration, extras, fault);

	*ret_lasting = true;
	if (r == 0)
		return 0;
	parts_close(probe);
	extras.walls = kernel_takes(BPF_PROG_TYPE_CGROUP_SOCK) &&
		       kernel_takes(BPF_PROG_TYPE_CGROUP_DEVICE);
	extras.clock = kernel_takes(BPF_PROG_TYPE_PERF_EVENT);
	if (extras.walls && extras.clock) {
		*ret_lasting = false;
		extras = (struct extras){.walls = false};
	}
	return skeleton_try(probe, configuration, extras, fault);
}

/* Maps last: a set that has them all has everything. */
static void set_keep(const struct probe *probe)
{
	int r = 0;

	for (unsigned i = 0; i < probe->n_programs && r == 0; i++)
		r = kept_put(probe->set_fd, probe->programs[i].name, probe->programs[i].fd);
	for (int i = 0; i < PROBE_MAP_MAX && r == 0; i++)
		r = kept_put(probe->set_fd, map_names[i], probe->maps[i]);
	if (r < 0)
		kept_clear(probe->set_fd);
}

static int program_open(void *userdata, const char *name)
{
	struct probe *probe = userdata;

	if (strncmp(name, "map-", 4) == 0 || strncmp(name, "ring-", 5) == 0)
		return 0;
	return program_add(probe, name, kept_get(probe->set_fd, name));
}

static bool set_load(struct probe *probe)
{
	int r = 0;

	for (int i = PROBE_MAP_MAX; i-- > 0 && r >= 0;)
		r = probe->maps[i] = kept_get(probe->set_fd, map_names[i]);
	if (r >= 0)
		r = kept_each(probe->set_fd, program_open, probe);
	if (r >= 0)
		return true;
	parts_close(probe);
	kept_clear(probe->set_fd);
	return false;
}

/* With what an earlier owner left in it: it may have been killed. */
static int memory_map(struct probe *probe, bool kept, struct fault *fault)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *states, *variables;

	probe->sandboxes_bytes =
		(probe->n_sandboxes * sizeof(struct probe_sandbox) + page - 1) / page * page;
	states = mmap(NULL, probe->sandboxes_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		      probe->maps[PROBE_MAP_SANDBOXES], 0);
	if (states == MAP_FAILED)
		return fault_set(fault, -errno, "bpf", "cannot map the states");
	probe->sandboxes = states;
	variables = mmap(NULL, sizeof(*probe->variables), PROT_READ | PROT_WRITE, MAP_SHARED,
			 probe->maps[PROBE_MAP_VARIABLES], 0);
	if (variables == MAP_FAILED)
		return fault_set(fault, -errno, "bpf", "cannot map the table of groups");
	probe->variables = variables;
	if (kept) {
		memset(variables, 0, sizeof(*probe->variables));
		memset(states, 0, probe->n_sandboxes * sizeof(*probe->sandboxes));
	}
	return 0;
}

int probe_load(struct probe *probe, const struct probe_options *options, struct fault *fault)
{
	const struct configuration configuration = {
		.options = options,
		.depth = group_depth(options->group_fd),
	};
	/* Rings are much memory. */
	unsigned sets = options->ring_bytes > 0 ? 2 : 8;
	bool kept, lasting = true;
	int r;

	if (configuration.depth < 0 && configuration.depth != -ENOTSUP)
		return fault_set(fault, configuration.depth, "bpf", "cannot find the group's depth");
	probe->group_fd = fcntl(options->group_fd, F_DUPFD_CLOEXEC, 0);
	if (probe->group_fd < 0)
		return fault_set(fault, -errno, "bpf", "group");
	(void)libbpf_set_print(silent);
	/* What a killed owner has marked cannot be listed, and so not be taken back. */
	probe->set_fd = options->keep && !options->denials ?
				kept_take(key_of(&configuration), sets) :
				-EBADF;
	kept = probe->set_fd >= 0 && set_load(probe);
	r = kept ? 0 : skeleton_load(probe, &configuration, &lasting, fault);
	if (r == 0 && !kept && lasting && probe->set_fd >= 0)
		set_keep(probe);
	return r < 0 ? r : memory_map(probe, kept, fault);
}

void probe_unload(struct probe *probe)
{
	probe_detach(probe);
	if (probe->sandboxes != NULL)
		(void)munmap(probe->sandboxes, probe->sandboxes_bytes);
	if (probe->variables != NULL)
		(void)munmap(probe->variables, sizeof(*probe->variables));
	probe->sandboxes = NULL;
	probe->variables = NULL;
	parts_close(probe);
	probe->set_fd = fd_close(probe->set_fd);
}
