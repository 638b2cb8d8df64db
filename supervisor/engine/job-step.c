/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a job and its index to a step in a sandbox: what it may use, what is run, what it starts from, what is metered of it.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/strv.h"
#include "supervisor/engine/job.h"
#include "supervisor/engine/lanes.h"
#include "supervisor/engine/template.h"
#include "supervisor/sandbox/scratch.h"

const struct policy_phase *job_phase(const struct engine_job *job, int index)
{
	return index < 0 ? &job->policy->compile : &job->policy->run;
}

static int job_root(const struct engine_job *job, int index)
{
	return index < 0 ? job->compile_root_fd : job->run_root_fd;
}

/* The limits of a run: the policy's, with what the submission was given instead. */
static struct limits limits_of(const struct engine_job *job, int index)
{
	struct limits limits = index < 0 ? job->policy->compile.limits : job->policy->run.limits;

	if (index >= 0)
		limits_merge(&limits, &job->submission->limits);
	return limits;
}

static int stage_used(const struct engine_job *job, uint64_t *ret_bytes, struct fault *fault)
{
	uint64_t inodes;
	int r = scratch_usage(job->stage_fd, ret_bytes, &inodes);

	return r < 0 ? fault_set(fault, r, "scratch", "cannot measure the stage") : 0;
}

/* Whether the step that comes runs in the stage itself: there is nobody after it for whom it must be kept as it is. */
static bool runs_in_stage(const struct engine_job *job, int index)
{
	return index < 0 || (job->submission->n_tests == 1 && !job->result.has_compile);
}

/* The first step's sandbox, which may be made already, has the scratch that the first step runs in. */
static int stage_scratch_get(const struct engine_job *job, uint64_t bytes, uint64_t inodes,
			     struct fault *fault)
{
	struct slot *slot = job->slot;

	return runs_in_stage(job, job->index) ?
		       slot_scratch_get(slot, bytes, inodes, fault) :
		       scratch_create(bytes, inodes, slot->host_uid, slot->host_gid, fault);
}

int job_stage_make(struct engine_job *job, struct fault *fault)
{
	const struct submission *submission = job->submission;
	const struct slot *slot = job->slot;
	struct limits limits = limits_of(job, job->index);
	uint64_t bytes = limits_get(&limits, LIMIT_DISK), inodes = limits_get(&limits, LIMIT_INODES);
	mode_t mode = job->policy->source_executable ? 0755 : 0644;

	for (size_t i = 0; i < submission->n_files; i++)
		bytes += (submission->files[i].size + 4095) / 4096 * 4096;
	job->stage_fd = stage_scratch_get(job, bytes, inodes + submission->n_files, fault);
	if (job->stage_fd < 0)
		return job->stage_fd;
	for (size_t i = 0; i < submission->n_files; i++) {
		int r = scratch_file_put(job->stage_fd, job->names[i], submission->files[i].fd,
					 submission->files[i].size, mode, slot->host_uid,
					 slot->host_gid);

		if (r < 0)
			return fault_set(fault, r, "scratch", "cannot stage a submitted file");
	}
	/* Only a compile step leaves more. */
	return job->result.has_compile ? stage_used(job, &job->staged_bytes, fault) : 0;
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
		    cgroup_tree_limits(job->engine->set->tree, wanted[i].key))
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
static int command_make(const struct engine_job *job, int index, const struct limits *limits,
			char ***ret_argv, char ***ret_env)
{
	const struct policy_phase *phase = job_phase(job, index);
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
	if (r == 0 && index >= 0)
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

int job_residue(const struct engine_job *job, const struct slot *slot, uint64_t *ret_bytes,
		struct fault *fault)
{
	uint64_t used = 0;
	/* The compile step ran in the first lane: its group has what was left. */
	bool here = job->result.has_compile && job->index >= 0 &&
		    slot == job->engine->slots[job->place];
	int r = here ? stage_used(job, &used, fault) : 0;

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
static int denials_require(const struct engine_job *job, int index, struct step_meter_spec *meter,
			   struct fault *fault)
{
	const struct policy_phase *phase = job_phase(job, index);

	meter->network = phase->network;
	if (!policy_phase_denies(phase))
		return 0;
	if (metering_can_deny(job->engine->metering)) {
		meter->denials = index < 0 ? &job->compile_denials.probe : &job->run_denials.probe;
		return 0;
	}
	if (job->engine->allow_degraded)
		return 0;
	return fault_say(fault, -ENOTSUP, "bpf-lsm",
			 "what the policy denies is refused by BPF programs at the kernel's security "
			 "hooks, and there are none here (see assay doctor, layer bpf-lsm)");
}

/* What the step starts from: the stage itself, or a copy of it. */
static int stage_give(struct engine_job *job, int index, struct sandbox_spec *spec,
		      struct fault *fault)
{
	spec->scratch_fd = spec->stage_fd = -EBADF;
	if (runs_in_stage(job, index)) {
		spec->scratch_fd = job->stage_fd;
		return 0;
	}
	if (job->stage_work_fd < 0)
		job->stage_work_fd = scratch_work_open(job->stage_fd);
	if (job->stage_work_fd < 0)
		return fault_set(fault, job->stage_work_fd, "scratch", "cannot open the stage");
	spec->stage_fd = job->stage_work_fd;
	return 0;
}

static int step_start(struct engine_job *job, const struct job_step *step,
		      struct sandbox_spec *spec, struct step_run **ret_run, struct fault *fault)
{
	int lent = step->index < 0 ? -EBADF : job->submission->tests[step->index].input_fd;
	_cleanup_close_ int input = input_reopen(lent);
	struct step_run_options options = step->options;
	struct step_meter_spec meter;
	int r = job_residue(job, step->slot, &spec->residue_bytes, fault);

	if (r < 0)
		return r;
	if (lent >= 0 && input < 0)
		return fault_set(fault, input, "stdio", "cannot open the input");
	spec->stdin_fd = input;
	r = stage_give(job, step->index, spec, fault);
	if (r == 0)
		r = meter_spec_make(job, spec->limits, spec->filter, &meter, fault);
	if (r == 0)
		r = denials_require(job, step->index, &meter, fault);
	if (r < 0)
		return r;
	options.meter = meter.probe != NULL ? &meter : NULL;
	options.ple_kills = job_phase(job, step->index)->ple_kills;
	return step_run_start(job->engine->loop, step->slot, spec, &options, ret_run, fault);
}

/*
 * A step that runs in the stage can do so in no sandbox but the one that has the stage as its scratch: if that one is gone, both are made
 * anew.
 */
static int stage_keep(struct engine_job *job, struct fault *fault)
{
	int r;

	spare_drop(job->slot);
	job->stage_fd = fd_close(job->stage_fd);
	job->stage_work_fd = fd_close(job->stage_work_fd);
	r = lane_first(job, fault);
	return r < 0 ? r : job_stage_make(job, fault);
}

/*
 * The lane of the step, alive, with its stage. *ret_ready: whether its sandbox is there. This is the one look at whether all that is made
 * lives: what dies before it is made anew here, what dies after it is told by its end, as if it had died later still. 0 or -errno with a fault.
 */
static int lane_ready(struct engine_job *job, const struct policy_phase *phase,
		      const struct limits *limits, int root_fd, bool *ret_ready, struct fault *fault)
{
	struct spare_spec spec = {
		.root_fd = root_fd,
		.loopback = phase->network == POLICY_NETWORK_LOOPBACK,
		.filter = &phase->filter,
		.scratch_fd = -EBADF,
	};
	bool in_stage = runs_in_stage(job, job->index);
	int r;

	if (in_stage)
		spec.scratch_fd = job->stage_fd;
	*ret_ready = !in_stage && lane_choose(job, &spec);
	if (job->slot->broken)
		return fault_say(fault, -EIO, "slots",
				 "the step before could not be removed from its slot");
	*ret_ready |= !*ret_ready && spare_ready(job->slot, &spec);
	r = slot_launcher_ready(job->slot, limits_get(limits, LIMIT_IO) != LIMIT_NONE, ret_ready,
				fault);
	return r < 0 || *ret_ready || !in_stage || spec.loopback ? r : stage_keep(job, fault);
}

int job_step_start(struct engine_job *job, const struct job_step *step, struct step_run **ret_run,
		   struct fault *fault)
{
	_cleanup_strv_ char **argv = NULL, **env = NULL;
	const struct policy_phase *phase = job_phase(job, step->index);
	struct limits limits = limits_of(job, step->index);
	struct sandbox_spec spec = {
		.limits = &limits,
		.filter = &phase->filter,
		.network = phase->network,
		.root_fd = job_root(job, step->index),
		.extra_fds = {-EBADF, -EBADF},
		.spare_ready = step->spare_ready,
		.held = step->held,
		.neighbours = lane_neighbours(job, step->index),
	};
	int r = limits_require(job, &limits, fault);

	/* A lane's launcher is put into the groups of such a limit when the step's turn has come. */
	if (r == 0 && step->held && limits_get(&limits, LIMIT_IO) != LIMIT_NONE)
		r = fault_say(fault, -ENOTSUP, "cgroup", "no limit of disk traffic ahead");
	if (r < 0)
		return r;
	if (command_make(job, step->index, &limits, &argv, &env) < 0)
		return fault_set(fault, -ENOMEM, "engine", "command");
	spec.argv = argv;
	spec.env = env;
	return step_start(job, step, &spec, ret_run, fault);
}

int job_step_begin(struct engine_job *job, struct fault *fault)
{
	struct job_step step = {
		.index = job->index,
		.options = {.ordered = lane_ahead,
			    .ended = job_ahead_begin,
			    .done = job_step_done,
			    .userdata = job},
	};
	struct limits limits = limits_of(job, job->index);
	int r = limits_require(job, &limits, fault);

	if (r == 0)
		r = lane_ready(job, job_phase(job, job->index), &limits, job_root(job, job->index),
			       &step.spare_ready, fault);

	step.slot = job->slot;
	return r < 0 ? r : job_step_start(job, &step, &job->step, fault);
}
