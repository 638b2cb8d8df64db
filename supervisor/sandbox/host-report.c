/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goes through the table of layers and writes down what was found; then answers what that means for
 * a policy.
 *
 * A layer is unknown, and not absent, when the attempt proves nothing: without root, or in a probe
 * group that could not be made. A required layer that is unknown counts as missing: a policy can
 * run only where that was seen.
 *
 * Signals that ask a program to end wait while probe groups exist, so that ^C leaves none behind;
 * what SIGKILL leaves is removed by the next probing (host-group.c).
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/strv.h"
#include "supervisor/sandbox/host-probe.h"

static const char *const state_names[HOST_STATE_MAX] = {
	[HOST_PRESENT] = "present",
	[HOST_ABSENT] = "absent",
	[HOST_UNKNOWN] = "unknown",
};

static const char *const group_names[HOST_GROUP_MAX] = {
	[HOST_GROUP_NAMESPACES] = "namespaces", [HOST_GROUP_MOUNTS] = "mounts",
	[HOST_GROUP_PROCESSES] = "processes",	[HOST_GROUP_SECURITY] = "security",
	[HOST_GROUP_CGROUPS] = "cgroups",	[HOST_GROUP_BPF] = "bpf",
	[HOST_GROUP_MACHINE] = "machine",
};

const char *host_state_name(enum host_state state)
{
	return state_names[state];
}

const char *host_group_name(enum host_group group)
{
	return group_names[group];
}

/* Runs the attempt of a row where it belongs, or says why it cannot be run. */
static int row_try(const struct host_row *row, const struct host_context *context,
		   struct host_note *note)
{
	if (row->flags & HOST_AS_ROOT && !context->root)
		return note_say(note, HOST_TRY_UNKNOWN, "only root can try it");
	if (row->flags & HOST_IN_V2 && context->groups.v2.fd < 0)
		return note_say(note, HOST_TRY_UNKNOWN, "needs a group on a v2 tree");
	if (row->flags & HOST_IN_CHILD)
		return host_try_in_child(row->attempt, context, note);
	return row->attempt(context, note);
}

static void layer_fill(struct host_layer *layer, const struct host_row *row, int result,
		       const struct host_note *note)
{
	layer->info = &row->info;
	layer->state = result == 0 ? HOST_PRESENT : result > 0 ? HOST_UNKNOWN : HOST_ABSENT;
	layer->remedy = NULL;
	if (note->detail[0])
		(void)snprintf(layer->detail, sizeof(layer->detail), "%s", note->detail);
	else if (result == 0)
		(void)snprintf(layer->detail, sizeof(layer->detail), "%s", row->info.purpose);
	else if (result < 0)
		(void)snprintf(layer->detail, sizeof(layer->detail), "%s", strerror(-result));
	if (layer->state == HOST_UNKNOWN)
		layer->remedy = note->remedy;
	else if (layer->state == HOST_ABSENT)
		layer->remedy = note->remedy ? note->remedy : row->info.remedy;
}

static void try_all(const struct host_context *context, struct host_report *report)
{
	const struct host_row *rows = host_rows(&report->n_layers);

	for (size_t i = 0; i < report->n_layers; i++) {
		struct host_note note = {0};
		int result = row_try(&rows[i], context, &note);

		layer_fill(&report->layers[i], &rows[i], result, &note);
	}
}

/* Makes signals that would end us wait. */
static void hold_signals(sigset_t *ret_old)
{
	static const int held[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		(void)sigaddset(&set, held[i]);
	(void)sigprocmask(SIG_BLOCK, &set, ret_old);
}

int host_probe(struct host_report **ret_report, struct fault *fault)
{
	_cleanup_host_report_ struct host_report *report = new0(struct host_report, 1);
	_cleanup_free_ struct host_context *context = new0(struct host_context, 1);
	sigset_t old;
	int r;

	if (!report || !context)
		return fault_set(fault, -ENOMEM, "host", "cannot probe this host");
	r = cgroup_host_read(&context->cgroup, fault);
	if (r < 0)
		return r;
	context->root = geteuid() == 0;
	report->root = context->root;
	report->cgroup = context->cgroup;
	hold_signals(&old);
	host_groups_make(context->root ? &context->cgroup : NULL, &context->groups);
	try_all(context, report);
	host_groups_remove(&context->groups);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	*ret_report = TAKE_PTR(report);
	return 0;
}

struct host_report *host_report_free(struct host_report *report)
{
	free(report);
	return NULL;
}

const struct host_layer *host_report_find(const struct host_report *report, const char *name)
{
	for (size_t i = 0; i < report->n_layers; i++)
		if (!strcmp(report->layers[i].info->name, name))
			return &report->layers[i];
	return NULL;
}

static bool phase_exists(const struct policy_phase *phase)
{
	return phase->argv != NULL;
}

/* Whether one of the policy's phases has what asks for the layer. */
static bool phase_needs(const struct policy_phase *phase, enum host_need need)
{
	if (!phase_exists(phase))
		return false;
	switch (need) {
	case HOST_NEED_LOOPBACK:
		return phase->network == POLICY_NETWORK_LOOPBACK;
	case HOST_NEED_NOTIFY:
		return phase->filter.notifies;
	case HOST_NEED_CPUS:
		return limits_get(&phase->limits, LIMIT_CPUS) != LIMIT_NONE;
	case HOST_NEED_DENY:
		return policy_phase_denies(phase);
	case HOST_NEED_NONE:
	case HOST_NEED_ALL:
		break;
	}
	return need == HOST_NEED_ALL;
}

bool host_layer_required(const struct host_layer_info *info, const struct policy *policy)
{
	return info->need == HOST_NEED_ALL || phase_needs(&policy->compile, info->need) ||
	       phase_needs(&policy->run, info->need);
}

static int add_layers(const struct host_report *report, const struct policy *policy,
		      struct host_missing *missing)
{
	for (size_t i = 0; i < report->n_layers; i++) {
		const struct host_layer *layer = &report->layers[i];

		if (layer->state == HOST_PRESENT || !host_layer_required(layer->info, policy))
			continue;
		if (strv_append(&missing->layers, layer->info->name) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool phase_starts(const struct policy_phase *phase, const char *path)
{
	return phase_exists(phase) && phase->argv[0] && !strcmp(phase->argv[0], path);
}

/* A need may be any file (a header); one that a phase starts must be a program. */
static bool need_is_met(const struct policy *policy, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	if (!phase_starts(&policy->compile, path) && !phase_starts(&policy->run, path))
		return true;
	return S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static int add_programs(const struct policy *policy, struct host_missing *missing)
{
	for (size_t i = 0; i < policy->n_needs; i++) {
		const struct policy_need *need = &policy->needs[i];

		if (need_is_met(policy, need->path))
			continue;
		if (strv_append(&missing->programs, need->path) < 0)
			return -ENOMEM;
		if (!need->package || strv_contains(missing->packages, need->package))
			continue;
		if (strv_append(&missing->packages, need->package) < 0)
			return -ENOMEM;
	}
	return 0;
}

int host_policy_missing(const struct host_report *report, const struct policy *policy,
			struct host_missing *ret_missing)
{
	struct host_missing missing = {0};
	int r = add_layers(report, policy, &missing);

	if (r == 0)
		r = add_programs(policy, &missing);
	if (r < 0)
		host_missing_clear(&missing);
	else
		*ret_missing = missing;
	return r;
}

void host_missing_clear(struct host_missing *missing)
{
	missing->layers = strv_free(missing->layers);
	missing->programs = strv_free(missing->programs);
	missing->packages = strv_free(missing->packages);
}
