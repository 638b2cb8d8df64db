/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: slots, and a queue of jobs for them. Jobs start from the loop (a source that comes soon), never from inside
 * engine_submit(), so that a caller has its handle before any callback.
 *
 * A slot whose launcher died (killed by hand, or by the kernel for memory) is made anew before it gets its next job.
 */

#include "supervisor/engine/engine.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/urgent.h"
#include "supervisor/engine/engine-internal.h"
#include "supervisor/engine/lanes.h"
#include "supervisor/policy/policy-filter.h"

enum { SLOTS_MAX = 256 };

/* A slot that can be used, or a fault. */
static int slot_ready(struct engine *engine, unsigned i, struct fault *fault)
{
	struct slot *slot = engine->slots[i];

	if (slot != NULL && (slot->broken || !slot_alive(slot)))
		engine->slots[i] = slot_close(slot);
	return engine->slots[i] != NULL ? 0 : slot_open(engine->set, &engine->slots[i], fault);
}

static void job_start(struct engine *engine, unsigned i, struct engine_job *job)
{
	struct fault fault = {0};

	engine->running[i] = job;
	/* By a callback that came after the sweep: nothing of it may run. */
	if (job->cancelled) {
		job_end(job);
		return;
	}
	if (slot_ready(engine, i, &fault) < 0) {
		job->result.tests[0].step.verdict = VERDICT_IE;
		job->result.tests[0].step.fault = fault;
		job_end(job);
		return;
	}
	job->place = i;
	job->slot = engine->slots[i];
	job_begin(job);
}

/* Cancelled jobs do not wait for a slot to be told so. */
static void queue_sweep(struct engine *engine)
{
	struct engine_job *job, *next;

	for (job = TAILQ_FIRST(&engine->queue); job != NULL; job = next) {
		next = TAILQ_NEXT(job, link);
		if (!job->cancelled)
			continue;
		TAILQ_REMOVE(&engine->queue, job, link);
		job_end(job);
	}
}

static void on_dispatch(void *userdata)
{
	struct engine *engine = userdata;

	queue_sweep(engine);
	for (unsigned i = 0; i < engine->n_slots; i++) {
		struct engine_job *job = TAILQ_FIRST(&engine->queue);

		if (job == NULL)
			break;
		if (engine->running[i] != NULL)
			continue;
		TAILQ_REMOVE(&engine->queue, job, link);
		job_start(engine, i, job);
	}
}

void engine_dispatch_soon(struct engine *engine)
{
	if (!TAILQ_EMPTY(&engine->queue))
		loop_soon(engine->dispatch);
}

static int engine_fill(struct engine *engine, const struct engine_options *options,
		       struct fault *fault)
{
	const struct cgroup_options cgroup = {
		.allow_degraded = options->allow_degraded,
		.cpuset = options->cpuset,
	};
	int r;

	engine->libexec_dir = strdup(options->libexec_dir);
	engine->slots = new0(struct slot *, options->n_slots);
	engine->running = new0(struct engine_job *, options->n_slots);
	engine->beside = new0(struct slot *, (size_t)options->n_slots * LANES_BESIDE);
	engine->idle_root_fds = new0(int, options->n_slots);
	engine->idle_filters = new0(struct policy_filter, options->n_slots);
	engine->n_places = options->n_slots;
	if (engine->libexec_dir == NULL || engine->slots == NULL || engine->running == NULL)
		return fault_set(fault, -ENOMEM, "engine", "slots");
	r = lanes_open(engine);
	if (r < 0)
		return fault_set(fault, r, "engine", "slots");
	r = slot_set_open(options->libexec_dir, &cgroup, &engine->set, fault);
	if (r == 0 && options->metering)
		r = metering_start(cgroup_tree_base_fd(engine->set->tree), options,
				   &engine->metering, fault);
	for (unsigned i = 0; i < options->n_slots && r == 0; i++) {
		r = slot_open(engine->set, &engine->slots[i], fault);
		engine->n_slots = i + (r == 0);
	}
	return r;
}

int engine_prepare(const struct engine_options *options, struct engine **ret_engine,
		   struct fault *fault)
{
	struct engine *engine;
	int r;

	if (geteuid() != 0)
		return fault_say(fault, -EPERM, "engine",
				 "making sandboxes needs root; run it as root");
	if (options->n_slots == 0 || options->n_slots > SLOTS_MAX)
		return fault_say(fault, -EINVAL, "engine", "1 to %d slots", SLOTS_MAX);
	engine = new0(struct engine, 1);
	if (engine == NULL)
		return fault_set(fault, -ENOMEM, "engine", "engine");
	/* Before the first memfd: a file size limit of the caller's must be an error there too. */
	(void)signal(SIGXFSZ, SIG_IGN);
	TAILQ_INIT(&engine->queue);
	engine->policy_dirs = *options->policy_dirs;
	engine->allow_degraded = options->allow_degraded;
	engine->traces = options->metering && options->trace_ring_bytes > 0;
	if (options->realtime)
		urgent_enter(URGENT);
	r = engine_fill(engine, options, fault);
	if (r < 0) {
		(void)engine_free(engine);
		return r;
	}
	*ret_engine = engine;
	return 0;
}

int engine_attach(struct engine *engine, struct loop *loop, struct fault *fault)
{
	int r;

	engine->loop = loop;
	r = loop_once(loop, &engine->dispatch, LOOP_NORMAL, on_dispatch, engine);
	if (r == 0)
		r = lanes_attach(engine);
	metering_attach(engine->metering, loop);
	return r < 0 ? fault_set(fault, r, "engine", "event loop") : 0;
}

int engine_new(struct loop *loop, const struct engine_options *options, struct engine **ret_engine,
	       struct fault *fault)
{
	int r = engine_prepare(options, ret_engine, fault);

	if (r < 0)
		return r;
	r = engine_attach(*ret_engine, loop, fault);
	if (r < 0)
		*ret_engine = engine_free(*ret_engine);
	return r;
}

static bool any_running(const struct engine *engine)
{
	for (unsigned i = 0; i < engine->n_slots; i++)
		if (engine->running[i] != NULL)
			return true;
	return false;
}

static void all_cancel(struct engine *engine)
{
	struct engine_job *job;

	TAILQ_FOREACH(job, &engine->queue, link)
		job->cancelled = true;
	queue_sweep(engine);
	for (unsigned i = 0; i < engine->n_slots; i++)
		if (engine->running[i] != NULL)
			engine_cancel(engine->running[i]);
	while (any_running(engine) && loop_turn(engine->loop, UINT64_MAX) >= 0)
		;
	/* The loop fails: what runs is ended in place. */
	for (unsigned i = 0; i < engine->n_slots; i++)
		if (engine->running[i] != NULL && engine->running[i]->step != NULL)
			step_run_end_now(engine->running[i]->step);
}

/* They die while the rest is taken down. */
static void slots_end(struct engine *engine)
{
	for (unsigned i = 0; i < engine->n_slots; i++)
		if (engine->slots[i] != NULL && !engine->slots[i]->launcher.killed)
			slot_end(engine->slots[i]);
}

void engine_finish(struct engine *engine)
{
	engine->ending = true;
	if (any_running(engine) || !TAILQ_EMPTY(&engine->queue))
		return;
	slots_end(engine);
	metering_end(engine->metering);
}

struct engine *engine_free(struct engine *engine)
{
	if (engine == NULL)
		return NULL;
	engine->ending = true;
	all_cancel(engine);
	slots_end(engine);
	metering_end(engine->metering);
	/* The other lanes have the user namespaces of the first. */
	lanes_close(engine);
	for (unsigned i = 0; i < engine->n_slots; i++)
		engine->slots[i] = slot_close(engine->slots[i]);
	roots_clear(&engine->roots);
	engine->metering = metering_stop(engine->metering);
	engine->set = slot_set_close(engine->set);
	engine->dispatch = loop_drop(engine->dispatch);
	policy_filter_clear(&engine->checker_filter);
	free(engine->slots);
	free(engine->running);
	free(engine->libexec_dir);
	free(engine);
	return NULL;
}

int engine_submit(struct engine *engine, const struct policy *policy,
		  const struct submission *submission, const struct engine_callbacks *callbacks,
		  void *userdata, struct engine_job **ret_job)
{
	struct engine_job *job;
	int r;

	if (engine->ending)
		return -ESHUTDOWN;
	r = job_new(engine, policy, submission, callbacks, userdata, &job);
	if (r < 0)
		return r;
	TAILQ_INSERT_TAIL(&engine->queue, job, link);
	engine_dispatch_soon(engine);
	*ret_job = job;
	return 0;
}

const char *engine_job_id(const struct engine_job *job)
{
	return job->result.id;
}

bool engine_program(const struct engine *engine, unsigned index, struct engine_program *ret_program)
{
	struct probe_program_info info;

	if (!metering_program(engine->metering, index, &info))
		return false;
	*ret_program = (struct engine_program){.id = info.id};
	memcpy(ret_program->name, info.name, sizeof(ret_program->name));
	(void)snprintf(ret_program->tag, sizeof(ret_program->tag), "%016" PRIx64, info.tag);
	return true;
}

void engine_cancel(struct engine_job *job)
{
	job->cancelled = true;
	if (job->step != NULL)
		step_run_cancel(job->step);
	else
		engine_dispatch_soon(job->engine);
}
