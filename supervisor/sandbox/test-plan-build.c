/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans as they are written: the order that the agent's security rests on, and what does not fit. (That the agent reads them back
 * is tests/fuzz/fuzz-plan.c, which may include both sides.)
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/strv.h"
#include "supervisor/sandbox/plan-build.h"

static char *const few[] = {(char *)"./a", (char *)"-x", NULL};
static char *const env[] = {(char *)"K=V", NULL};
static struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, 0x7fff0000)};
static const struct policy_filter filter = {
	.profile = (char *)"test",
	.instructions = allow,
	.n_instructions = 1,
	.notifies = true,
};

static bool ipc_closed;
static _Alignas(8) char bytes[PLAN_BYTES_MAX + 1];
static const struct plan_header *const header = (const void *)bytes;
static const struct plan_op *const ops = (const void *)(bytes + sizeof(*header));

static void take(int plan_fd)
{
	_cleanup_close_ int fd = plan_fd;
	ssize_t n;

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GET_SEALS) & 0xf,
			 F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	n = fd_pread_full(fd, bytes, sizeof(bytes), 0);
	assert_true(n > (ssize_t)sizeof(*header));
	assert_int_equal(header->magic, PLAN_MAGIC);
	assert_int_equal(header->version, PLAN_VERSION);
	assert_int_equal(header->size, n);
	assert_true(header->n_ops <= PLAN_OPS_MAX);
}

static void build(const struct plan_spec *spec)
{
	_cleanup_free_ char *plan = NULL;
	int size = plan_build(spec, &plan, NULL);

	assert_true(size > 0);
	take(plan_seal(plan, (size_t)size, NULL));
}

static struct plan_spec spec_make(const struct limits *limits)
{
	return (struct plan_spec){
		.argv = few,
		.env = env,
		.limits = limits,
		.n_stdio = 3,
	};
}

/* Its index, or -1. */
static int op_find(uint32_t kind)
{
	for (uint32_t i = 0; i < header->n_ops; i++)
		if (ops[i].kind == kind)
			return (int)i;
	return -1;
}

static const struct plan_op *rlimit_find(int resource)
{
	for (uint32_t i = 0; i < header->n_ops; i++)
		if ((ops[i].kind == PLAN_STEP_RLIMIT || ops[i].kind == PLAN_INIT_RLIMIT) &&
		    ops[i].arg[0] == (uint64_t)resource)
			return &ops[i];
	return NULL;
}

static const char *data_of(int i)
{
	return bytes + ops[i].data_offset;
}

static void assert_order(const uint32_t *kinds, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++) {
		assert_true(op_find(kinds[i]) >= 0);
		assert_true(op_find(kinds[i]) < op_find(kinds[i + 1]));
	}
}

static void the_first_plan(void **state _unused_)
{
	static const uint32_t init[] = {
		PLAN_INIT_HOSTNAME, PLAN_INIT_NET,  PLAN_INIT_SCRATCH, PLAN_INIT_STREAMS,
		PLAN_INIT_SPAWN,    PLAN_INIT_PROC, PLAN_INIT_ORDER,
	};
	static const uint32_t step[] = {
		PLAN_STEP_SESSION,  PLAN_STEP_KEYRING, PLAN_STEP_CGROUP_NS, PLAN_STEP_USER,
		PLAN_STEP_IDS,	    PLAN_STEP_NO_CAPS, PLAN_STEP_RLIMIT,    PLAN_STEP_CHDIR,
		PLAN_STEP_LANDLOCK, PLAN_STEP_FILTER,  PLAN_STEP_ORDER,
	};

	take(plan_build_first(&filter, 3, &ipc_closed, NULL));
	assert_order(init, ARRAY_SIZE(init));
	assert_order(step, ARRAY_SIZE(step));
	/* Nobody goes past the order by this plan, and the filter is the last thing before it. */
	assert_int_equal(op_find(PLAN_STEP_ORDER), header->n_ops - 1);
	assert_int_equal(op_find(PLAN_STEP_FILTER), header->n_ops - 2);
	assert_int_equal(op_find(PLAN_STEP_EXEC), -1);
	take(plan_build_first(&filter, 0, &ipc_closed, NULL));
	assert_int_equal(op_find(PLAN_STEP_LANDLOCK), -1);
}

static void the_filter(void **state _unused_)
{
	int step_filter;

	take(plan_build_first(&filter, 0, &ipc_closed, NULL));
	step_filter = op_find(PLAN_STEP_FILTER);
	assert_int_equal(ops[step_filter].arg[0], 1);
	assert_int_equal(ops[step_filter].data_size, sizeof(allow));
	assert_memory_equal(data_of(step_filter), allow, sizeof(allow));
	assert_int_equal(rlimit_find(RLIMIT_CORE)->arg[1], 1);
	assert_true(rlimit_find(RLIMIT_AS)->arg[1] == RLIM_INFINITY);
}

/* Only where it is said of the filter. */
static void what_the_filter_closes(void **state _unused_)
{
	struct policy_filter closed = filter;

	ipc_closed = true;
	take(plan_build_first(&filter, 0, &ipc_closed, NULL));
	assert_false(ipc_closed);
	closed.ipc_closed = true;
	take(plan_build_first(&closed, 0, &ipc_closed, NULL));
	assert_true(ipc_closed);
}

static void the_order(void **state _unused_)
{
	static const uint32_t kinds[] = {
		PLAN_INIT_AWAIT, PLAN_INIT_STDIO,    PLAN_INIT_USER,
		PLAN_INIT_STAGE, PLAN_INIT_BASELINE, PLAN_INIT_RLIMIT,
		PLAN_INIT_DROP,	 PLAN_INIT_RELEASE,  PLAN_STEP_EXEC,
	};
	struct limits limits = {0};
	struct plan_spec spec = spec_make(&limits);

	limits_set(&limits, LIMIT_FILES, 16);
	spec.stage = true;
	spec.memory_v1_bytes = 1 << 20;
	build(&spec);
	assert_order(kinds, ARRAY_SIZE(kinds));
	/* Whatever comes: nothing comes after the release but the program. */
	assert_int_equal(op_find(PLAN_STEP_EXEC), header->n_ops - 1);
	assert_int_equal(op_find(PLAN_INIT_RELEASE), header->n_ops - 2);
	assert_int_equal(op_find(PLAN_INIT_DROP), header->n_ops - 3);
}

static void what_is_not_wanted_is_not_there(void **state _unused_)
{
	static const uint32_t optional[] = {PLAN_INIT_STAGE, PLAN_INIT_BASELINE};
	struct limits limits = {0};
	struct plan_spec spec = spec_make(&limits);

	build(&spec);
	for (size_t i = 0; i < ARRAY_SIZE(optional); i++)
		assert_int_equal(op_find(optional[i]), -1);
	assert_null(rlimit_find(RLIMIT_CPU));
	assert_null(rlimit_find(RLIMIT_NOFILE));
	assert_null(rlimit_find(RLIMIT_NPROC));
	/* Not the caller's limit: none. */
	assert_true(rlimit_find(RLIMIT_FSIZE)->arg[1] == RLIM_INFINITY);
}

static void limits_become_rlimits(void **state _unused_)
{
	struct limits limits = {0};
	struct plan_spec spec = spec_make(&limits);

	limits_set(&limits, LIMIT_FILE_SIZE, 4096);
	limits_set(&limits, LIMIT_STACK, LIMIT_NONE);
	limits_set(&limits, LIMIT_PIDS, 7);
	limits_set(&limits, LIMIT_FILES, 20);
	limits_set(&limits, LIMIT_CPU, 3 * NSEC_PER_SEC);
	build(&spec);
	assert_int_equal(rlimit_find(RLIMIT_FSIZE)->arg[1], 4096);
	assert_true(rlimit_find(RLIMIT_STACK)->arg[1] == RLIM_INFINITY);
	assert_int_equal(rlimit_find(RLIMIT_NPROC)->arg[1], 8);
	spec.neighbours = 1;
	build(&spec);
	assert_int_equal(rlimit_find(RLIMIT_NPROC)->arg[1], 9);
	assert_int_equal(rlimit_find(RLIMIT_CPU)->arg[1], 16);
	assert_int_equal(rlimit_find(RLIMIT_NOFILE)->arg[1], 20);
}

static void the_command(void **state _unused_)
{
	struct limits limits = {0};
	struct plan_spec spec = spec_make(&limits);
	int exec;

	build(&spec);
	exec = op_find(PLAN_STEP_EXEC);
	assert_int_equal(ops[exec].arg[0], 2);
	assert_int_equal(ops[exec].arg[1], 1);
	assert_int_equal(ops[exec].data_size, 11);
	assert_memory_equal(data_of(exec), "./a\0-x\0K=V", 11);
}

static void data_is_aligned_and_inside(void **state _unused_)
{
	struct limits limits = {0};
	struct plan_spec spec = spec_make(&limits);
	uint32_t end = 0;

	spec.stage = true;
	build(&spec);
	for (uint32_t i = 0; i < header->n_ops; i++) {
		if (ops[i].data_size == 0) {
			assert_int_equal(ops[i].data_offset, 0);
			continue;
		}
		assert_int_equal(ops[i].data_offset % 8, 0);
		assert_true(ops[i].data_offset >= end);
		end = ops[i].data_offset + ops[i].data_size;
	}
	assert_int_equal(end, header->size);
}

static int build_error(char *const *argv, char *const *environment, struct fault *fault)
{
	struct limits limits = {0};
	struct plan_spec spec = spec_make(&limits);
	_cleanup_free_ char *plan = NULL;

	spec.argv = argv;
	spec.env = environment;
	return MIN(plan_build(&spec, &plan, fault), 0);
}

static void too_much_text(void **state _unused_)
{
	_cleanup_free_ char *word = malloc(PLAN_BYTES_MAX);
	char *argv[] = {(char *)"./a", word, NULL};
	struct fault fault = {0};

	memset(word, 'x', PLAN_BYTES_MAX);
	word[PLAN_BYTES_MAX - 1] = '\0';
	assert_int_equal(build_error(argv, NULL, &fault), -E2BIG);
	assert_string_equal(fault.layer, "plan");
	word[PLAN_BYTES_MAX / 2] = '\0';
	assert_int_equal(build_error(argv, NULL, NULL), 0);
}

static void too_many_words(void **state _unused_)
{
	_cleanup_free_ char **argv = new0(char *, PLAN_STRINGS_MAX + 1);
	int n_good = 0;

	for (int n = PLAN_STRINGS_MAX - 6; n < PLAN_STRINGS_MAX; n++) {
		int r;

		for (int i = 0; i < n; i++)
			argv[i] = (char *)"x";
		r = build_error(argv, env, NULL);
		assert_true(r == 0 || r == -E2BIG);
		n_good += r == 0;
	}
	assert_true(n_good > 0 && n_good < 6);
}

static void layers_have_names(void **state _unused_)
{
	for (uint32_t kind = PLAN_INIT_HOSTNAME; kind <= PLAN_INIT_RELEASE; kind++)
		assert_string_not_equal(plan_op_layer(kind), "plan");
	for (uint32_t kind = PLAN_STEP_SESSION; kind <= PLAN_STEP_EXEC; kind++)
		assert_string_not_equal(plan_op_layer(kind), "plan");
	assert_string_equal(plan_op_layer(0), "plan");
	assert_string_equal(plan_op_layer(PLAN_STEP_SESSION - 1), "plan");
	assert_string_equal(plan_op_layer(PLAN_STEP_EXEC + 1), "plan");
	assert_string_equal(plan_op_layer(UINT32_MAX), "plan");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_plan),
		cmocka_unit_test(the_filter),
		cmocka_unit_test(what_the_filter_closes),
		cmocka_unit_test(the_order),
		cmocka_unit_test(what_is_not_wanted_is_not_there),
		cmocka_unit_test(limits_become_rlimits),
		cmocka_unit_test(the_command),
		cmocka_unit_test(data_is_aligned_and_inside),
		cmocka_unit_test(too_much_text),
		cmocka_unit_test(too_many_words),
		cmocka_unit_test(layers_have_names),
	};

	return cmocka_run_group_tests_name("plan-build", tests, NULL, NULL);
}
