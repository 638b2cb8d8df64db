/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a job's result says: of a step that is over, of one that could not start from what the compile step left, and of all together.
 */

#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/fd.h"
#include "supervisor/engine/job.h"
#include "supervisor/policy/policy-filter.h"
#include "supervisor/policy/policy-refusal.h"

/* Of all tests together; what comes after is told (step_done) but not kept. */
#define OUTPUTS_KEPT_BYTES_MAX (UINT64_C(256) << 20)

struct step_result *job_current_step(struct engine_job *job)
{
	return job->index < 0 ? &job->result.compile : &job->result.tests[job->index].step;
}

/* Outputs are kept for the result as long as they fit: a thousand tests of 16 MiB each must not be the host's memory. */
void job_outputs_keep(struct engine_job *job)
{
	struct step_result *step = job_current_step(job);

	job->kept_bytes += step->stdout_bytes + step->stderr_bytes;
	if (job->kept_bytes <= OUTPUTS_KEPT_BYTES_MAX)
		return;
	step->stdout_fd = fd_close(step->stdout_fd);
	step->stderr_fd = fd_close(step->stderr_fd);
}

/* Without an architecture: it was interrupted before it could be read. Then what was counted may say which one it was. */
static void denied_name(const struct engine_job *job, const struct step_result *step,
			struct denied_call *call)
{
	if (call->arch == 0) {
		call->nr = policy_filter_denied_number(&job_phase(job, job->index)->filter,
						       step->counters.restarted);
		if (call->nr < 0)
			return;
		call->arch = AUDIT_ARCH_X86_64;
	}
	policy_call_name(call->arch, call->nr, call->syscall, sizeof(call->syscall));
}

/*
 * A program that has signals all the time can have every notification withdrawn before the loop comes to look. A call that the filter
 * always stops cannot have been interrupted anywhere else: it is a denial that nobody was told of.
 */
static void denials_find(const struct engine_job *job, struct step_result *step)
{
	if (!step->ran || step->n_denied > 0)
		return;
	for (int nr = 0; nr < GAS_CALLS_MAX - 1 && step->n_denied < RESULT_DENIED_MAX; nr++)
		if (step->counters.restarted[nr] &&
		    policy_filter_denies(&job_phase(job, job->index)->filter, nr))
			step->denied[step->n_denied++] =
				(struct denied_call){.nr = nr, .arch = AUDIT_ARCH_X86_64};
	if (step->n_denied > 0)
		step->verdict = verdict_worse(step->verdict, VERDICT_DJS);
}

void job_step_take(struct engine_job *job, struct step_result *step)
{
	struct step_result *mine = job_current_step(job);

	job->step = NULL;
	*mine = *step;
	step->stdout_fd = step->stderr_fd = -EBADF;
	denials_find(job, mine);
	for (size_t i = 0; i < mine->n_denied; i++)
		denied_name(job, mine, &mine->denied[i]);
}

/*
 * What the compile step left could not be copied: too deep, too large, or, on v1, where the copy counts towards it, more than the
 * run's memory limit. That is the submission's fault, and known only now. NULL when it is not that, else what to say.
 */
const char *job_stage_refused(const struct engine_job *job, const struct step_result *step)
{
	static const struct {
		const char *layer;
		int error;
		const char *sentence;
	} refusals[] = {
		{"stage", -ENOSPC, "cannot be copied: it is too large"},
		{"stage", -EFBIG, "cannot be copied: it is too large"},
		{"stage", -ELOOP, "cannot be copied: its directories are too deep"},
		{"stage", -ENAMETOOLONG, "cannot be copied: its directories are too deep"},
		{"cgroup", -EBUSY, "is more than the memory limit of the run"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (job->result.has_compile && job->index >= 0 && !step->ran &&
		    strcmp(step->fault.layer, refusals[i].layer) == 0 &&
		    step->fault.error == refusals[i].error)
			return refusals[i].sentence;
	return NULL;
}

/* The submission's verdict is that of the step that decided, by precedence; its score the mean of the tests'. */
void job_result_sum(struct engine_job *job)
{
	struct run_result *result = &job->result;
	const struct step_result *decided = &result->compile;
	const char *where = "compile";

	result->verdict = result->has_compile ? result->compile.verdict : VERDICT_SK;
	for (size_t i = 0; i < result->n_tests; i++) {
		const struct step_result *step = &result->tests[i].step;
		enum verdict worse = verdict_worse(result->verdict, step->verdict);

		if (worse != result->verdict || (i == 0 && worse == step->verdict)) {
			decided = step;
			where = result->tests[i].name;
		}
		result->verdict = worse;
		result->score += step->score / (double)result->n_tests;
	}
	if (result->message[0] != '\0')
		return;
	if (decided->fault.error < 0)
		(void)snprintf(result->message, sizeof(result->message), "%s: %.400s",
			       decided->fault.layer, decided->fault.text);
	else if (result->verdict != VERDICT_AC)
		(void)snprintf(result->message, sizeof(result->message), "%s on %.300s",
			       verdict_name(result->verdict), where);
}

/* Whatever the tests before said: the submission was not judged to its end. */
void job_cancelled_note(struct engine_job *job)
{
	struct step_result *step = job_current_step(job);

	(void)fault_say(&step->fault, -ECANCELED, "engine", "cancelled");
	step->verdict = VERDICT_IE;
	step->score = 0;
}
