/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layer that is "on" here is on for every step of the result: a step whose plan could not be carried out to the last
 * operation never ran. What a kernel may lack and the sandbox can do without (Landlock) is said to be absent.
 */

#include "supervisor/engine/layers.h"

#include <string.h>

#include "supervisor/engine/engine-internal.h"

static const char *const always[] = {
	"user-namespace", "pid-namespace",     "mount-namespace",    "net-namespace",
	"ipc-namespace",  "uts-namespace",     "cgroup-namespace",   "cgroup-kill",
	"read-only-root", "no-new-privileges", "empty-capabilities", "rlimits",
	"keyring",	  "seccomp",
};

static void layer_add(struct run_result *result, const char *name, const char *state)
{
	if (result->n_layers < LAYERS_MAX)
		result->layers[result->n_layers++] = (struct layer_state){name, state};
}

static void degraded_add(struct run_result *result, const char *name)
{
	char *copy = result->n_degraded < RESULT_DEGRADED_MAX ? strdup(name) : NULL;

	if (copy != NULL)
		result->degraded[result->n_degraded++] = copy;
}

static void controller_add(const struct cgroup_tree *tree, enum limit_key key, const char *name,
			   struct run_result *result)
{
	bool on = cgroup_tree_limits(tree, key);

	layer_add(result, name, on ? "on" : "absent: no controller or device");
	if (!on && key != LIMIT_CPUS && key != LIMIT_IO)
		degraded_add(result, name);
}

/* Named where a trace or a policy makes use of it. */
static void hooks_add(const struct engine_job *job, struct run_result *result)
{
	bool denies = policy_phase_denies(&job->policy->run) ||
		      policy_phase_denies(&job->policy->compile);
	bool on = denies ? metering_can_deny(job->engine->metering) :
			   metering_hooks(job->engine->metering);

	if (denies)
		layer_add(result, "bpf-lsm",
			  on ? "on" : "absent: what the policy denies is not refused");
	else if (job->engine->traces)
		layer_add(result, "bpf-lsm",
			  on ? "on" : "absent: files that threads open stay unresolved");
	if (denies && !on)
		degraded_add(result, "bpf-lsm");
}

/* What the kernel's side works without. */
static void extra_add(struct run_result *result, const char *name, bool on, const char *absent)
{
	layer_add(result, name, on ? "on" : absent);
	if (!on)
		degraded_add(result, name);
}

static void bpf_add(const struct engine *engine, struct run_result *result)
{
	if (engine->metering == NULL) {
		layer_add(result, "bpf", "off");
		return;
	}
	layer_add(result, "bpf", metering_state(engine->metering));
	if (metering_failed(engine->metering)) {
		degraded_add(result, "bpf");
		return;
	}
	extra_add(result, "bpf-cgroup", metering_walls(engine->metering),
		  "absent: no hooks at groups");
	extra_add(result, "bpf-perf-event", metering_clock(engine->metering),
		  "absent: the end of a CPU limit is up to the supervisor alone");
}

void layers_describe(const struct engine_job *job, struct run_result *result)
{
	const struct slot_set *set = job->engine->set;

	result->cgroup_mode = cgroup_tree_mode(set->tree);
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		layer_add(result, always[i], "on");
	controller_add(set->tree, LIMIT_MEMORY, "memory-limit", result);
	controller_add(set->tree, LIMIT_PIDS, "process-limit", result);
	controller_add(set->tree, LIMIT_CPUS, "cpu-bandwidth", result);
	controller_add(set->tree, LIMIT_IO, "io-bandwidth", result);
	bpf_add(job->engine, result);
	hooks_add(job, result);
	layer_add(result, "landlock",
		  set->landlock_abi != 0 ? "on" : "absent: kernel without Landlock ABI 2");
}
