/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every rule that holds is noted: limits in limits_hit, the verdict by precedence. A limit counts as hit by what was
 * measured, not by who killed: a program that ends by itself a little past its CPU limit, within the extra time, is TLE with its true
 * time; one that the supervisor killed at the wall deadline is WTLE.
 */

#include "supervisor/engine/judge.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/contract/limits.h"

enum {
	CHECKER_ACCEPTED = 42,
	CHECKER_WRONG = 43,
	CHECKER_PARTIAL = 44,
	SHELL_CANNOT_EXECUTE = 126
};

static void hit(struct step_result *step, enum limit_key key, enum verdict verdict)
{
	step->limits_hit |= 1U << key;
	step->verdict = verdict_worse(step->verdict, verdict);
}

static void exit_note(const struct judge_facts *facts, struct step_result *step)
{
	step->exit_code = -1;
	step->exit_signal = 0;
	if (facts->exec_error < 0)
		step->exit_code = SHELL_CANNOT_EXECUTE;
	else if (WIFEXITED(facts->wait_status))
		step->exit_code = WEXITSTATUS(facts->wait_status);
	else if (WIFSIGNALED(facts->wait_status))
		step->exit_signal = WTERMSIG(facts->wait_status);
	if (step->exit_signal != 0)
		step->verdict = verdict_worse(step->verdict, VERDICT_RTE);
	else if (step->exit_code != 0)
		step->verdict = verdict_worse(step->verdict, VERDICT_NZ);
}

static bool over(uint64_t value, uint64_t limit)
{
	return limit != LIMIT_NONE && value > limit;
}

static void limits_note(const struct judge_facts *facts, struct step_result *step)
{
	if (facts->over_gas)
		hit(step, LIMIT_GAS, VERDICT_GLE);
	if (step->oom_killed)
		hit(step, LIMIT_MEMORY, VERDICT_MLE);
	if (facts->over_cpu || over(step->cpu_time_ns, facts->cpu_limit_ns))
		hit(step, LIMIT_CPU, VERDICT_TLE);
	if (facts->over_wall || over(step->wall_time_ns, facts->wall_limit_ns))
		hit(step, LIMIT_WALL, VERDICT_WTLE);
	if (step->truncated)
		hit(step, LIMIT_OUTPUT, VERDICT_OLE);
	/* Without such a limit a program can only have sent that signal to itself. */
	if (step->exit_signal == SIGXFSZ && limits_get(&step->limits, LIMIT_FILE_SIZE) != LIMIT_NONE)
		hit(step, LIMIT_FILE_SIZE, VERDICT_OLE);
	if (step->pids_refused > 0)
		hit(step, LIMIT_PIDS, facts->ple_kills ? VERDICT_PLE : VERDICT_AC);
	if (facts->disk_full)
		hit(step, LIMIT_DISK, VERDICT_AC);
}

void judge_step(const struct judge_facts *facts, struct step_result *step)
{
	step->verdict = VERDICT_AC;
	step->limits_hit = 0;
	exit_note(facts, step);
	limits_note(facts, step);
	if (step->n_denied > 0)
		step->verdict = verdict_worse(step->verdict, VERDICT_DJS);
	if (facts->cancelled && step->fault.error == 0)
		(void)fault_say(&step->fault, -ECANCELED, "engine", "cancelled");
	if (step->fault.error < 0)
		step->verdict = VERDICT_IE;
}

enum verdict judge_checker(int exit_code)
{
	switch (exit_code) {
	case CHECKER_ACCEPTED:
		return VERDICT_AC;
	case CHECKER_WRONG:
		return VERDICT_WA;
	case CHECKER_PARTIAL:
		return VERDICT_PC;
	default:
		return VERDICT_IE;
	}
}
