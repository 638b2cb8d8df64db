/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assay with some of its layers switched off, for the second mode of the escape suite. The product has no such switch: this file
 * takes the place of supervisor/sandbox/plan-build.c and of a few calls (-Wl,--wrap) when the test program is linked.
 *
 *   ASSAY_WITHOUT=LAYER,...   what is left out; see `switches` and the wrapped calls below
 *
 * A layer that is an operation of the plan is left out of the plan; a layer that is a limit becomes none; a layer that is a flag of a
 * mount is taken off the flags. The user namespace cannot be left out alone: giving up the host's own root needs it.
 */

struct plan_builder;
static void ops_leave_out(struct plan_builder *builder);

#define PLAN_FINISHED(builder) ops_leave_out(builder)
#include "supervisor/sandbox/plan-build.c"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>

#include "supervisor/sandbox/cgroup.h"

int __real_cgroup_step_limit(struct cgroup_slot *slot, const struct limits *limits,
			     struct fault *fault);
int __wrap_cgroup_step_limit(struct cgroup_slot *slot, const struct limits *limits,
			     struct fault *fault);
int __real_cgroup_step_cpu_ns(struct cgroup_slot *slot, uint64_t *ret_ns);
int __wrap_cgroup_step_cpu_ns(struct cgroup_slot *slot, uint64_t *ret_ns);
int __real_mount_setattr(int fd, const char *path, unsigned int flags, struct mount_attr *attr,
			 size_t size);
int __wrap_mount_setattr(int fd, const char *path, unsigned int flags, struct mount_attr *attr,
			 size_t size);

/* Layers that are operations: every operation of these kinds is left out. */
static const struct {
	const char *name;
	uint32_t kinds[2];
} switches[] = {
	{"seccomp", {PLAN_STEP_FILTER}},
	{"landlock", {PLAN_STEP_LANDLOCK}},
	{"capabilities", {PLAN_STEP_NO_CAPS}},
	{"user-ids", {PLAN_STEP_IDS}},
	{"session", {PLAN_STEP_SESSION}},
	{"keyring", {PLAN_STEP_KEYRING}},
	{"cgroup-namespace", {PLAN_STEP_CGROUP_NS}},
	{"net-namespace", {PLAN_INIT_NET}},
	{"rlimits", {PLAN_STEP_RLIMIT, PLAN_INIT_RLIMIT}},
	{"memory", {PLAN_INIT_BASELINE}},
};

static bool without(const char *layer)
{
	const char *list = getenv("ASSAY_WITHOUT");
	size_t length = strlen(layer);

	for (const char *at = list; at != NULL && *at != '\0';) {
		const char *end = strchrnul(at, ',');

		if ((size_t)(end - at) == length && strncmp(at, layer, length) == 0)
			return true;
		at = *end == ',' ? end + 1 : end;
	}
	return false;
}

static bool op_wanted(const struct plan_op *op)
{
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		if ((op->kind == switches[i].kinds[0] || op->kind == switches[i].kinds[1]) &&
		    without(switches[i].name))
			return false;
	return true;
}

static void ops_leave_out(struct plan_builder *builder)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < builder->n_ops; i++) {
		const struct plan_op op = builder->ops[i];

		if (op_wanted(&op))
			builder->ops[n++] = op;
	}
	builder->n_ops = n;
}

int __wrap_cgroup_step_limit(struct cgroup_slot *slot, const struct limits *limits,
			     struct fault *fault)
{
	struct limits some = *limits;

	if (without("memory"))
		some.value[LIMIT_MEMORY] = LIMIT_NONE;
	if (without("pids"))
		some.value[LIMIT_PIDS] = LIMIT_NONE;
	return __real_cgroup_step_limit(slot, &some, fault);
}

/* What the deadline looks at; the figure in the result is read elsewhere. */
int __wrap_cgroup_step_cpu_ns(struct cgroup_slot *slot, uint64_t *ret_ns)
{
	if (!without("cpu-clock"))
		return __real_cgroup_step_cpu_ns(slot, ret_ns);
	*ret_ns = 0;
	return 0;
}

int __wrap_mount_setattr(int fd, const char *path, unsigned int flags, struct mount_attr *attr,
			 size_t size)
{
	struct mount_attr some = *attr;

	if (without("read-only-root"))
		some.attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	if (without("nosuid"))
		some.attr_set &= ~(uint64_t)(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	return some.attr_set == 0 ? 0 : __real_mount_setattr(fd, path, flags, &some, size);
}
