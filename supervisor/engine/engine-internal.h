/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the engine, its jobs, roots, lanes and checker share; nobody else includes it. */

#include <stdbool.h>
#include <sys/queue.h>

#include "supervisor/engine/denials.h"
#include "supervisor/engine/engine.h"
#include "supervisor/engine/metering.h"
#include "supervisor/engine/roots.h"
#include "supervisor/engine/step-run.h"
#include "supervisor/sandbox/slot.h"

TAILQ_HEAD(job_list, engine_job);

struct engine {
	struct loop *loop;
	struct loop_source *dispatch; /* starts queued jobs from the loop */
	char *libexec_dir;
	struct policy_dirs policy_dirs;
	struct slot_set *set;
	struct slot **slots;
	struct slot **beside; /* further lanes (lanes.h), LANES_BESIDE of each place; NULL: not wanted yet */
	int *idle_root_fds; /* of what ran last in each place: its next spare gets it */
	struct policy_filter *idle_filters; /* likewise; the instructions are the engine's */
	struct loop_source *idle;	    /* makes spares when nothing else is to be done */
	struct engine_job **running;	    /* running[i] has slots[i]; NULL: free */
	unsigned n_slots;		    /* that are made */
	unsigned n_places;		    /* that there is room for */
	struct job_list queue;
	struct roots roots;
	struct policy_filter checker_filter; /* compiled at the first check */
	struct metering *metering;
	bool traces; /* submissions may be traced */
	bool allow_degraded;
	bool ending; /* engine_free() was called */
};

/* So many lanes a place has besides its slot, and so many tests can be ready. */
enum { LANES_BESIDE = 2 };

/* A test after the current one, ready to begin, or, the next, begun as soon as nothing of the current one ran any more. */
struct job_ahead {
	struct step_run *run; /* with `over` false and no run it is none */
	int index;
	struct slot *slot; /* its lane */
	bool begun;
	bool over; /* it was quicker than the end of the one before: its result is here */
	struct step_result result;
};

struct engine_job {
	TAILQ_ENTRY(engine_job) link;
	struct engine *engine;
	unsigned place;	   /* index of its slots in the engine */
	struct slot *slot; /* the lane of the current step; NULL while queued */
	const struct policy *policy;
	const struct submission *submission;
	struct engine_callbacks callbacks;
	void *userdata;
	struct step_run *step; /* the one that runs, or NULL */
	struct job_ahead ahead[LANES_BESIDE];
	char **names;	   /* of the files in the work directory */
	int stage_fd;	   /* mount of the scratch that holds what every run starts from */
	int stage_work_fd; /* its work directory */
	int compile_root_fd, run_root_fd;
	struct denials compile_denials, run_denials;
	uint64_t staged_bytes; /* what the stage held when the supervisor had filled it */
	uint64_t kept_bytes;   /* of outputs, over all tests */
	int index;	       /* test that is next or runs; -1: compile */
	bool checking;	       /* what runs is the checker */
	bool cancelled;
	struct run_result result;
};

/* Begins a job that has a slot. Context: from the loop. */
void job_begin(struct engine_job *job);

/* Ends it: fills the result, gives the slot back, calls job_done, frees. */
void job_end(struct engine_job *job);

/* Makes a job ready for the queue. 0 or -errno. */
int job_new(struct engine *engine, const struct policy *policy, const struct submission *submission,
	    const struct engine_callbacks *callbacks, void *userdata, struct engine_job **ret_job);

/*
 * What is charged to one of the job's slots on v1, cannot be reclaimed and is not the next step's doing: what the compile step left in the stage (the
 * submitted files are the supervisor's). 0 or -errno with a fault.
 */
int job_residue(const struct engine_job *job, const struct slot *slot, uint64_t *ret_bytes,
		struct fault *fault);

/*
 * Compares the output of the current test with its answer in a sandbox of its own. `step` is where the result goes: verdict, score,
 * message. `done` is called from the loop. 0 or -errno with a fault.
 */
int checker_start(struct engine_job *job, const struct step_result *step, step_run_done done,
		  struct fault *fault);

/* Puts what the checker's own step says into the step that it judged. */
void checker_apply(const struct step_result *check, struct step_result *step);

/*
 * Makes the test at `index`, after the current one, ready in a lane of the job's. Whether it is on its way: the lane is taken then. Not where
 * its events are wanted, nor before all that it starts from is there.
 */
bool job_ahead_order(struct engine_job *job, int index, struct slot *lane);

/* Whether the test at `index` is ready, or is being made so. */
bool job_ahead_has(struct engine_job *job, int index);

/* Whether a lane is taken by a test that is ready. */
bool job_ahead_takes(const struct engine_job *job, const struct slot *lane);

/* Nothing of the current step (of the job `userdata`) runs any more: what is ready begins. */
void job_ahead_begin(void *userdata);

/* Asks the loop to look at the queue. */
void engine_dispatch_soon(struct engine *engine);

/*
 * A descriptor of its own for the file behind `fd` (a sealed memfd that others may read at the same time), its offset at 0; -EBADF for a
 * negative `fd`. Returns it (owned by the caller) or -errno.
 */
int input_reopen(int fd);
