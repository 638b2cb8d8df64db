/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One step on the event loop: starts a sandbox, watches it, kills it at its limits, judges it. */

#include <stdbool.h>

#include "lib/contract/result.h"
#include "supervisor/engine/loop.h"
#include "supervisor/engine/step-meter.h"
#include "supervisor/sandbox/sandbox.h"

struct step_run;

/* Called from the loop when the step is over and nothing of it is left. `step` is the callee's to take from. */
typedef void (*step_run_done)(void *userdata, struct step_result *step);

struct step_run_options {
	bool ple_kills;
	const struct step_meter_spec *meter; /* NULL: nothing is counted */
	void (*ordered)(
		void *userdata); /* called when the sandbox has its order, before step_run_start() returns; NULL: nobody asks */
	/*
	 * Called when the main process has ended and nothing else of the step is left in its group: its CPUs and memory are free, while what it came
	 * to is still being found out; `done` follows. Not of every step. NULL: nobody asks.
	 */
	void (*ended)(void *userdata);
	step_run_done done;
	void *userdata;
};

/*
 * Starts the step that `spec` (lent for the call) describes in `slot`. The sandbox is killed when a limit of spec->limits is passed. On success
 * `done` is called exactly once, and the step_run is gone after it. On failure `fault` is filled, -errno is returned and `done` is not
 * called.
 */
int step_run_start(struct loop *loop, struct slot *slot, const struct sandbox_spec *spec,
		   const struct step_run_options *options, struct step_run **ret_run,
		   struct fault *fault);

/*
 * A step with spec->held is made ready and begins when this is called, at once or as soon as it is ready. Before that nobody watches it, and
 * nothing is told of it. 0, or -errno: it cannot begin, since it failed or died meanwhile, and step_run_drop() follows.
 */
int step_run_release(struct step_run *run);

/*
 * From now on those of `options` are told of it (`ended`, at once when that was before, `done`), and not those that were given at its start. Once it is
 * released.
 */
void step_run_hand_over(struct step_run *run, const struct step_run_options *options);

/* Ends a step that nobody wants any more, in place; `done` is not called. The step_run is gone. */
void step_run_drop(struct step_run *run);

/* Kills the step; `done` follows with verdict IE "cancelled". */
void step_run_cancel(struct step_run *run);

/* The same where the loop runs no more: waits in place (bounded), calls `done` before it returns. */
void step_run_end_now(struct step_run *run);
