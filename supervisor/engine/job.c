/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One submission, from its files to its verdict:
 *
 *   begin    the stage: a scratch that holds the submitted files
 *   compile  runs in the stage itself (index -1); what it leaves there is what every run starts from
 *   test i   a fresh sandbox with a copy of the stage; then, where there is an answer, the checker in another one
 *   end      the result
 *
 * Every step is a sandbox of its own, made and removed: nothing of one test can be seen by the next, because nothing of it exists.
 * A submission without a compile step and with one test runs in the stage directly: there is nobody to keep it clean for.
 *
 * All failures of ours end in job_fail(): verdict IE with the layer and the reason. Never a verdict on the submission.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/strv.h"
#include "supervisor/engine/engine-internal.h"
#include "supervisor/engine/layers.h"
#include "supervisor/engine/template.h"
#include "supervisor/policy/policy-filter.h"
#include "supervisor/sandbox/scratch.h"

/* Of all tests together; what comes after is told (step_done) but not kept. */
#define OUTPUTS_KEPT_BYTES_MAX (UINT64_C(256) << 20)

static void step_done(void *userdata, struct step_result *step);
static void check_done(void *userdata, struct step_result *check);

static struct engine_job *job_free(struct engine_job *job)
{
	(void)strv_free(job->names);
	(void)fd_close(job->stage_fd);
	(void)fd_close(job->stage_work_fd);
	(void)fd_close(job->compile_root_fd);
	(void)fd_close(job->run_root_fd);
	denials_clear(&job->compile_denials);
	denials_clear(&job->run_denials);
	run_result_clear(&job->result);
	free(job);
	return NULL;
}

/* A random (version 4) UUID. Source: RFC 9562. */
static void id_make(char id[static 37])
{
	unsigned char b[16] = {0};
	ssize_t got = getrandom(b, sizeof(b), 0);

	(void)got; /* whole for 16 bytes, once the pool is up: getrandom(2) */
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	(void)snprintf(id, 37,
		       "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
		       b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		       b[13], b[14], b[15]);
}

static int names_make(struct engine_job *job)
{
	const struct submission *submission = job->submission;

	for (size_t i = 0; i < submission->n_files; i++) {
		const char *name = submission->files[i].name;

		if (i == 0 && job->policy->source_name != NULL)
			name = job->policy->source_name;
		if (!submission_name_ok(name) || strv_contains(job->names, name))
			return -EINVAL;
		if (strv_append(&job->names, name) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int tests_make(struct engine_job *job)
{
	const struct submission *submission = job->submission;

	job->result.tests = new0(struct test_result, submission->n_tests);
	if (job->result.tests == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < submission->n_tests; i++) {
		step_result_init(&job->result.tests[i].step);
		job->result.tests[i].name = strdup(submission->tests[i].name);
		job->result.n_tests = i + 1;
		if (job->result.tests[i].name == NULL)
			return -ENOMEM;
	}
	return 0;
}

int job_new(struct engine *engine, const struct policy *policy, const struct submission *submission,
	    const struct engine_callbacks *callbacks, void *userdata, struct engine_job **ret_job)
{
	struct engine_job *job;
	int r;

	if (submission->n_files == 0 || submission->n_tests == 0)
		return -EINVAL;
	job = new0(struct engine_job, 1);
	if (job == NULL)
		return -ENOMEM;
	job->engine = engine;
	job->policy = policy;
	job->submission = submission;
	job->callbacks = *callbacks;
	job->userdata = userdata;
	job->stage_fd = job->stage_work_fd = job->compile_root_fd = job->run_root_fd = -EBADF;
	step_result_init(&job->result.compile);
	id_make(job->result.id);
	r = names_make(job);
	if (r == 0)
		r = tests_make(job);
	if (r < 0) {
		(void)job_free(job);
		return r;
	}
	*ret_job = job;
	return 0;
}

static struct step_result *current_step(struct engine_job *job)
{
	return job->index < 0 ? &job->result.compile : &job->result.tests[job->index].step;
}

/* The limits of a run: the policy's, with what the submission was given instead. */
static struct limits limits_of(const struct engine_job *job)
{
	struct limits limits =
		job->index < 0 ? job->policy->compile.limits : job->policy->run.limits;

	if (job->index >= 0)
		limits_merge(&limits, &job->submission->limits);
	return limits;
}

static int stage_used(const struct engine_job *job, uint64_t *ret_bytes, struct fault *fault)
{
	uint64_t inodes;
	int r = scratch_usage(job->stage_fd, ret_bytes, &inodes);

	return r < 0 ? fault_set(fault, r, "scratch", "cannot measure the stage") : 0;
}

static int stage_make(struct engine_job *job, struct fault *fault)
{
	const struct submission *submission = job->submission;
	const struct slot *slot = job->slot;
	struct limits limits = limits_of(job);
	uint64_t bytes = limits_get(&limits, LIMIT_DISK), inodes = limits_get(&limits, LIMIT_INODES);
	mode_t mode = job->policy->source_executable ? 0755 : 0644;

	for (size_t i = 0; i < submission->n_files; i++)
		bytes += (submission->files[i].size + 4095) / 4096 * 4096;
	job->stage_fd = scratch_create(bytes, inodes + submission->n_files, slot->host_uid,
				       slot->host_gid, fault);
	if (job->stage_fd < 0)
		return job->stage_fd;
	job->stage_work_fd = scratch_work_open(job->stage_fd);
	if (job->stage_work_fd < 0)
		return fault_set(fault, job->stage_work_fd, "scratch", "cannot open the stage");
	for (size_t i = 0; i < submission->n_files; i++) {
		int r = scratch_file_put(job->stage_work_fd, job->names[i], submission->files[i].fd,
					 submission->files[i].size, mode, slot->host_uid,
					 slot->host_gid);

		if (r < 0)
			return fault_set(fault, r, "scratch", "cannot stage a submitted file");
	}
	return stage_used(job, &job->staged_bytes, fault);
}

static int needs_check(const struct engine_job *job, struct fault *fault)
{
	for (size_t i = 0; i < job->policy->n_needs; i++) {
		const struct policy_need *need = &job->policy->needs[i];

		if (access(need->path, F_OK) < 0)
			return fault_say(fault, -ENOENT, "toolchain",
					 "policy %s needs %s, which is not there; apt install %s",
					 job->policy->name, need->path, need->package);
	}
	return 0;
}

/* The job's own copy: the cache may let go of a root while the job runs. */
static int root_open(struct engine_job *job, const struct policy_phase *phase, struct fault *fault)
{
	int lent = roots_get(&job->engine->roots, phase->mounts, phase->n_mounts, fault);
	int fd = lent < 0 ? lent : fcntl(lent, F_DUPFD_CLOEXEC, 0);

	return lent >= 0 && fd < 0 ? fault_set(fault, -errno, "mounts", "root") : fd;
}

static int roots_open(struct engine_job *job, struct fault *fault)
{
	job->run_root_fd = root_open(job, &job->policy->run, fault);
	if (job->run_root_fd < 0 || !job->result.has_compile)
		return MIN(job->run_root_fd, 0);
	job->compile_root_fd = root_open(job, &job->policy->compile, fault);
	return MIN(job->compile_root_fd, 0);
}

static int files_open(struct engine_job *job, struct fault *fault)
{
	const struct policy *policy = job->policy;
	int r = denials_open(&policy->run, job->run_root_fd, &job->run_denials, fault);

	if (r == 0 && job->result.has_compile)
		r = denials_open(&policy->compile, job->compile_root_fd, &job->compile_denials,
				 fault);
	return r;
}

/*
 * Every limit that is asked for must hold on this host. A caller who allows less gets less: those that cannot be put in force are
 * taken out (the result's layers say that they are absent).
 */
static int limits_require(const struct engine_job *job, struct limits *limits, struct fault *fault)
{
	static const struct {
		enum limit_key key;
		const char *what;
	} wanted[] = {
		{LIMIT_CPUS, "the cpu controller"},
		{LIMIT_IO, "the io controller and a disk under /usr"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (limits_get(limits, wanted[i].key) == LIMIT_NONE ||
		    cgroup_tree_limits(job->slot->set->tree, wanted[i].key))
			continue;
		if (!job->engine->allow_degraded)
			return fault_say(
				fault, -ENOTSUP, "cgroup",
				"the limit %s needs %s, which is not there (see assay doctor)",
				limit_info(wanted[i].key)->name, wanted[i].what);
		limits_set(limits, wanted[i].key, LIMIT_NONE);
	}
	return 0;
}

/* The command of a phase: argv and environment. */
static int command_make(const struct engine_job *job, const struct policy_phase *phase,
			const struct limits *limits, char ***ret_argv, char ***ret_env)
{
	const struct submission *submission = job->submission;
	const struct template_values values = {
		.source = job->names[0],
		.sources = job->names,
		.args = submission->args,
		.memory_bytes = limits_get(limits, LIMIT_MEMORY),
	};
	int r = template_expand(phase->argv, &values, ret_argv);

	if (r == 0)
		r = template_expand(phase->env, &values, ret_env);
	if (r == 0 && job->index >= 0)
		r = strv_extend(ret_env, submission->env);
	return r;
}

int input_reopen(int fd)
{
	char path[32];
	int r;

	if (fd < 0)
		return -EBADF;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = open(path, O_RDONLY | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

int job_residue(const struct engine_job *job, uint64_t *ret_bytes, struct fault *fault)
{
	uint64_t used = 0;
	int r = job->index < 0 ? 0 : stage_used(job, &used, fault);

	*ret_bytes = used > job->staged_bytes ? used - job->staged_bytes : 0;
	return r;
}

static void on_event(void *userdata, const struct event *event)
{
	struct engine_job *job = userdata;

	job->callbacks.event(job->userdata, job->index, event);
}

/* What is to be metered of the step. Without BPF nothing is, unless a gas limit or a trace was asked for: then it does not run. */
static int meter_spec_make(struct engine_job *job, const struct limits *limits,
			   const struct policy_filter *filter, struct step_meter_spec *ret_spec,
			   struct fault *fault)
{
	struct engine *engine = job->engine;
	uint64_t limit = limits_get(limits, LIMIT_GAS);
	bool traced = job->submission->trace_level != TRACE_LEVEL_COUNTERS &&
		      job->callbacks.event != NULL;
	struct fault why = {0};

	*ret_spec = (struct step_meter_spec){
		.probe = metering_probe(engine->metering, &why),
		.schedule = job->policy->gas,
		.gas_limit = limit,
		.level = traced ? job->submission->trace_level : TRACE_LEVEL_COUNTERS,
		.on_loss = job->submission->on_loss,
		.event = traced ? on_event : NULL,
		.filter = traced ? filter : NULL,
		.userdata = job,
	};
	if (limit != LIMIT_NONE && job->policy->gas == NULL)
		return fault_say(fault, -ENOTSUP, "gas",
				 "a gas limit needs a schedule of prices, and the policy names none");
	if (ret_spec->probe != NULL || (limit == LIMIT_NONE && !traced))
		return 0;
	return fault_say(fault, why.error, "bpf", "%s cannot be had: %.300s",
			 traced ? "a trace" : "a gas limit", why.text);
}

/* Of sockets and files: what the policy denies is refused by the kernel side, or the step does not run; a caller who allows less gets less. */
static int denials_require(const struct engine_job *job, const struct policy_phase *phase,
			   struct step_meter_spec *meter, struct fault *fault)
{
	meter->network = phase->network;
	if (!policy_phase_denies(phase))
		return 0;
	if (metering_hooks(job->engine->metering)) {
		meter->denials =
			job->index < 0 ? &job->compile_denials.probe : &job->run_denials.probe;
		return 0;
	}
	if (job->engine->allow_degraded)
		return 0;
	return fault_say(fault, -ENOTSUP, "bpf-lsm",
			 "what the policy denies is refused by BPF programs at the kernel's security "
			 "hooks, and there are none here (see assay doctor, layer bpf-lsm)");
}

static int step_start(struct engine_job *job, const struct policy_phase *phase,
		      struct sandbox_spec *spec, struct fault *fault)
{
	bool compile = job->index < 0;
	bool direct = compile || (job->submission->n_tests == 1 && !job->result.has_compile);
	int lent = compile ? -EBADF : job->submission->tests[job->index].input_fd;
	_cleanup_close_ int input = input_reopen(lent);
	struct step_run_options options = {
		.ple_kills = phase->ple_kills, .done = step_done, .userdata = job};
	struct step_meter_spec meter;
	int r = job_residue(job, &spec->residue_bytes, fault);

	if (r < 0)
		return r;
	if (lent >= 0 && input < 0)
		return fault_set(fault, input, "stdio", "cannot open the input");
	spec->scratch_fd = direct ? job->stage_fd : -EBADF;
	spec->stage_fd = direct ? -EBADF : job->stage_work_fd;
	spec->stdin_fd = input;
	r = meter_spec_make(job, spec->limits, spec->filter, &meter, fault);
	if (r == 0)
		r = denials_require(job, phase, &meter, fault);
	if (r < 0)
		return r;
	options.meter = meter.probe != NULL ? &meter : NULL;
	return step_run_start(job->engine->event, job->slot, spec, &options, &job->step, fault);
}

static int step_begin(struct engine_job *job, const struct policy_phase *phase, int root_fd,
		      struct fault *fault)
{
	_cleanup_strv_ char **argv = NULL, **env = NULL;
	struct limits limits = limits_of(job);
	struct sandbox_spec spec = {
		.limits = &limits,
		.filter = &phase->filter,
		.network = phase->network,
		.root_fd = root_fd,
		.extra_fds = {-EBADF, -EBADF},
	};
	int r = limits_require(job, &limits, fault);

	if (r == 0 && job->slot->broken)
		r = fault_say(fault, -EIO, "slots",
			      "the step before could not be removed from its slot");
	if (r == 0 && !slot_alive(job->slot))
		r = slot_revive(job->slot, fault);
	if (r < 0)
		return r;
	if (command_make(job, phase, &limits, &argv, &env) < 0)
		return fault_set(fault, -ENOMEM, "engine", "command");
	spec.argv = argv;
	spec.env = env;
	return step_start(job, phase, &spec, fault);
}

/* Ours, before or instead of a step: the current step carries the reason. */
static void job_fail(struct engine_job *job, const struct fault *fault)
{
	struct step_result *step = current_step(job);

	step->verdict = VERDICT_IE;
	step->fault = *fault;
	job_end(job);
}

static void step_next(struct engine_job *job)
{
	bool compile = job->index < 0;
	struct fault fault = {0};

	if (step_begin(job, compile ? &job->policy->compile : &job->policy->run,
		       compile ? job->compile_root_fd : job->run_root_fd, &fault) < 0)
		job_fail(job, &fault);
}

void job_begin(struct engine_job *job)
{
	struct fault fault = {0};
	int r;

	job->result.has_compile = job->policy->compile.argv != NULL;
	job->index = job->result.has_compile ? -1 : 0;
	r = needs_check(job, &fault);
	if (r == 0)
		r = roots_open(job, &fault);
	if (r == 0)
		r = files_open(job, &fault);
	if (r == 0)
		r = stage_make(job, &fault);
	if (r < 0)
		job_fail(job, &fault);
	else
		step_next(job);
}

static void step_tell(struct engine_job *job)
{
	const char *name = job->index < 0 ? "compile" : job->result.tests[job->index].name;

	if (job->callbacks.step_done != NULL)
		job->callbacks.step_done(job->userdata, job->index, name, current_step(job));
}

/* Outputs are kept for the result as long as they fit: a thousand tests of 16 MiB each must not be the host's memory. */
static void outputs_keep(struct engine_job *job)
{
	struct step_result *step = current_step(job);

	job->kept_bytes += step->stdout_bytes + step->stderr_bytes;
	if (job->kept_bytes <= OUTPUTS_KEPT_BYTES_MAX)
		return;
	step->stdout_fd = fd_close(step->stdout_fd);
	step->stderr_fd = fd_close(step->stderr_fd);
}

/* The current step is judged: on to the next, or to the end. */
static void step_settled(struct engine_job *job)
{
	enum verdict verdict = current_step(job)->verdict;

	step_tell(job);
	outputs_keep(job);
	if (verdict == VERDICT_IE || job->cancelled ||
	    (verdict != VERDICT_AC && (job->index < 0 || !job->submission->keep_going)) ||
	    job->index + 1 >= (int)job->submission->n_tests) {
		job_end(job);
		return;
	}
	job->index++;
	step_next(job);
}

static void step_take(struct engine_job *job, struct step_result *step)
{
	struct step_result *mine = current_step(job);

	job->step = NULL;
	*mine = *step;
	step->stdout_fd = step->stderr_fd = -EBADF;
	for (size_t i = 0; i < mine->n_denied; i++)
		if (mine->denied[i].arch != 0) /* its caller was dead before it could be read */
			policy_call_name(mine->denied[i].arch, mine->denied[i].nr,
					 mine->denied[i].syscall, sizeof(mine->denied[i].syscall));
}

/*
 * What the compile step left could not be copied: too deep, too large, or, on v1, where the copy counts towards it, more than the
 * run's memory limit. That is the submission's fault, and known only now. NULL when it is not that, else what to say.
 */
static const char *stage_refused(const struct engine_job *job, const struct step_result *step)
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

static void stage_blame(struct engine_job *job, const char *sentence)
{
	struct step_result *step = current_step(job);

	(void)snprintf(job->result.message, sizeof(job->result.message),
		       "what the compile step left %s", sentence);
	step_result_init(step);
	job->result.compile.verdict = VERDICT_CE;
	(void)snprintf(job->result.compile.checker_message,
		       sizeof(job->result.compile.checker_message), "what it left %s", sentence);
	job_end(job);
}

static void step_done(void *userdata, struct step_result *step)
{
	struct engine_job *job = userdata;
	struct step_result *mine;
	struct fault fault = {0};
	const char *refused;

	step_take(job, step);
	mine = current_step(job);
	refused = stage_refused(job, mine);
	if (refused != NULL) {
		stage_blame(job, refused);
		return;
	}
	if (job->index < 0) {
		if (mine->verdict != VERDICT_AC && mine->verdict != VERDICT_IE)
			mine->verdict = VERDICT_CE;
		step_settled(job);
		return;
	}
	mine->score = mine->verdict == VERDICT_AC ? 1 : 0;
	if (mine->verdict != VERDICT_AC || job->submission->tests[job->index].answer_fd < 0) {
		step_settled(job);
		return;
	}
	mine->score = 0;
	if (checker_start(job, mine, check_done, &fault) < 0)
		job_fail(job, &fault);
}

static void check_done(void *userdata, struct step_result *check)
{
	struct engine_job *job = userdata;

	job->step = NULL;
	checker_apply(check, current_step(job));
	step_settled(job);
}

/* The submission's verdict is that of the step that decided, by precedence; its score the mean of the tests'. */
static void result_sum(struct engine_job *job)
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
static void cancelled_note(struct engine_job *job)
{
	struct step_result *step = current_step(job);

	(void)fault_say(&step->fault, -ECANCELED, "engine", "cancelled");
	step->verdict = VERDICT_IE;
	step->score = 0;
}

void job_end(struct engine_job *job)
{
	struct engine *engine = job->engine;
	struct engine_callbacks callbacks = job->callbacks;

	if (job->cancelled && current_step(job)->fault.error == 0)
		cancelled_note(job);
	result_sum(job);
	if (metering_ready(job->engine->metering))
		job->result.gas_schedule = job->policy->gas;
	layers_describe(job, &job->result);
	for (unsigned i = 0; i < engine->n_slots; i++)
		if (engine->running[i] == job)
			engine->running[i] = NULL;
	if (callbacks.job_done != NULL)
		callbacks.job_done(job->userdata, &job->result);
	(void)job_free(job);
	engine_dispatch_soon(engine);
}
