/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring for each CPU. The kernel waits for every CPU after each change of a map of maps (5 to 15 ms a ring), so rings are made while
 * the programs are loaded, and are kept with them. They are memory that is never paged out: where there are many CPUs,
 * they are given back at the end, at the price of the wait.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/probe/kept.h"
#include "supervisor/probe/probe-internal.h"

#define RINGS_KEPT_BYTES ((size_t)16 << 20) /* of all CPUs together */

static bool are_kept(const struct probe *probe)
{
	return probe->set_fd >= 0 && probe->ring_bytes * probe->n_rings <= RINGS_KEPT_BYTES;
}

static void name_of(unsigned cpu, char name[static PROBE_NAME_MAX])
{
	(void)snprintf(name, PROBE_NAME_MAX, "ring-%u", cpu);
}

/* One that is kept is in the kernel side's table. */
static int ring_take(struct probe *probe, unsigned cpu)
{
	struct ring *ring = &probe->rings[cpu];
	char name[PROBE_NAME_MAX];
	int r, fd;

	name_of(cpu, name);
	fd = are_kept(probe) ? kept_get(probe->set_fd, name) : -ENOENT;
	if (fd >= 0)
		return ring_open_made(fd, probe->ring_bytes, ring);
	r = ring_open(probe->ring_bytes, ring);
	if (r == 0)
		r = probe_ring_set(probe, cpu, ring->fd);
	if (r == 0 && are_kept(probe))
		(void)kept_put(probe->set_fd, name, ring->fd);
	return r;
}

static int ring_add(struct probe *probe, unsigned cpu)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	int r = ring_take(probe, cpu);

	if (r == 0 && epoll_ctl(probe->epoll_fd, EPOLL_CTL_ADD, probe->rings[cpu].fd, &event) < 0)
		r = -errno;
	return r;
}

int probe_rings_open(struct probe *probe, struct fault *fault)
{
	unsigned n = (unsigned)sysconf(_SC_NPROCESSORS_CONF);
	int r = 0;

	probe->rings = new0(struct ring, n);
	probe->ring_limits = new0(uint64_t, n);
	if (probe->rings == NULL || probe->ring_limits == NULL)
		return fault_set(fault, -ENOMEM, "bpf", "rings");
	for (unsigned i = 0; i < n; i++)
		probe->rings[i].fd = -EBADF;
	probe->n_rings = n;
	for (unsigned i = 0; i < n && r == 0; i++)
		r = ring_add(probe, i);
	return r < 0 ? fault_set(fault, r, "bpf", "cannot make the rings") : 0;
}

void probe_rings_close(struct probe *probe)
{
	/* What nobody keeps goes with its last descriptor. */
	bool give_back = probe->set_fd >= 0 && !are_kept(probe);

	for (unsigned i = 0; i < probe->n_rings; i++) {
		if (give_back)
			(void)probe_ring_set(probe, i, -1);
		ring_close(&probe->rings[i]);
	}
	free(probe->rings);
	free(probe->ring_limits);
	probe->rings = NULL;
	probe->n_rings = 0;
}
