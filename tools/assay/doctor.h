/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What `assay doctor` found out, and its two forms. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "lib/base/fault.h"
#include "supervisor/sandbox/host.h"
#include "tools/assay/term.h"

/* One default policy on this host. */
struct doctor_policy {
	char *name;
	bool can_run;
	bool loaded;			/* false: `fault` says why, and nothing below is known */
	bool requires[HOST_LAYERS_MAX]; /* by the index of the layer in the report */
	struct host_missing missing;
	struct fault fault;
};

struct doctor {
	struct host_report *report;
	struct utsname kernel;
	struct doctor_policy *policies; /* sorted by name */
	size_t n_policies;
	size_t n_can_run;
};

/* Whether every policy can run, and there is one. */
bool doctor_all_can_run(const struct doctor *doctor);

/* How many policies cannot run without the layer at `index` of the report. */
size_t doctor_needed_by(const struct doctor *doctor, size_t index);

/*
 * Whether the layer is more than optional: it is required of every host, or a policy here needs it.
 */
bool doctor_is_required(const struct doctor *doctor, size_t index);

/* Writes the report for people. */
void doctor_write_text(const struct doctor *doctor, const struct term *term);

/* Writes it as one JSON object and a newline. 0 or -ENOMEM. */
int doctor_write_json(const struct doctor *doctor, FILE *stream);
