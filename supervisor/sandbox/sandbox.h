/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One sandbox: one step, in a slot. This room has no event loop: it hands out descriptors and says what to call when they are
 * readable; supervisor/engine waits.
 *
 * Life: sandbox_start -> reports, output, denials, kill -> PID 1's pidfd is readable: everything inside is dead ->
 * sandbox_finish. See README.md for the invariants.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/fault.h"
#include "lib/contract/policy.h"
#include "lib/contract/result.h"
#include "supervisor/sandbox/capture.h"
#include "supervisor/sandbox/slot.h"

/* All is lent until sandbox_start returns. */
struct sandbox_spec {
	char *const *argv;
	char *const *env;
	const struct limits *limits; /* complete: policy, multipliers and overrides are applied */
	const struct policy_filter *filter;
	enum policy_network network;
	int root_fd;	/* namespace_root_create() of the phase's mounts */
	int scratch_fd; /* a scratch as it is: that of the slot's spare, or one that was never attached; lent until sandbox_finish(); negative: a fresh one */
	int stage_fd; /* a directory whose content is copied into the work directory, or negative */
	int stdin_fd; /* or negative: /dev/null */
	int extra_fds[2]; /* become 3 and 4; negative: none */
	/* Called with the directory of the step's group before anything is in it; a failure is sandbox_start()'s. NULL: nobody asks. */
	int (*group_made)(void *userdata, int group_fd, struct fault *fault);
	void *group_userdata;
	bool spare_ready; /* spare_ready() has just said so of the slot and this root, filter and scratch: it is not asked again */
	bool held;	  /* it does not begin by itself: sandbox_release() */
	unsigned neighbours; /* processes of the slot's ids that may wait in a slot beside it meanwhile */
	uint64_t residue_bytes; /* charged to the slot on v1, not reclaimable and not the step's: the stage */
};

enum sandbox_state {
	SANDBOX_STARTING, /* asked for, nothing foreign has run */
	SANDBOX_HELD,	  /* all is in place but sandbox_release() */
	SANDBOX_RUNNING,
	SANDBOX_EXITED, /* the main process has ended */
	SANDBOX_FAILED, /* it could not be made: `fault` says why */
};

struct sandbox {
	struct slot *slot; /* lent */
	enum sandbox_state state;
	int report_fd; /* readable: sandbox_on_report() */
	int pidfd; /* of PID 1, once REPORT_LAUNCHED came; readable: everything inside is dead */
	int step_pidfd; /* of the step's main process, once it runs; readable: sandbox_on_main_end() */
	int listener_fd; /* of the filter, once it is there; readable: sandbox_on_denial() */
	int go_fd;	 /* releases a step that is held; -EBADF: none is */
	struct spare_streams streams; /* pipe_fd readable: capture_drain() */
	int scratch_fd;		      /* to see at the end whether it was full */
	bool scratch_lent;
	bool killed;	 /* sandbox_kill() was called */
	bool main_ended; /* the step's main process has; PID 1 is to say how, and ends too */
	bool emptied;	 /* and nothing else was left in its group */
	bool disk_full;	 /* set by sandbox_finish() */
	bool memory_v1;
	bool out_of_memory;				  /* the kernel said so; sandbox_on_oom() */
	uint64_t asked_ns, held_ns, started_ns, ended_ns; /* CLOCK_MONOTONIC */
	uint64_t baseline_bytes;
	struct cgroup_usage usage; /* once it is there */
	bool has_usage;
	int wait_status;
	uint64_t prepared_ns; /* CPU time of the step's process before its release */
	uint64_t memory_limit_bytes;
	bool own_program;  /* what is executed is the submission's own file */
	bool exec_refused; /* execve of it failed with exec_error */
	int exec_error;
	struct denied_call denied[RESULT_DENIED_MAX];
	size_t n_denied;
	struct fault fault;
};

/*
 * Starts a sandbox in `slot`. 0 or -errno with a fault; on failure nothing is left. On success the caller ends it with
 * sandbox_finish(). The struct must not move.
 */
int sandbox_start(struct sandbox *sandbox, struct slot *slot, const struct sandbox_spec *spec,
		  struct fault *fault);

/*
 * Releases a step that is held (SANDBOX_HELD): it is running after that. 0; -ECHILD: it has died meanwhile, or is being killed; other
 * -errno: it cannot be. After a failure the sandbox is to be given up.
 */
int sandbox_release(struct sandbox *sandbox);

/* Takes all reports that are there. 1: more may come; 0: no sender is left; -errno: the channel is broken (kill it). */
int sandbox_on_report(struct sandbox *sandbox);

/* The step's main process has ended: sees whether anything is left. Reports need no watching from then on: sandbox_finish() takes them. */
void sandbox_on_main_end(struct sandbox *sandbox);

/* After it: takes what is there to be taken while PID 1, which has woken too, tells how the main process ended and ends itself. */
void sandbox_take_early(struct sandbox *sandbox);

/* Takes a denied call and kills the step for it. 0, or -errno: the listener is broken. */
int sandbox_on_denial(struct sandbox *sandbox);

/*
 * On v1 the kernel kills one process when the group is out of memory, and tells. The step is over: the rest is killed here, perhaps
 * before the kernel has chosen.
 */
void sandbox_on_oom(struct sandbox *sandbox);

/* Kills the step's processes now. Safe in every state, also when PID 1 is not known yet. */
void sandbox_kill(struct sandbox *sandbox);

/*
 * Kills PID 1 too: for a sandbox whose making hangs, or that is cancelled. Its exit is not reported then. When PID 1 is not known,
 * the launcher is killed, and what it was asked for with it.
 */
void sandbox_kill_all(struct sandbox *sandbox);

/*
 * Kills everything and waits in place until it is dead, for callers without a loop. Bounded: after some seconds everything in the slot
 * is killed and the slot is broken.
 */
void sandbox_wait_dead(struct sandbox *sandbox);

/* The same for one that nobody wants any more, where its launcher shall live: one that is being made is waited for, and killed then. */
void sandbox_give_up(struct sandbox *sandbox);

/*
 * After the pidfd was readable (or when there never was one and the report channel ended): drains the outputs, reads counters, removes the
 * step's cgroup, closes everything. When the group does not go, the slot is broken. Fills what the kernel counted into `step`, whose verdict is the caller's to find. 0 or -errno with
 * a fault.
 */
int sandbox_finish(struct sandbox *sandbox, struct step_result *step, struct fault *fault);
