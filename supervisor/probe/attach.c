/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is loaded, attached and asked. An idle host pays nothing for programs that are loaded. Detaching is cheap; attaching again right
 * after it waits for every CPU to have left the old state, so it is left to the caller when to rest.
 */

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "lib/base/fd.h"
#include "supervisor/probe/probe-internal.h"
#include "supervisor/probe/skeleton.h"

int probe_wall_type(uint32_t program_type)
{
	switch (program_type) {
	case BPF_PROG_TYPE_CGROUP_SOCK:
		return BPF_CGROUP_INET_SOCK_CREATE;
	case BPF_PROG_TYPE_CGROUP_DEVICE:
		return BPF_CGROUP_DEVICE;
	default:
		return -1;
	}
}

/* Descriptor of the link or -errno. */
static int program_attach(const struct probe *probe, const struct probe_program *program)
{
	int type = probe_wall_type(program->type), link;

	/* The kernel knows where to: tracepoints and security hooks were named at loading. */
	link = type < 0 ? bpf_raw_tracepoint_open(NULL, program->fd) :
			  bpf_link_create(program->fd, probe->group_fd, (enum bpf_attach_type)type,
					  NULL);
	return link < 0 ? -errno : link;
}

int probe_attach(struct probe *probe, struct fault *fault)
{
	int r;

	for (unsigned i = 0; i < probe->n_programs; i++) {
		struct probe_program *program = &probe->programs[i];

		if (program->link >= 0 || program->type == BPF_PROG_TYPE_PERF_EVENT)
			continue;
		r = program_attach(probe, program);
		if (r >= 0) {
			program->link = r;
		} else if (probe_wall_type(program->type) >= 0) {
			probe->walls = false;
		} else {
			probe_detach(probe);
			return probe_refused(r, "a program cannot be attached", fault);
		}
	}
	return 0;
}

void probe_detach(struct probe *probe)
{
	for (unsigned i = 0; i < probe->n_programs; i++)
		probe->programs[i].link = fd_close(probe->programs[i].link);
}

struct probe_place *probe_table(const struct probe *probe)
{
	return probe->variables->sandbox_table;
}

int probe_ring_set(struct probe *probe, unsigned cpu, int fd)
{
	int map = probe->maps[PROBE_MAP_RINGS], r;

	r = fd < 0 ? bpf_map_delete_elem(map, &cpu) : bpf_map_update_elem(map, &cpu, &fd, BPF_ANY);
	return r < 0 ? -errno : 0;
}

void probe_woken_clear(struct probe *probe)
{
	for (unsigned i = 0; i < probe->n_rings; i++)
		__atomic_store_n(&probe->variables->ring_woken[i], 0, __ATOMIC_SEQ_CST);
}

static int program_find(const struct probe *probe, uint32_t type)
{
	for (unsigned i = 0; i < probe->n_programs; i++)
		if (probe->programs[i].type == type)
			return probe->programs[i].fd;
	return -ENOENT;
}

int probe_cpu_program(const struct probe *probe)
{
	return program_find(probe, BPF_PROG_TYPE_PERF_EVENT);
}

bool probe_has_walls(const struct probe *probe)
{
	return probe->walls;
}

bool probe_has_clock(const struct probe *probe)
{
	return probe_cpu_program(probe) >= 0;
}

bool probe_can_deny(const struct probe *probe)
{
	return probe->marks_fd >= 0;
}

bool probe_has_hooks(const struct probe *probe)
{
	return program_find(probe, BPF_PROG_TYPE_LSM) >= 0;
}

bool probe_program_info(const struct probe *probe, unsigned index,
			struct probe_program_info *ret_info)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);

	if (index >= probe->n_programs ||
	    bpf_obj_get_info_by_fd(probe->programs[index].fd, &info, &size) < 0)
		return false;
	*ret_info = (struct probe_program_info){.id = info.id};
	for (size_t i = 0; i < sizeof(info.tag); i++)
		ret_info->tag = ret_info->tag << 8 | info.tag[i];
	memcpy(ret_info->name, probe->programs[index].name, sizeof(ret_info->name));
	return true;
}
