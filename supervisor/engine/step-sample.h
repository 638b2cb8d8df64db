/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Samples of a step that is traced: what it uses over time. */

#include "supervisor/engine/loop.h"
#include "supervisor/engine/step-meter.h"
#include "supervisor/sandbox/sandbox.h"

/* Zeroed before the start. */
struct step_sampler {
	struct loop_source *timer; /* NULL: none are taken */
	struct cgroup_sampler files;
	struct step_meter *meter;    /* lent */
	struct cgroup_sample latest; /* that was taken */
	uint64_t every_ns;
};

/*
 * Begins to take samples of the running sandbox, for a meter that wants events; otherwise a no-op. 0 or -errno. On success the caller ends it with
 * step_sampler_stop(). The struct must not move.
 */
int step_sampler_start(struct step_sampler *sampler, struct loop *loop, struct step_meter *meter,
		       const struct sandbox *sandbox);

/* Takes a last sample and closes everything. Before step_meter_end() and sandbox_finish(). No-op when nothing was begun. */
void step_sampler_stop(struct step_sampler *sampler);
