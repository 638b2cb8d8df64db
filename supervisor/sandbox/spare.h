/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A slot's spare: a sandbox that is made up to the point where it needs to know what will run in it (agent/abi/plan.h), with the step's
 * group. Context: as the slot's.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/fault.h"

struct slot;

struct spare {
	int report_fd; /* the sandbox's report socket, which takes the order; -EBADF: there is no spare */
	dev_t root_dev; /* which root it has */
	ino_t root_ino;
	bool loopback;
};

/*
 * Makes sure that the slot has a spare with this root and network: keeps one that fits and lives, else asks the launcher for another and
 * does not wait for it. No step may live in the slot. 0 or -errno; then there is none.
 */
int spare_prepare(struct slot *slot, int root_fd, bool loopback, struct fault *fault);

/* Whether there is one with this root and network that a step could take. Its making may not be over. */
bool spare_ready(const struct spare *spare, int root_fd, bool loopback);

/* Hands the report socket over: the spare is a step's sandbox from now on. */
int spare_take(struct spare *spare);

/* Kills the spare, if there is one, waits for its end and removes its group. When that does not go the slot is broken. */
void spare_drop(struct slot *slot);
