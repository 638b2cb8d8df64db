/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Verdicts: what is said about a step or a submission. The order of the enumeration is the precedence of
 * docs/architecture.md ("Verdicts"): when several hold, the lowest number wins.
 */

#include <stdint.h>

enum verdict {
	VERDICT_IE = 0, /* internal error: ours, never the submission's */
	VERDICT_CE,	/* compile error */
	VERDICT_DJS,	/* disallowed system call */
	VERDICT_GLE,	/* gas limit */
	VERDICT_MLE,	/* memory limit */
	VERDICT_PLE,	/* process limit, only where the policy says kill */
	VERDICT_TLE,	/* CPU time limit */
	VERDICT_WTLE,	/* wall time limit */
	VERDICT_OLE,	/* output limit */
	VERDICT_RTE,	/* died of a signal */
	VERDICT_NZ,	/* exit code not 0 */
	VERDICT_WA,	/* wrong answer */
	VERDICT_PC,	/* partially correct */
	VERDICT_AC,	/* accepted */
	VERDICT_SK,	/* skipped: an earlier test decided */
	VERDICT_MAX
};

/* "AC", "TLE", ...; stable. `verdict` must be below VERDICT_MAX. */
const char *verdict_code(enum verdict verdict);

/* "accepted", "cpu time limit", ...: for people. */
const char *verdict_name(enum verdict verdict);

/* The verdict with this code, or -ENOENT. */
int verdict_from_code(const char *code);

/* The one of the two that takes precedence; SK yields to everything. */
enum verdict verdict_worse(enum verdict a, enum verdict b);
