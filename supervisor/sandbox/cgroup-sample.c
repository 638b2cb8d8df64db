/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a step uses at this moment, asked many times a second: the files stay open, and a look is three reads into the stack.
 * What the slot's own processes add on v1 is taken off as at the end of the step (cgroup-step.c).
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/cgroup-internal.h"

enum { SAMPLE_BYTES = 512 }; /* usage_usec is the first line of cpu.stat */

/* A file of a controller's, wherever the controller is. Descriptor; -EBADF: there is no controller; another -errno. */
static int file_open(const struct cgroup_slot *slot, int controller, const char *v2, const char *v1)
{
	bool is_v2 = slot->tree->v2[controller];
	int dir_fd = is_v2 ? slot->step_fd : slot->v1_fd[controller], fd;

	if (dir_fd < 0)
		return -EBADF;
	fd = openat(dir_fd, is_v2 ? v2 : v1, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cgroup_sampler_open(const struct cgroup_slot *slot, uint64_t baseline_bytes,
			uint64_t prepared_ns, struct cgroup_sampler *ret_sampler)
{
	struct cgroup_sampler sampler = {
		.memory_fd =
			file_open(slot, CGROUP_MEMORY, "memory.current", "memory.usage_in_bytes"),
		.pids_fd = file_open(slot, CGROUP_PIDS, "pids.current", "pids.current"),
		.cpu_fd = openat(slot->step_fd, "cpu.stat", O_RDONLY | O_CLOEXEC),
		.own_bytes = slot->tree->v2[CGROUP_MEMORY] ? 0 : baseline_bytes,
		.own_processes = slot->tree->v2[CGROUP_PIDS] ? 0 : CGROUP_V1_OWN_PROCESSES,
		.own_ns = prepared_ns + cgroup_step_cpu_base_ns(slot),
	};
	int r = sampler.cpu_fd < 0 ? -errno : 0;

	if (r == 0 && sampler.memory_fd < 0 && sampler.memory_fd != -EBADF)
		r = sampler.memory_fd;
	if (r == 0 && sampler.pids_fd < 0 && sampler.pids_fd != -EBADF)
		r = sampler.pids_fd;
	if (r < 0)
		cgroup_sampler_close(&sampler);
	else
		*ret_sampler = sampler;
	return r;
}

void cgroup_sampler_close(struct cgroup_sampler *sampler)
{
	sampler->memory_fd = fd_close(sampler->memory_fd);
	sampler->pids_fd = fd_close(sampler->pids_fd);
	sampler->cpu_fd = fd_close(sampler->cpu_fd);
}

/* The start of a file, with a NUL. 0 or -errno. */
static int text_read(int fd, char text[static SAMPLE_BYTES])
{
	ssize_t n = pread(fd, text, SAMPLE_BYTES - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return 0;
}

/* A file that holds one number, less `own`; 0 of a controller that is not there. */
static int number_read(int fd, uint64_t own, uint64_t *ret_value)
{
	char text[SAMPLE_BYTES];
	uint64_t value;
	int r;

	*ret_value = 0;
	if (fd < 0)
		return 0;
	r = text_read(fd, text);
	if (r < 0)
		return r;
	value = strtoull(text, NULL, 10);
	*ret_value = value - MIN(value, own);
	return 0;
}

int cgroup_sampler_read(const struct cgroup_sampler *sampler, struct cgroup_sample *ret_sample)
{
	struct cgroup_sample sample;
	char text[SAMPLE_BYTES];
	uint64_t usec = 0;
	int r = text_read(sampler->cpu_fd, text);

	if (r == 0)
		r = text_field_u64(text, "usage_usec", &usec);
	if (r == 0)
		r = number_read(sampler->memory_fd, sampler->own_bytes, &sample.memory_bytes);
	if (r == 0)
		r = number_read(sampler->pids_fd, sampler->own_processes, &sample.processes);
	if (r < 0)
		return r;
	sample.cpu_ns = usec * NSEC_PER_USEC - MIN(usec * NSEC_PER_USEC, sampler->own_ns);
	*ret_sample = sample;
	return 0;
}
