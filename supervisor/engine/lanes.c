/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a step waits for is mostly the making of its sandbox, and that needs no knowledge of the step. So it is made while nobody waits:
 * in an idle slot after the last job, and for a job with many steps in a second lane while the step before runs in the first. A lane has cgroups
 * and a launcher of its own, so nothing that is done ahead is charged to the step that runs, and the ids of the first one, so that the
 * stage's files are its own too.
 *
 * All of this may fail or guess wrong at no cost but time: a step that finds no sandbox makes one.
 */

#include "supervisor/engine/lanes.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/fd.h"

/* So many steps must be to come for a second lane, which takes as long to make as three sandboxes. */
enum { STEPS_FOR_A_LANE = 4 };

static int on_idle(sd_event_source *source _unused_, void *userdata)
{
	struct engine *engine = userdata;

	for (unsigned i = 0; i < engine->n_slots && !engine->ending; i++) {
		struct slot *slot = engine->slots[i];

		if (engine->running[i] != NULL || engine->idle_root_fds[i] < 0 || slot == NULL ||
		    slot->broken || !slot_alive(slot))
			continue;
		(void)spare_prepare(slot, engine->idle_root_fds[i], false, NULL);
		slot_scratch_ahead(slot);
	}
	return 0;
}

int lanes_open(struct engine *engine)
{
	if (engine->beside == NULL || engine->idle_root_fds == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < engine->n_places; i++)
		engine->idle_root_fds[i] = -EBADF;
	return 0;
}

int lanes_attach(struct engine *engine)
{
	int r = sd_event_add_defer(engine->event, &engine->idle, on_idle, engine);

	if (r >= 0)
		r = sd_event_source_set_priority(engine->idle, SD_EVENT_PRIORITY_IDLE);
	if (r >= 0)
		r = sd_event_source_set_enabled(engine->idle, SD_EVENT_OFF);
	return MIN(r, 0);
}

void lanes_close(struct engine *engine)
{
	engine->idle = sd_event_source_disable_unref(engine->idle);
	for (unsigned i = 0; i < engine->n_places; i++) {
		if (engine->beside != NULL)
			(void)slot_close(engine->beside[i]);
		if (engine->idle_root_fds != NULL)
			(void)fd_close(engine->idle_root_fds[i]);
	}
	free(engine->beside);
	free(engine->idle_root_fds);
}

int lane_first(struct engine_job *job, struct fault *fault)
{
	bool compile = job->result.has_compile;
	const struct policy_phase *phase = compile ? &job->policy->compile : &job->policy->run;

	return spare_prepare(job->slot, compile ? job->compile_root_fd : job->run_root_fd,
			     phase->network == POLICY_NETWORK_LOOPBACK, fault);
}

static struct slot **lane_other(const struct engine_job *job)
{
	struct engine *engine = job->engine;

	return job->slot == engine->slots[job->place] ? &engine->beside[job->place] :
							&engine->slots[job->place];
}

void lane_choose(struct engine_job *job, int root_fd, enum policy_network network)
{
	struct slot *other = *lane_other(job);

	if (other != NULL && !other->broken && slot_alive(other) &&
	    spare_ready(&other->spare, root_fd, network == POLICY_NETWORK_LOOPBACK))
		job->slot = other;
}

/* How many steps are to come at most after the one that runs. */
static size_t steps_left(const struct engine_job *job)
{
	const struct submission *submission = job->submission;
	size_t n = 0;

	for (size_t i = (size_t)((long)job->index + 1); i < submission->n_tests; i++)
		n += submission->tests[i].answer_fd >= 0 ? 2 : 1;
	return n +
	       (job->index >= 0 && !job->checking && submission->tests[job->index].answer_fd >= 0);
}

unsigned lane_neighbours(const struct engine_job *job)
{
	size_t left = steps_left(job);

	return left >= STEPS_FOR_A_LANE || (left > 0 && *lane_other(job) != NULL);
}

/* The root of the step after the one that runs, when all goes well; -EBADF: there is none. Lent. */
static int root_next(struct engine_job *job)
{
	struct fault fault;

	if (job->index >= 0 && !job->checking && job->submission->tests[job->index].answer_fd >= 0)
		return checker_root(job->engine, &fault);
	return job->index + 1 < (int)job->submission->n_tests ? job->run_root_fd : -EBADF;
}

/* The other lane, opened when it is worth it. NULL: there is none. */
static struct slot *lane_open(struct engine_job *job)
{
	struct slot **other = lane_other(job);

	if (*other != NULL && ((*other)->broken || !slot_alive(*other)))
		*other = slot_close(*other);
	if (*other == NULL && other == &job->engine->beside[job->place] &&
	    steps_left(job) >= STEPS_FOR_A_LANE)
		(void)slot_open_beside(job->engine->slots[job->place], other, NULL);
	return *other;
}

void lane_ahead(void *userdata)
{
	struct engine_job *job = userdata;
	struct slot *lane = steps_left(job) > 0 ? lane_open(job) : NULL;
	int root = lane == NULL ? -EBADF : root_next(job);

	if (root >= 0 && job->policy->run.network != POLICY_NETWORK_LOOPBACK)
		(void)spare_prepare(lane, root, false, NULL);
	if (lane != NULL)
		slot_scratch_ahead(lane);
}

void lane_idle(struct engine_job *job)
{
	struct engine *engine = job->engine;
	const struct policy_phase *phase =
		job->result.has_compile ? &job->policy->compile : &job->policy->run;
	int *root = &engine->idle_root_fds[job->place];

	*root = fd_close(*root);
	if (phase->network == POLICY_NETWORK_LOOPBACK)
		return;
	*root = job->result.has_compile ? TAKE_FD(job->compile_root_fd) : TAKE_FD(job->run_root_fd);
	(void)sd_event_source_set_enabled(engine->idle, SD_EVENT_ONESHOT);
}
