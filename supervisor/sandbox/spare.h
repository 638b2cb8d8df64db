/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A slot's spare: a sandbox that is made up to the point where it needs to know what will run in it (agent/abi/plan.h), with the step's
 * group and its scratch. Context: as the slot's.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/fault.h"
#include "lib/contract/policy.h"
#include "supervisor/sandbox/capture.h"

struct slot;

/* The outputs of a sandbox, from both sides. */
struct spare_streams {
	struct capture out, err;
	int ends[2]; /* which the sandbox has too; held so that their end wakes nobody: what is in a pipe is there when all are dead */
};

struct spare {
	int report_fd; /* the sandbox's report socket, which takes the order; -EBADF: there is no spare */
	dev_t root_dev; /* which root it has */
	ino_t root_ino;
	bool loopback;
	dev_t scratch_dev; /* which scratch it has */
	int scratch_fd;	   /* that scratch, until a step gets it (slot_scratch_get()) */
	uint64_t bytes, inodes;
	struct spare_streams streams;
};

/* What a step wants of its sandbox before anything else is known of it. All is lent. */
struct spare_spec {
	int root_fd;
	bool loopback;
	const struct policy_filter *filter;
	int scratch_fd; /* to attach, never attached before; or the one that slot_scratch_get() gave; negative: one that nobody has yet */
};

/*
 * Makes sure that the slot has a spare as wanted: keeps one that fits and lives, else asks the launcher for another and
 * does not wait for it. No step may live in the slot. 0 or -errno; then there is none.
 */
int spare_prepare(struct slot *slot, const struct spare_spec *spec, struct fault *fault);

/* Whether there is one as wanted. It may have died. */
bool spare_fits(const struct slot *slot, const struct spare_spec *spec);

/* Whether there is one as wanted that a step could take: it lives, and so does its launcher. Its making may not be over. */
bool spare_ready(const struct slot *slot, const struct spare_spec *spec);

/* Hands report socket and streams over: the spare is a step's sandbox from now on. */
int spare_take(struct spare *spare, struct spare_streams *ret_streams);

/* Closes them. */
void spare_streams_close(struct spare_streams *streams);

/* None. */
struct spare_streams spare_streams_none(void);

/* Kills the spare, if there is one, waits for its end and removes its group. When that does not go the slot is broken. */
void spare_drop(struct slot *slot);
