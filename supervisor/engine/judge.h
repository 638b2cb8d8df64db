/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From what the kernel counted to a verdict: pure functions, no I/O. The rules: docs/architecture.md, "Verdicts". */

#include <stdbool.h>
#include <stdint.h>

#include "lib/contract/result.h"

/* What happened to the step besides what is in the step_result already. */
struct judge_facts {
	int wait_status; /* of the main process, as waitpid(2) gives it */
	int exec_error;	 /* -errno of execve of the submission's own file, or 0 */
	bool cancelled;	 /* the caller ended it */
	bool ple_kills;
	bool disk_full;			      /* the scratch had no room left at the end */
	bool over_gas;			      /* the kernel side ended it at its gas limit */
	bool over_cpu, over_wall;	      /* the supervisor killed it for that */
	uint64_t cpu_limit_ns, wall_limit_ns; /* LIMIT_NONE: none */
};

/*
 * Fills exit_code, exit_signal, limits_hit and verdict of `step`. Counters, denials, outputs and a fault (error < 0: IE) are read from it.
 */
void judge_step(const struct judge_facts *facts, struct step_result *step);

/* Exit codes of a checker (DOMjudge's convention) as a verdict; anything else is IE. */
enum verdict judge_checker(int exit_code);
