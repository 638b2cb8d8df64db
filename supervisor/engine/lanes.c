/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a step waits for is mostly the making of its sandbox, and that needs no knowledge of the step. So it is made while nobody waits:
 * in an idle slot after the last job, and for a job with many steps in further lanes while the step before runs in one. A lane has cgroups
 * and a launcher of its own, so nothing that is done ahead is charged to the step that runs, and the ids of the first one, so that the
 * stage's files are its own too. With three of them one is made while one is ready and one runs: no test waits for its sandbox as long as that
 * takes less than two tests do.
 *
 * All of this may fail or guess wrong at no cost but time: a step that finds no sandbox makes one.
 */

#include "supervisor/engine/lanes.h"

#include <errno.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/fd.h"

/* So many steps must be to come for each further lane, which takes as long to make as three sandboxes. */
enum { STEPS_FOR_A_LANE = 4 };

enum { LANES = 1 + LANES_BESIDE };

static void on_idle(void *userdata)
{
	struct engine *engine = userdata;

	for (unsigned i = 0; i < engine->n_slots && !engine->ending; i++) {
		struct slot *slot = engine->slots[i];
		const struct spare_spec spec = {
			.root_fd = engine->idle_root_fds[i],
			.filter = &engine->idle_filters[i],
			.scratch_fd = -EBADF,
		};

		if (engine->running[i] != NULL || slot == NULL)
			continue;
		if (engine->idle_root_fds[i] >= 0 && !slot->broken && slot_alive(slot))
			(void)spare_prepare(slot, &spec, NULL);
		slot_settle(slot);
		for (unsigned k = i * LANES_BESIDE; k < (i + 1) * LANES_BESIDE; k++)
			if (engine->beside[k] != NULL)
				slot_settle(engine->beside[k]);
	}
}

int lanes_open(struct engine *engine)
{
	if (engine->beside == NULL || engine->idle_root_fds == NULL || engine->idle_filters == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < engine->n_places; i++)
		engine->idle_root_fds[i] = -EBADF;
	return 0;
}

unsigned lanes_steps_most(unsigned n_slots)
{
	/* More than that the kernel side cannot tell apart; job_ahead_order() orders nothing ahead then. */
	return n_slots > PROBE_STEPS_MAX / LANES ? n_slots : n_slots * LANES;
}

int lanes_attach(struct engine *engine)
{
	return loop_once(engine->loop, &engine->idle, LOOP_IDLE, on_idle, engine);
}

void lanes_close(struct engine *engine)
{
	engine->idle = loop_drop(engine->idle);
	for (unsigned i = 0; engine->beside != NULL && i < engine->n_places * LANES_BESIDE; i++)
		(void)slot_close(engine->beside[i]);
	for (unsigned i = 0; i < engine->n_places; i++) {
		if (engine->idle_root_fds != NULL)
			(void)fd_close(engine->idle_root_fds[i]);
		if (engine->idle_filters != NULL)
			free(engine->idle_filters[i].instructions);
	}
	free(engine->idle_filters);
	free(engine->beside);
	free(engine->idle_root_fds);
}

int lane_first(struct engine_job *job, struct fault *fault)
{
	bool compile = job->result.has_compile;
	const struct policy_phase *phase = compile ? &job->policy->compile : &job->policy->run;
	const struct spare_spec spec = {
		.root_fd = compile ? job->compile_root_fd : job->run_root_fd,
		.filter = &phase->filter,
		.scratch_fd = -EBADF,
	};

	/* Whether what is there lives is seen when the step takes it. */
	if (phase->network != POLICY_NETWORK_LOOPBACK)
		return spare_fits(job->slot, &spec) ? 0 : spare_prepare(job->slot, &spec, fault);
	/* One with a loopback interface is made for its step, when all is known; what is there is nobody's. */
	spare_drop(job->slot);
	return 0;
}

/* Of a job's place: its slot, and those beside it. */
static struct slot **lane_at(const struct engine_job *job, unsigned number)
{
	struct engine *engine = job->engine;

	return number == 0 ? &engine->slots[job->place] :
			     &engine->beside[job->place * LANES_BESIDE + number - 1];
}

bool lane_choose(struct engine_job *job, const struct spare_spec *spec)
{
	for (unsigned i = 0; i < LANES; i++) {
		struct slot *lane = *lane_at(job, i);

		if (lane == NULL || lane == job->slot || lane->broken ||
		    job_ahead_takes(job, lane) || !spare_ready(lane, spec))
			continue;
		job->slot = lane;
		return true;
	}
	return false;
}

/* How many steps are to come at most after the one at `index`, or after its checker. */
static size_t steps_left(const struct engine_job *job, int index)
{
	const struct submission *submission = job->submission;
	bool checking = index == job->index && job->checking;
	size_t n = 0;

	for (size_t i = (size_t)((long)index + 1); i < submission->n_tests; i++)
		n += submission->tests[i].answer_fd >= 0 ? 2 : 1;
	return n + (index >= 0 && !checking && submission->tests[index].answer_fd >= 0);
}

/* A lane that is there, or that is worth being opened: the further it is, the more steps must be to come. */
static bool lane_wanted(const struct engine_job *job, unsigned number, size_t left)
{
	return *lane_at(job, number) != NULL || left >= (size_t)number * STEPS_FOR_A_LANE;
}

unsigned lane_neighbours(const struct engine_job *job, int index)
{
	size_t left = steps_left(job, index), n = 0;

	for (unsigned i = 1; i < LANES; i++)
		n += lane_wanted(job, i, left);
	return (unsigned)MIN(left, n);
}

/* A lane in which nothing is and nothing waits, opened when it is worth it. NULL: there is none. */
static struct slot *lane_free(struct engine_job *job, const struct slot *not_this)
{
	size_t left = steps_left(job, job->index);

	for (unsigned i = 0; i < LANES; i++) {
		struct slot **lane = lane_at(job, i);

		if (*lane != NULL &&
		    (*lane == job->slot || *lane == not_this || job_ahead_takes(job, *lane)))
			continue;
		if (i > 0 && *lane != NULL && ((*lane)->broken || !slot_alive(*lane)))
			*lane = slot_close(*lane);
		if (*lane == NULL && i > 0 && lane_wanted(job, i, left))
			(void)slot_open_beside(job->engine->slots[job->place], lane, NULL);
		if (*lane != NULL && !(*lane)->broken)
			return *lane;
	}
	return NULL;
}

/* The checker of the current test has one of the lanes. NULL: none was free. */
static struct slot *checker_ahead(struct engine_job *job)
{
	struct spare_spec spec = {.root_fd = -EBADF, .scratch_fd = -EBADF};
	struct slot *lane = lane_free(job, NULL);
	struct fault fault;

	if (lane == NULL)
		return NULL;
	spec.filter = checker_filter(job->engine, &fault);
	if (spec.filter != NULL)
		spec.root_fd = checker_root(job->engine, &fault);
	if (spec.root_fd >= 0)
		(void)spare_prepare(lane, &spec, NULL);
	return lane;
}

/* The test at `index` is made ready; where it cannot be, and is the next, its sandbox is. Whether further ones may follow. */
static bool test_ahead(struct engine_job *job, int index, const struct slot *not_this)
{
	const struct spare_spec spec = {
		.filter = &job->policy->run.filter,
		.root_fd = job->run_root_fd,
		.scratch_fd = -EBADF,
	};
	struct slot *lane;

	if (job_ahead_has(job, index))
		return true;
	lane = lane_free(job, not_this);
	if (lane == NULL)
		return false;
	if (job_ahead_order(job, index, lane))
		return true;
	if (index == job->index + 1)
		(void)spare_prepare(lane, &spec, NULL);
	return false;
}

bool lane_checker_comes(const struct engine_job *job)
{
	return job->index >= 0 && !job->checking &&
	       job->submission->tests[job->index].answer_fd >= 0;
}

void lane_ahead(void *userdata)
{
	struct engine_job *job = userdata;
	bool checker_comes = lane_checker_comes(job);
	int index = job->index + 1, end = MIN(index + LANES_BESIDE, (int)job->submission->n_tests);
	struct slot *checker = NULL;

	if (job->policy->run.network == POLICY_NETWORK_LOOPBACK)
		return;
	if (checker_comes)
		checker = checker_ahead(job);
	while (index < end && (!checker_comes || checker != NULL) && test_ahead(job, index, checker))
		index++;
}

/* A copy: the policy is the caller's, and may be gone when it is wanted. */
static int filter_keep(struct policy_filter *kept, const struct policy_filter *filter)
{
	size_t size = filter->n_instructions * sizeof(struct sock_filter);
	void *copy = realloc(kept->instructions, size > 0 ? size : 1);

	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, filter->instructions, size);
	*kept = (struct policy_filter){
		.instructions = copy,
		.n_instructions = filter->n_instructions,
		.notifies = filter->notifies,
		.ipc_closed = filter->ipc_closed,
	};
	return 0;
}

void lane_idle(struct engine_job *job)
{
	struct engine *engine = job->engine;
	const struct policy_phase *phase =
		job->result.has_compile ? &job->policy->compile : &job->policy->run;
	int *root = &engine->idle_root_fds[job->place];

	*root = fd_close(*root);
	loop_soon(engine->idle);
	if (phase->network == POLICY_NETWORK_LOOPBACK ||
	    filter_keep(&engine->idle_filters[job->place], &phase->filter) < 0)
		return;
	*root = job->result.has_compile ? TAKE_FD(job->compile_root_fd) : TAKE_FD(job->run_root_fd);
}
