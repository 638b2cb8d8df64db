/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The engine: runs submissions in sandboxes on an event loop (loop.h). One engine has a fixed number of slots; each slot runs one
 * submission at a time. `assay run` makes one with one slot; a daemon makes one that lives long.
 *
 * Context: all functions are called from the thread that runs the event loop. Callbacks run from the loop, never from
 * inside engine_submit().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/fault.h"
#include "lib/contract/event.h"
#include "lib/contract/gas.h"
#include "lib/contract/policy.h"
#include "lib/contract/result.h"
#include "lib/contract/submission.h"
#include "supervisor/engine/loop.h"
#include "supervisor/policy/policy-load.h"

struct engine;
struct engine_ahead;
struct engine_job;

struct engine_options {
	unsigned n_slots;		       /* 1..256 */
	const char *libexec_dir;	       /* where assay-agent and assay-checker are */
	const struct policy_dirs *policy_dirs; /* for the checker's seccomp profile; lent, strings included */
	const char *cpuset;		       /* CPUs of the sandboxes, as "0-3,6"; NULL: all */
	bool allow_degraded; /* go on without a layer that this host lacks, and say so in the results */
	bool metering; /* count system calls and charge gas by BPF; without it the programs are never loaded */
	size_t trace_ring_bytes; /* of each CPU, a power of two; 0: no submission can be traced. Needs metering */
	bool denials; /* policies will deny files or connections: load the security hooks with the rest, and not when the first does. Needs metering */
	bool job_follows; /* at once: what a job needs is made ready for it */
	bool realtime; /* run the loop's thread at SCHED_FIFO 1, so that spinners cannot delay a kill */
};

/*
 * Makes an engine on `loop`, which must outlive it (SIGXFSZ is ignored from then on, so that a file size limit of the caller's is an error and not death): finds or makes the cgroup tree, recovers leftovers of crashed runs, starts a launcher per
 * slot. Needs root. On failure returns -errno, the fault says which layer and what to do, and nothing is left behind.
 */
int engine_new(struct loop *loop, const struct engine_options *options, struct engine **ret_engine,
	       struct fault *fault);

/*
 * engine_new() in two parts, for who has something to do before there is a loop: engine_prepare() makes all that needs none, and engine_attach() lets it run on
 * `loop`, which must outlive it. Between the two only engine_free() may be called. Errors as engine_new(); after a failed engine_attach() engine_free() follows.
 */
int engine_prepare(const struct engine_options *options, struct engine **ret_engine,
		   struct fault *fault);
int engine_attach(struct engine *engine, struct loop *loop, struct fault *fault);

/*
 * What the sandboxes of a policy need and no engine has to be there for: their roots. Any thread; the policy is lent until engine_ahead_give(). NULL when there is no memory.
 * What cannot be made is not said: the engine tries again, and says it.
 */
struct engine_ahead *engine_ahead_make(const struct policy *policy);

/*
 * Gives it to an engine that has no job yet, or, with NULL, nobody, and frees it. The first sandbox is asked for, and made while the caller goes
 * on.
 */
void engine_ahead_give(struct engine_ahead *ahead, struct engine *engine);

/*
 * From job_done, once nothing more is asked of the engine: no job will follow. What is not in use begins to end, in the background; engine_free()
 * waits for it. Submitting is refused from then on.
 */
void engine_finish(struct engine *engine);

/*
 * Kills what runs, removes every cgroup and process of the engine, waits for that; job_done is called for every job that was not
 * done. Runs the loop while it waits. Never from inside a callback. Returns NULL.
 */
struct engine *engine_free(struct engine *engine);

struct engine_callbacks {
	/*
	 * A case (or the compile step, index -1) is done. `step` is lent for the call. May be NULL. The result keeps the outputs of the
	 * first 256 MiB only: who wants all takes them here.
	 */
	void (*step_done)(void *userdata, int index, const char *name,
			  const struct step_result *step);
	/* The submission is done. `result` is lent for the call; the job is gone after it. */
	void (*job_done)(void *userdata, const struct run_result *result);
	/*
	 * Something that the program did, in order, where the submission asks for a trace; `index` as in step_done, which comes after the step's
	 * last event. `event` is lent for the call. NULL: nobody wants them.
	 */
	void (*event)(void *userdata, int index, const struct event *event);
};

/*
 * Starts a submission or queues it until a slot is free. `policy` and `submission` are lent and must live until job_done.
 * 0 or -errno (-ENOMEM; -EINVAL: no files although the policy needs one, no tests; -ESHUTDOWN: from a callback of engine_free()).
 */
int engine_submit(struct engine *engine, const struct policy *policy,
		  const struct submission *submission, const struct engine_callbacks *callbacks,
		  void *userdata, struct engine_job **ret_job);

/* The id that the job's result will have. Lent; as long as the job. */
const char *engine_job_id(const struct engine_job *job);

/* A program of the kernel side that meters the engine's steps. */
struct engine_program {
	char name[32];
	uint32_t id;  /* as bpftool(8) shows it */
	char tag[17]; /* the kernel's hash of its instructions, hexadecimal */
};

/* The `index`th program that is loaded, from 0: true, or false: there are no more, or none yet. They are there from the first step on. */
bool engine_program(const struct engine *engine, unsigned index, struct engine_program *ret_program);

/* Ends the job, queued or running; job_done follows from the loop with verdict IE and the message "cancelled". */
void engine_cancel(struct engine_job *job);
