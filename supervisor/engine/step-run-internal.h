/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What step-run.c, step-clock.c and step-end.c share of one step; nobody else includes it. */

#include "supervisor/engine/step-run.h"
#include "supervisor/engine/step-sample.h"

enum source {
	SOURCE_REPORT,
	SOURCE_STDOUT,
	SOURCE_STDERR,
	SOURCE_LISTENER,
	SOURCE_OOM,
	SOURCE_WALL,
	SOURCE_CPU,
	SOURCE_MAIN,
	SOURCE_PIDFD,
	SOURCE_MAX
};

struct step_run {
	struct loop *loop;
	struct loop_source *sources[SOURCE_MAX];
	struct sandbox sandbox;
	struct limits limits;
	uint64_t parallelism;
	bool ple_kills, cancelled;
	bool cpu_armed;		  /* the kernel's clock was asked for */
	bool over_cpu, over_wall; /* killed for it */
	unsigned kills;		  /* how often the wall timer had to follow a kill */
	struct step_meter meter;
	struct step_sampler sampler;
	struct fault fault; /* ours; error 0: none */
	step_run_done done;
	void (*ended)(void *userdata); /* NULL, or told, once, that nothing of it runs any more */
	void *userdata;
};

/* The timers of a step, all off but that of its making, which has its time from now on. 0 or -errno of the loop. */
int step_clocks_add(struct step_run *run);

/* The clocks start with the program. 0 or -errno of the loop. */
int step_clocks_start(struct step_run *run);

/* Reads the CPU clock, and kills, or looks again. */
void step_clock_look(struct step_run *run);

/* The end must come now; if it does not, more is killed. */
void step_end_expect(struct step_run *run);

/* Kills what the step runs. */
void step_kill(struct step_run *run);

/* Something of ours failed: the first failure is what the result says. Kills the step. */
void step_our_fault(struct step_run *run, int error, const char *layer, const char *what);

/* Lets go of what watches it. */
void step_sources_drop(struct step_run *run);

/* All in it is dead: result, removal, `done`; the step_run is gone. */
void step_finish(struct step_run *run);

/* All in it is dead, and nobody wants to know more. The step_run is gone. */
void step_forget(struct step_run *run);

/* Frees it. Returns NULL. */
struct step_run *step_run_free(struct step_run *run);
