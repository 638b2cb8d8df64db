/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A short-lived child that makes a namespace and keeps it alive until the supervisor has opened it. It dies with the thread that
 * started it and owns no descriptor of the supervisor, so that one that is killed in between leaves nothing behind: neither a
 * process nor a lock.
 */

#include "lib/base/fault.h"

struct holder {
	int pid, pidfd;
	int ready_fd; /* its answer comes here */
	int hold_fd;  /* it ends when this is closed */
};

/*
 * Runs `work(argument, &fault)` in a child; what it returns (0 or -errno) and its fault are the answer. The child has no
 * descriptors but its two ends of the holder's pipes. 0 or -errno.
 */
int holder_start(int (*work)(const void *argument, struct fault *fault), const void *argument,
		 struct holder *ret_holder, struct fault *fault);

/* Waits for the answer, at most HOLDER_ANSWER_MSEC. What the work returned, with its fault; -ETIMEDOUT; -EIO. */
int holder_answer(struct holder *holder, struct fault *fault);

/* Opens its namespace of this kind ("user", "mnt"). A descriptor that the caller owns, or -errno. */
int holder_namespace_open(const struct holder *holder, const char *kind);

/* Ends it. */
void holder_end(struct holder *holder);

/* A source of a mount can be a network file system that does not answer: the engine must not wait for it for long. */
enum { HOLDER_ANSWER_MSEC = 10000 };
