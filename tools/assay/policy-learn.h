/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What runs needed, gathered from traces. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/contract/policy.h"
#include "lib/trace/reader.h"

enum {
	LEARN_VALUES_MAX =
		64, /* different values of an argument; with more, the program is not one to list */
	LEARN_MOUNTS_MAX = 64,
};

/* One value of the argument that decides about a call, and how the calls with it ended. */
struct learned_value {
	uint32_t value;
	int64_t error; /* -errno when every one failed with it; 0 */
};

struct learned_call {
	char name[TRACE_CALL_NAME_BYTES];
	uint64_t count;
	int64_t error; /* -errno when every one failed with it; 0 */
	struct learned_value values[LEARN_VALUES_MAX];
	size_t n_values;
};

struct learned_phase {
	bool seen; /* a trace has events of it */
	struct learned_call calls[TRACE_CALLS_MAX];
	bool mounts[LEARN_MOUNTS_MAX]; /* of the policy's phase, by index: something below was used */
	bool threads;		       /* a program had more than one */
};

struct learned {
	struct learned_phase compile, run;
	uint64_t denied, lost, nameless;
	bool overflow; /* LEARN_VALUES_MAX did not do */
};

/* Which argument of a call decides whether it may be made, in every profile: 0..5; -1 for calls where none does. */
int learn_argument(const char *call);

/* Takes an event of a run under `policy`. */
void learn_event(struct learned *learned, const struct policy *policy,
		 const struct trace_item *item);

/*
 * Writes a seccomp profile called `name` that allows what was learned of the phase, what no program runs without, and what threads call when the
 * scheduler pleases, and ends the run at anything else.
 */
void learn_write_profile(const struct learned_phase *phase, const char *name, FILE *stream);
