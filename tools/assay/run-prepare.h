/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the caller of `assay run` gave, made ready beside the engine: by a thread that touches nothing of the engine's. */

#include <pthread.h>
#include <stdbool.h>

#include "lib/base/fault.h"
#include "lib/contract/policy.h"
#include "lib/contract/submission.h"
#include "supervisor/engine/engine.h"
#include "tools/assay/run-options.h"
#include "tools/assay/run-trace.h"

struct run_given {
	struct policy *policy;
	struct submission submission;
	bool has_submission;
	int output_fd; /* directory of --output, or -EBADF */
	bool output_made;
	struct run_trace *trace; /* NULL: no record was asked for */
};

/* Frees it. A directory that was made for outputs goes when it is empty. */
void run_given_clear(struct run_given *given, const struct run_options *options);

struct run_preparation {
	struct run_options *options;
	struct run_given *given;
	pthread_t thread;
	struct engine_ahead *ahead; /* for the engine; NULL: there is none */
	int r;	   /* 0, or -errno: what the caller gave is wrong, or the host lacks something */
	int needs; /* 0, or -errno: the policy's toolchain is not installed */
	struct fault fault; /* of either */
};

/* Starts it. `options` and `given` are lent until run_prepare_wait(). 0 or -errno with a fault. */
int run_prepare_start(struct run_preparation *preparation, struct run_options *options,
		      struct run_given *given, struct fault *fault);

/* Waits for its end. 0, or -errno when nothing can be run. */
int run_prepare_wait(struct run_preparation *preparation);

/* Whether it failed by a mistake of the caller's, and not by what the host lacks. */
bool run_prepare_is_mistake(const struct run_preparation *preparation);
