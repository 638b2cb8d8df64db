/* SPDX-License-Identifier: Apache-2.0 */
/* Plans as they should be, and every way in which one can be cut, bent or made up. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/plan-view.h"
#include "lib/base/fd.h"

enum { N_OPS = 4, DATA_BYTES = 64 };

/* A plan that is in order: hostname, net, a filter's bytes, exec. */
struct plan {
	struct plan_header header;
	struct plan_op ops[N_OPS];
	_Alignas(8) char data[DATA_BYTES];
};

enum { DATA_AT = sizeof(struct plan_header) + N_OPS * sizeof(struct plan_op) };

static struct plan plan_make(void)
{
	struct plan plan = {
		.header = {PLAN_MAGIC, PLAN_VERSION, sizeof(struct plan), N_OPS},
		.ops =
			{
				{.kind = PLAN_INIT_HOSTNAME, .data_offset = DATA_AT, .data_size = 8},
				{.kind = PLAN_INIT_NET},
				{.kind = PLAN_STEP_FILTER,
				 .data_offset = DATA_AT + 8,
				 .data_size = 16},
				{.kind = PLAN_STEP_EXEC,
				 .data_offset = DATA_AT + 24,
				 .data_size = 11,
				 .arg = {2, 1}},
			},
	};

	memcpy(plan.data, "sandbox", 8);
	memcpy(plan.data + 8, "0123456789abcdef", 16);
	memcpy(plan.data + 24, "./a\0-x\0K=V", 11);
	return plan;
}

static int parse(const struct plan *plan)
{
	struct plan_view view = {0};
	int r = plan_view_parse(plan, plan->header.size <= sizeof(*plan) ? plan->header.size : 0,
				&view);

	assert_true(r == 0 || (r == -EPROTO && view.header == NULL));
	return r;
}

static void a_good_plan(void **state _unused_)
{
	struct plan plan = plan_make();
	struct plan_view view;

	assert_int_equal(plan_view_parse(&plan, sizeof(plan), &view), 0);
	assert_ptr_equal(view.header, &plan.header);
	assert_string_equal(plan_data(&view, &view.ops[0]), "sandbox");
	assert_null(plan_data(&view, &view.ops[1]));
	assert_memory_equal(plan_data(&view, &view.ops[2]), "0123456789abcdef", 16);
}

static void truncations(void **state _unused_)
{
	struct plan plan = plan_make();
	struct plan_view view;

	for (size_t size = 0; size < sizeof(plan); size++) {
		/* Of its own size, so that a sanitizer sees a read behind it. */
		_cleanup_free_ char *copy = malloc(size + 1);

		memcpy(copy, &plan, size);
		assert_int_equal(plan_view_parse(copy, size, &view), -EPROTO);
		/* And with a header that admits to being cut. */
		if (size < sizeof(plan.header))
			continue;
		((struct plan_header *)(void *)copy)->size = (uint32_t)size;
		assert_int_equal(plan_view_parse(copy, size, &view),
				 size < DATA_AT + 24 + 11 ? -EPROTO : 0);
	}
}

static void headers(void **state _unused_)
{
	struct plan plan = plan_make();

	plan.header.magic ^= 1;
	assert_int_equal(parse(&plan), -EPROTO);
	plan = plan_make();
	plan.header.version++;
	assert_int_equal(parse(&plan), -EPROTO);
	plan = plan_make();
	plan.header.size--;
	assert_int_equal(plan_view_parse(&plan, sizeof(plan), &(struct plan_view){0}), -EPROTO);
	plan = plan_make();
	plan.header.n_ops = 0;
	assert_int_equal(parse(&plan), 0);
}

static void kinds(void **state _unused_)
{
	static const uint32_t unknown[] = {
		0, PLAN_INIT_RELEASE + 1, PLAN_STEP_SESSION - 1, PLAN_STEP_EXEC + 1, UINT32_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
		struct plan plan = plan_make();

		plan.ops[0].kind = unknown[i];
		assert_int_equal(parse(&plan), -EPROTO);
	}
}

static void too_many_operations(void **state _unused_)
{
	static const uint32_t counts[] = {
		N_OPS + 3,  PLAN_OPS_MAX + 1, 0x08000000U,	   0x08000001U,
		0x7fffffff, UINT32_MAX / 32,  UINT32_MAX / 32 + 1, UINT32_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct plan plan = plan_make();

		plan.header.n_ops = counts[i];
		assert_int_equal(parse(&plan), -EPROTO);
	}
}

static void operations_max_fits(void **state _unused_)
{
	static struct {
		struct plan_header header;
		struct plan_op ops[PLAN_OPS_MAX + 1];
	} plan;
	struct plan_view view;

	plan.header = (struct plan_header){PLAN_MAGIC, PLAN_VERSION, 0, PLAN_OPS_MAX};
	for (size_t i = 0; i < ARRAY_SIZE(plan.ops); i++)
		plan.ops[i].kind = PLAN_INIT_NET;
	plan.header.size = sizeof(plan.header) + PLAN_OPS_MAX * sizeof(struct plan_op);
	assert_int_equal(plan_view_parse(&plan, plan.header.size, &view), 0);
	plan.header.n_ops++;
	plan.header.size = sizeof(plan);
	assert_int_equal(plan_view_parse(&plan, sizeof(plan), &view), -EPROTO);
}

static void sizes_out_of_range(void **state _unused_)
{
	_cleanup_free_ char *big = calloc(1, PLAN_BYTES_MAX + 1);
	struct plan_header *header = (void *)big;
	struct plan_view view;

	*header = (struct plan_header){PLAN_MAGIC, PLAN_VERSION, PLAN_BYTES_MAX, 0};
	assert_int_equal(plan_view_parse(big, PLAN_BYTES_MAX, &view), 0);
	header->size++;
	assert_int_equal(plan_view_parse(big, PLAN_BYTES_MAX + 1, &view), -EPROTO);
}

/* Offsets and sizes of one operation, against a plan of sizeof(struct plan) bytes. */
static void data_ranges(void **state _unused_)
{
	static const struct {
		uint32_t offset, size;
		int expected;
	} rows[] = {
		{DATA_AT, DATA_BYTES, 0},
		{DATA_AT, DATA_BYTES + 1, -EPROTO},
		{DATA_AT, UINT32_MAX, -EPROTO},
		{DATA_AT, 0, -EPROTO}, /* an offset without data */
		{DATA_AT + 1, 8, -EPROTO},
		{DATA_AT + 4, 8, -EPROTO},
		{DATA_AT + DATA_BYTES - 8, 8, 0},
		{DATA_AT + DATA_BYTES - 8, 9, -EPROTO},
		{DATA_AT + DATA_BYTES, 1, -EPROTO},
		{DATA_AT + DATA_BYTES + 8, 8, -EPROTO},
		{UINT32_MAX - 7, 8, -EPROTO},
		{UINT32_MAX - 7, 16, -EPROTO},
		{0, 8, -EPROTO},	   /* the header is no data */
		{DATA_AT - 8, 8, -EPROTO}, /* nor are operations */
		{16, sizeof(struct plan) - 16, -EPROTO},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct plan plan = plan_make();

		plan.ops[2].data_offset = rows[i].offset;
		plan.ops[2].data_size = rows[i].size;
		assert_int_equal(parse(&plan), rows[i].expected);
	}
}

/* Ranges may overlap: nothing is ever written to them. */
static void overlapping_ranges(void **state _unused_)
{
	struct plan plan = plan_make();

	plan.ops[2].data_offset = DATA_AT;
	plan.ops[2].data_size = DATA_BYTES;
	assert_int_equal(parse(&plan), 0);
}

static void text_ends_in_nul(void **state _unused_)
{
	static const uint32_t kinds[] = {
		PLAN_INIT_HOSTNAME, PLAN_INIT_PROC,	PLAN_INIT_SCRATCH, PLAN_INIT_STAGE,
		PLAN_STEP_CHDIR,    PLAN_STEP_LANDLOCK, PLAN_STEP_EXEC,
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct plan plan = plan_make();

		plan.ops[0].kind = kinds[i];
		assert_int_equal(parse(&plan), 0);
		plan.ops[0].data_size = 7;
		assert_int_equal(parse(&plan), -EPROTO);
		plan.ops[0].data_offset = plan.ops[0].data_size = 0;
		assert_int_equal(parse(&plan), -EPROTO);
	}
}

static void mapped_from_a_memfd(void **state _unused_)
{
	struct plan plan = plan_make();
	struct plan_view view;
	int fd = fd_sealed_memfd("plan", &plan, sizeof(plan));
	int empty = fd_sealed_memfd("plan", "", 0);

	assert_int_equal(plan_view_map(fd, &view), 0);
	assert_string_equal(plan_data(&view, &view.ops[0]), "sandbox");
	assert_int_equal(plan_view_map(empty, &view), -EPROTO);
	assert_int_equal(plan_view_map(-EBADF, &view), -EBADF);
	(void)fd_close(fd);
	(void)fd_close(empty);
}

static void words(void **state _unused_)
{
	static const char data[] = "./a\0-x\0\0K=V"; /* four words, one of them empty */
	const char *out[8];

	assert_int_equal(plan_words(data, sizeof(data), 4, out, ARRAY_SIZE(out)), sizeof(data));
	assert_string_equal(out[0], "./a");
	assert_string_equal(out[1], "-x");
	assert_string_equal(out[2], "");
	assert_string_equal(out[3], "K=V");
	assert_null(out[4]);
	assert_int_equal(plan_words(data, sizeof(data), 2, out, ARRAY_SIZE(out)), 7);
	assert_null(out[2]);
	assert_int_equal(plan_words(data, sizeof(data), 0, out, ARRAY_SIZE(out)), 0);
	assert_null(out[0]);
}

static void words_that_are_not_there(void **state _unused_)
{
	static const char data[] = "./a\0-x";
	const char *out[8];

	assert_int_equal(plan_words(data, sizeof(data), 3, out, ARRAY_SIZE(out)), -EPROTO);
	assert_int_equal(plan_words(data, sizeof(data) - 1, 2, out, ARRAY_SIZE(out)), -EPROTO);
	assert_int_equal(plan_words(data, 0, 1, out, ARRAY_SIZE(out)), -EPROTO);
	assert_int_equal(plan_words(NULL, 0, 0, out, ARRAY_SIZE(out)), 0);
	/* The array needs room for its end. */
	assert_int_equal(plan_words(data, sizeof(data), 2, out, 2), -EPROTO);
	assert_int_equal(plan_words(data, sizeof(data), 2, out, 3), sizeof(data));
	assert_int_equal(plan_words(data, sizeof(data), 0, out, 0), -EPROTO);
	assert_int_equal(plan_words(data, sizeof(data), SIZE_MAX, out, 8), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_plan),
		cmocka_unit_test(truncations),
		cmocka_unit_test(headers),
		cmocka_unit_test(kinds),
		cmocka_unit_test(too_many_operations),
		cmocka_unit_test(operations_max_fits),
		cmocka_unit_test(sizes_out_of_range),
		cmocka_unit_test(data_ranges),
		cmocka_unit_test(overlapping_ranges),
		cmocka_unit_test(text_ends_in_nul),
		cmocka_unit_test(mapped_from_a_memfd),
		cmocka_unit_test(words),
		cmocka_unit_test(words_that_are_not_there),
	};

	return cmocka_run_group_tests_name("plan-view", tests, NULL, NULL);
}
