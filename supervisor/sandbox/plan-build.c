/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_build_first() and plan_build() list the operations of the two plans in the order that agent/init.c and agent/step.c explain. Data
 * goes behind the operations, each piece aligned to 8 bytes, which the filter's structs want.
 *
 * rlimits are the second line: what the cgroup limits for all processes together is limited here per process as well, where the
 * kernel has such a limit.
 */

#include "supervisor/sandbox/plan-build.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/strv.h"
#include "supervisor/sandbox/namespaces.h"
#include "supervisor/sandbox/scratch.h"

_Static_assert(LIMIT_NONE == RLIM_INFINITY, "no limit is the same number for both");

struct plan_builder {
	struct plan_op ops[PLAN_OPS_MAX];
	uint32_t n_ops;
	char *data;
	size_t data_size, data_room;
	int error;
};

static const char *const layers[] = {
	[PLAN_INIT_HOSTNAME] = "uts-namespace",
	[PLAN_INIT_NET] = "net-namespace",
	[PLAN_INIT_SCRATCH] = "scratch",
	[PLAN_INIT_STREAMS] = "stdio",
	[PLAN_INIT_SPAWN] = "cgroup",
	[PLAN_INIT_PROC] = "proc",
	[PLAN_INIT_AWAIT] = "memory",
	[PLAN_INIT_ORDER] = "agent",
	[PLAN_INIT_STDIO] = "stdio",
	[PLAN_INIT_USER] = "user-namespace",
	[PLAN_INIT_STAGE] = "stage",
	[PLAN_INIT_BASELINE] = "cgroup",
	[PLAN_INIT_RLIMIT] = "rlimits",
	[PLAN_INIT_DROP] = "capabilities",
	[PLAN_INIT_RELEASE] = "agent",
	[PLAN_STEP_SESSION] = "session",
	[PLAN_STEP_KEYRING] = "keyring",
	[PLAN_STEP_CGROUP_NS] = "cgroup-namespace",
	[PLAN_STEP_USER] = "user-namespace",
	[PLAN_STEP_IDS] = "user-namespace",
	[PLAN_STEP_NO_CAPS] = "capabilities",
	[PLAN_STEP_RLIMIT] = "rlimits",
	[PLAN_STEP_CHDIR] = "scratch",
	[PLAN_STEP_LANDLOCK] = "landlock",
	[PLAN_STEP_FILTER] = "seccomp",
	[PLAN_STEP_ORDER] = "agent",
	[PLAN_STEP_EXEC] = "exec",
};

const char *plan_op_layer(uint32_t kind)
{
	return kind < ARRAY_SIZE(layers) && layers[kind] != NULL ? layers[kind] : "plan";
}

static struct plan_op *op_add(struct plan_builder *builder, uint32_t kind, uint64_t arg0,
			      uint64_t arg1)
{
	struct plan_op *op = &builder->ops[builder->n_ops];

	if (builder->n_ops + 1 >= PLAN_OPS_MAX) {
		builder->error = -E2BIG;
		return op;
	}
	builder->n_ops++;
	*op = (struct plan_op){.kind = kind, .arg = {arg0, arg1}};
	return op;
}

/* Appends to the data area; offsets are made absolute when the plan is written. */
static void data_append(struct plan_builder *builder, const void *data, size_t size)
{
	if (builder->error < 0 || size == 0)
		return;
	if (builder->data_size + size > builder->data_room) {
		size_t room = (builder->data_size + size) * 2 + 4096;
		char *grown =
			room > (size_t)PLAN_BYTES_MAX * 2 ? NULL : realloc(builder->data, room);

		if (grown == NULL) {
			builder->error = -E2BIG;
			return;
		}
		builder->data = grown;
		builder->data_room = room;
	}
	memcpy(builder->data + builder->data_size, data, size);
	builder->data_size += size;
}

static void data_begin(struct plan_builder *builder, struct plan_op *op)
{
	static const char zeros[8];

	data_append(builder, zeros, -builder->data_size % 8);
	op->data_offset = (uint32_t)builder->data_size;
}

static void data_end(const struct plan_builder *builder, struct plan_op *op)
{
	op->data_size = (uint32_t)builder->data_size - op->data_offset;
}

static void op_add_data(struct plan_builder *builder, uint32_t kind, uint64_t arg0, uint64_t arg1,
			const void *data, size_t size)
{
	struct plan_op *op = op_add(builder, kind, arg0, arg1);

	data_begin(builder, op);
	data_append(builder, data, size);
	data_end(builder, op);
}

static void op_add_text(struct plan_builder *builder, uint32_t kind, uint64_t arg0, uint64_t arg1,
			const char *text)
{
	op_add_data(builder, kind, arg0, arg1, text, strlen(text) + 1);
}

/* Those that are the same for all steps. */
static void rlimits_add_fixed(struct plan_builder *builder)
{
	static const struct {
		int resource;
		uint64_t value;
	} fixed[] = {
		/* 1, not 0: neither writes a core, and only 1 keeps a core_pattern helper from running (core(5)). */
		{RLIMIT_CORE, 1},
		{RLIMIT_MEMLOCK, 64 << 10},
		{RLIMIT_MSGQUEUE, 0},
		{RLIMIT_NICE, 0},
		{RLIMIT_RTPRIO, 0},
		{RLIMIT_RTTIME, 0},
		{RLIMIT_SIGPENDING, 1024},
		{RLIMIT_LOCKS, 1024},
		/* Memory is the cgroup's business; the caller's own limits are not the program's. */
		{RLIMIT_AS, RLIM_INFINITY},
		{RLIMIT_DATA, RLIM_INFINITY},
	};

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		op_add(builder, PLAN_STEP_RLIMIT, (uint64_t)fixed[i].resource, fixed[i].value);
}

static void rlimits_add(struct plan_builder *builder, const struct limits *limits,
			unsigned neighbours)
{
	uint64_t cpu = limits_get(limits, LIMIT_CPU), pids = limits_get(limits, LIMIT_PIDS);
	uint64_t files = limits_get(limits, LIMIT_FILES);

	/* No limit is a wish too: what the supervisor's caller had is not what it means. */
	op_add(builder, PLAN_INIT_RLIMIT, RLIMIT_FSIZE, limits_get(limits, LIMIT_FILE_SIZE));
	op_add(builder, PLAN_INIT_RLIMIT, RLIMIT_STACK, limits_get(limits, LIMIT_STACK));
	/* One process alone passes this only if the supervisor's deadline did not fire. */
	if (cpu != LIMIT_NONE)
		op_add(builder, PLAN_INIT_RLIMIT, RLIMIT_CPU, cpu / NSEC_PER_SEC * 2 + 10);
	/* Counted per uid of the user namespace: the cgroup's processes, which refuses first, and neighbours. */
	if (pids != LIMIT_NONE)
		op_add(builder, PLAN_INIT_RLIMIT, RLIMIT_NPROC, pids + 1 + neighbours);
	if (files != LIMIT_NONE)
		op_add(builder, PLAN_INIT_RLIMIT, RLIMIT_NOFILE, files);
}

static void exec_add(struct plan_builder *builder, char *const *argv, char *const *env)
{
	struct plan_op *op = op_add(builder, PLAN_STEP_EXEC, strv_length(argv), strv_length(env));

	if (strv_length(argv) + strv_length(env) + 2 >= PLAN_STRINGS_MAX)
		builder->error = -E2BIG;
	data_begin(builder, op);
	for (; argv != NULL && *argv != NULL; argv++)
		data_append(builder, *argv, strlen(*argv) + 1);
	for (; env != NULL && *env != NULL; env++)
		data_append(builder, *env, strlen(*env) + 1);
	data_end(builder, op);
}

static void init_ops_add(struct plan_builder *builder, const struct plan_spec *spec)
{
	op_add(builder, PLAN_INIT_AWAIT, 0, 0);
	op_add(builder, PLAN_INIT_STDIO, spec->n_stdio, 0);
	op_add(builder, PLAN_INIT_USER, 0, 0);
	if (spec->stage)
		op_add_text(builder, PLAN_INIT_STAGE, SANDBOX_USER_ID, SANDBOX_USER_ID,
			    SCRATCH_MOUNT_POINT "/work");
	if (spec->memory_v1_bytes != 0)
		op_add(builder, PLAN_INIT_BASELINE, spec->memory_v1_bytes, 0);
	rlimits_add(builder, spec->limits, spec->neighbours);
	op_add(builder, PLAN_INIT_DROP, 0, 0);
	op_add(builder, PLAN_INIT_RELEASE, spec->held ? 1 : 0, 0);
}

/* Returns how many bytes, or -errno. */
static int plan_write(struct plan_builder *builder, char **ret_bytes)
{
	size_t ops_size = builder->n_ops * sizeof(struct plan_op);
	struct plan_header header = {
		.magic = PLAN_MAGIC,
		.version = PLAN_VERSION,
		.size = (uint32_t)(sizeof(header) + ops_size + builder->data_size),
		.n_ops = builder->n_ops,
	};
	char *bytes;

	if (header.size > PLAN_BYTES_MAX)
		return -E2BIG;
	bytes = malloc(header.size);
	if (bytes == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < builder->n_ops; i++)
		if (builder->ops[i].data_size > 0)
			builder->ops[i].data_offset += (uint32_t)(sizeof(header) + ops_size);
		else
			builder->ops[i].data_offset = 0;
	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), builder->ops, ops_size);
	if (builder->data_size > 0)
		memcpy(bytes + sizeof(header) + ops_size, builder->data, builder->data_size);
	*ret_bytes = bytes;
	return (int)header.size;
}

/* The escape suite leaves layers out here (tests/escape/without). */
#ifndef PLAN_FINISHED
#define PLAN_FINISHED(builder) (void)(builder)
#endif

/* Takes what the builder holds. As plan_write(). */
static int plan_finish(struct plan_builder *builder, char **ret_bytes, struct fault *fault)
{
	int r;

	PLAN_FINISHED(builder);
	r = builder->error < 0 ? builder->error : plan_write(builder, ret_bytes);
	free(builder->data);
	return r < 0 ? fault_set(fault, r, "plan", "cannot write the plan of a step") : r;
}

static void first_init_ops_add(struct plan_builder *builder)
{
	op_add_text(builder, PLAN_INIT_HOSTNAME, 0, 0, "sandbox");
	op_add(builder, PLAN_INIT_NET, 0, 0);
	op_add_text(builder, PLAN_INIT_SCRATCH, 0, 0, SCRATCH_MOUNT_POINT);
	op_add(builder, PLAN_INIT_STREAMS, 0, 0);
	op_add(builder, PLAN_INIT_SPAWN, 0, 0);
	op_add_text(builder, PLAN_INIT_PROC, 0, 0, "/proc");
	op_add(builder, PLAN_INIT_ORDER, 0, 0);
}

static void first_step_ops_add(struct plan_builder *builder, const struct policy_filter *filter,
			       uint64_t landlock_abi)
{
	static const uint32_t plain[] = {PLAN_STEP_SESSION, PLAN_STEP_KEYRING, PLAN_STEP_CGROUP_NS,
					 PLAN_STEP_USER};

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		op_add(builder, plain[i], 0, 0);
	op_add(builder, PLAN_STEP_IDS, SANDBOX_USER_ID, SANDBOX_USER_ID);
	op_add(builder, PLAN_STEP_NO_CAPS, 0, 0);
	rlimits_add_fixed(builder);
	op_add_text(builder, PLAN_STEP_CHDIR, 0, 0, SCRATCH_MOUNT_POINT "/work");
	if (landlock_abi != 0)
		op_add_text(builder, PLAN_STEP_LANDLOCK, landlock_abi, 0, SCRATCH_MOUNT_POINT);
	op_add_data(builder, PLAN_STEP_FILTER, filter->notifies ? 1 : 0, 0, filter->instructions,
		    filter->n_instructions * sizeof(struct sock_filter));
	op_add(builder, PLAN_STEP_ORDER, 0, 0);
}

/* Asked of the plan as it was written: a filter that is not in it closes nothing. */
static bool loads_filter(const struct plan_builder *builder)
{
	for (uint32_t i = 0; i < builder->n_ops; i++)
		if (builder->ops[i].kind == PLAN_STEP_FILTER)
			return true;
	return false;
}

int plan_build_first(const struct policy_filter *filter, uint64_t landlock_abi,
		     bool *ret_ipc_closed, struct fault *fault)
{
	struct plan_builder builder = {0};
	_cleanup_free_ char *bytes = NULL;
	int r;

	first_init_ops_add(&builder);
	first_step_ops_add(&builder, filter, landlock_abi);
	r = plan_finish(&builder, &bytes, fault);
	*ret_ipc_closed = r >= 0 && filter->ipc_closed && loads_filter(&builder);
	return r < 0 ? r : plan_seal(bytes, (size_t)r, fault);
}

int plan_build(const struct plan_spec *spec, char **ret_bytes, struct fault *fault)
{
	struct plan_builder builder = {0};

	init_ops_add(&builder, spec);
	exec_add(&builder, spec->argv, spec->env);
	return plan_finish(&builder, ret_bytes, fault);
}

int plan_seal(const char *bytes, size_t size, struct fault *fault)
{
	int fd = fd_sealed_memfd("assay-plan", bytes, size);

	return fd < 0 ? fault_set(fault, fd, "plan", "cannot write the plan of a step") : fd;
}
