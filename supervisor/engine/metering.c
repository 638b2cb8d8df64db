/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading the programs takes 1 ms of CPU time, the first time after a boot 30, for a trace 80: a thread does it while slots are made
 * and the job is staged, and the first step waits for the rest. The thread blocks all signals and touches nothing of the engine's. It
 * stays, to take the programs down in the end, beside the slots: each program that is detached stops all CPUs, 0.5 ms in all.
 *
 * Attached programs cost every process of the host some 20 ns a call, and attaching anew waits for the kernel to have left the old
 * state (15 ms). So they stay attached between steps and rest when nothing ran for REST_NS.
 */

#include "supervisor/engine/metering.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/thread.h"
#include "lib/base/urgent.h"
#include "supervisor/engine/lanes.h"
#include "supervisor/sandbox/cgroup.h"

#define REST_NS NSEC_PER_SEC

enum { BATCH_EVENTS = 4096 }; /* some 100 us: deadlines wait no longer than that */

struct metering {
	struct loop *loop;
	struct loop_source *urgent, *events, *rest;
	pthread_t thread; /* the probe is its own until `loaded`, and from `over` on */
	sem_t loaded, over;
	bool known, ending; /* the two have been waited for, and told */
	int base_fd;
	unsigned n_steps; /* at once */
	size_t ring_bytes;
	bool denials, attach;
	struct probe *probe;
	struct fault fault; /* why there is no probe */
	char state[FAULT_TEXT_BYTES + 16];
};

static void semaphore_wait(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0 && errno == EINTR)
		;
}

static void load(struct metering *metering)
{
	const struct probe_options options = {
		.group_fd = metering->base_fd,
		.levels_below = CGROUP_STEP_LEVELS,
		.n_sandboxes = metering->n_steps,
		.ring_bytes = metering->ring_bytes,
		.keep = true,
		.denials = metering->denials,
		.attach = metering->attach,
	};

	(void)probe_open(&options, &metering->probe, &metering->fault);
}

static void *serve(void *userdata)
{
	struct metering *metering = userdata;

	urgent_end_here();
	load(metering);
	(void)sem_post(&metering->loaded);
	semaphore_wait(&metering->over);
	metering->probe = probe_close(metering->probe);
	return NULL;
}

static void on_probe(void *userdata)
{
	struct metering *metering = userdata;

	(void)probe_poll(metering->probe, BATCH_EVENTS);
}

static void on_rest(void *userdata)
{
	struct metering *metering = userdata;

	/* A step that takes longer than the pause: look again later. */
	if (!probe_rest(metering->probe))
		(void)loop_in(metering->rest, REST_NS);
}

int metering_start(int base_fd, const struct engine_options *options,
		   struct metering **ret_metering, struct fault *fault)
{
	struct metering *metering = new0(struct metering, 1);
	int r;

	if (metering == NULL)
		return fault_set(fault, -ENOMEM, "bpf", "metering");
	metering->n_steps = lanes_steps_most(options->n_slots);
	metering->ring_bytes = options->trace_ring_bytes;
	metering->denials = options->denials;
	metering->attach = options->job_follows;
	(void)sem_init(&metering->loaded, 0, 0);
	(void)sem_init(&metering->over, 0, 0);
	metering->base_fd = fcntl(base_fd, F_DUPFD_CLOEXEC, 0);
	r = metering->base_fd < 0 ? -errno : thread_start(&metering->thread, serve, metering);
	if (r < 0) {
		(void)fd_close(metering->base_fd);
		free(metering);
		return fault_set(fault, r, "bpf", "cannot start to load the programs");
	}
	*ret_metering = metering;
	return 0;
}

void metering_attach(struct metering *metering, struct loop *loop)
{
	if (metering != NULL)
		metering->loop = loop;
}

static void on_urgent(void *userdata)
{
	struct metering *metering = userdata;

	(void)probe_urgent(metering->probe);
}

/* Events come last: what is about limits and ends comes first. */
static int sources_add(struct metering *metering)
{
	int r = loop_watch(metering->loop, &metering->urgent, probe_urgent_fd(metering->probe),
			   LOOP_NORMAL, on_urgent, metering);

	if (r == 0)
		r = loop_watch(metering->loop, &metering->events, probe_fd(metering->probe),
			       LOOP_EVENT, on_probe, metering);
	if (r == 0)
		r = loop_once(metering->loop, &metering->rest, LOOP_NORMAL, on_rest, metering);
	return r < 0 ? r : loop_in(metering->rest, REST_NS);
}

static void watch(struct metering *metering)
{
	int r;

	if (metering->probe == NULL || metering->loop == NULL)
		return;
	r = sources_add(metering);
	if (r < 0) {
		metering->urgent = loop_drop(metering->urgent);
		metering->events = loop_drop(metering->events);
		metering->probe = probe_close(metering->probe);
		(void)fault_set(&metering->fault, r, "bpf", "cannot watch the programs");
	}
}

static void loaded_await(struct metering *metering)
{
	if (metering->known)
		return;
	metering->known = true;
	semaphore_wait(&metering->loaded);
	watch(metering);
}

/* Before the probe is closed: they watch its descriptors. */
static void sources_drop(struct metering *metering)
{
	metering->urgent = loop_drop(metering->urgent);
	metering->events = loop_drop(metering->events);
	metering->rest = loop_drop(metering->rest);
}

void metering_hooks_want(struct metering *metering)
{
	if (metering == NULL)
		return;
	loaded_await(metering);
	if (metering->denials || metering->probe == NULL || probe_can_deny(metering->probe) ||
	    !probe_rest(metering->probe))
		return;
	metering->denials = true;
	sources_drop(metering);
	metering->probe = probe_close(metering->probe);
	load(metering);
	watch(metering);
}

void metering_end(struct metering *metering)
{
	if (metering == NULL || metering->ending)
		return;
	loaded_await(metering);
	metering->ending = true;
	sources_drop(metering);
	(void)sem_post(&metering->over);
}

struct metering *metering_stop(struct metering *metering)
{
	if (metering == NULL)
		return NULL;
	metering_end(metering);
	(void)pthread_join(metering->thread, NULL);
	(void)sem_destroy(&metering->loaded);
	(void)sem_destroy(&metering->over);
	(void)fd_close(metering->base_fd);
	free(metering);
	return NULL;
}

struct probe *metering_probe(struct metering *metering, struct fault *fault)
{
	if (metering == NULL) {
		(void)fault_say(fault, -ENOTSUP, "bpf", "metering is off");
		return NULL;
	}
	loaded_await(metering);
	if (metering->probe == NULL) {
		*fault = metering->fault;
		return NULL;
	}
	if (metering->rest != NULL)
		(void)loop_in(metering->rest, REST_NS);
	return metering->probe;
}

bool metering_ready(const struct metering *metering)
{
	return metering != NULL && metering->known && !metering->ending && metering->probe != NULL;
}

bool metering_program(const struct metering *metering, unsigned index,
		      struct probe_program_info *ret_info)
{
	return metering_ready(metering) && probe_program_info(metering->probe, index, ret_info);
}

bool metering_hooks(const struct metering *metering)
{
	return metering_ready(metering) && probe_has_hooks(metering->probe);
}

bool metering_can_deny(const struct metering *metering)
{
	return metering_ready(metering) && probe_can_deny(metering->probe);
}

bool metering_walls(const struct metering *metering)
{
	return metering_ready(metering) && probe_has_walls(metering->probe);
}

bool metering_clock(const struct metering *metering)
{
	return metering_ready(metering) && probe_has_clock(metering->probe);
}

bool metering_failed(const struct metering *metering)
{
	return metering->known && !metering->ending && metering->probe == NULL;
}

const char *metering_state(struct metering *metering)
{
	if (!metering_failed(metering))
		return metering_ready(metering) ? "on" : "off";
	(void)snprintf(metering->state, sizeof(metering->state), "absent: %s", metering->fault.text);
	return metering->state;
}
