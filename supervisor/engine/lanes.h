/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Lanes: where the steps of a job run. A job has a slot of the engine's, and up to two more beside it when many steps are to come: while one step
 * runs in a lane, the next ones are made ready in the others. Spares of idle slots are made here as well. Context: from the loop.
 */

#include "supervisor/engine/engine-internal.h"

/* Makes room for what lanes keep. 0 or -errno. */
int lanes_open(struct engine *engine);

/* How many steps an engine with so many slots has at once at most, with those that are held. */
unsigned lanes_steps_most(unsigned n_slots);

/* Once there is a loop. 0 or -errno. */
int lanes_attach(struct engine *engine);

/* Ends the lanes beside the slots. */
void lanes_close(struct engine *engine);

/* Asks for the sandbox of a job's first step. 0 or -errno with a fault. */
int lane_first(struct engine_job *job, struct fault *fault);

/*
 * Chooses the lane of the step that comes: the one that has a sandbox as the step wants it, else the one that it is in. Whether another one
 * was chosen: then spare_ready() has said so of it.
 */
bool lane_choose(struct engine_job *job, const struct spare_spec *spec);

/* How many processes of the job's ids may wait in other lanes while the step at `index` runs. */
unsigned lane_neighbours(const struct engine_job *job, int index);

/* Whether the current test's output is to be checked after it, unless it fails. */
bool lane_checker_comes(const struct engine_job *job);

/* A step of the job (`userdata`) is on its way: makes those that will most likely come next ready, or their sandboxes. */
void lane_ahead(void *userdata);

/* The job is over: its place gets a spare when the loop has nothing else to do. */
void lane_idle(struct engine_job *job);

/* The root of the checker's sandboxes, made when it is first asked for. Lent; or -errno with a fault. */
int checker_root(struct engine *engine, struct fault *fault);

/* The checker's filter, compiled at the first call. The engine's; NULL with a fault when it cannot be had. */
const struct policy_filter *checker_filter(struct engine *engine, struct fault *fault);
