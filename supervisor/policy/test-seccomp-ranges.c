/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of call numbers: every number gets the answer of its range, however many there are. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "lib/base/mem.h"
#include "supervisor/policy/seccomp-native.h"
#include "supervisor/policy/seccomp-ranges.h"
#include "supervisor/policy/seccomp-simulate.h"

enum { FELL_THROUGH = SECCOMP_RET_ERRNO | 77, ROOM = 4 * SECCOMP_RANGES_MAX };

static struct sock_filter filter[ROOM];
static struct seccomp_ranges ranges;
static size_t n;

static void build(void)
{
	n = seccomp_ranges_length(&ranges);
	assert_true(n < ROOM);
	seccomp_ranges_write(&ranges, filter);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, FELL_THROUGH);
}

static uint32_t answer(uint32_t arch, uint32_t number)
{
	const struct seccomp_data data = {.arch = arch, .nr = (int)number};

	return seccomp_simulate(filter, n, &data);
}

static uint32_t of_number(uint32_t number)
{
	return answer(SECCOMP_NATIVE_ARCH, number);
}

static void one_range(void **state _unused_)
{
	ranges.n = 0;
	seccomp_ranges_add(&ranges, 0, SECCOMP_RET_ALLOW);
	build();
	assert_int_equal(of_number(0), SECCOMP_RET_ALLOW);
	assert_int_equal(of_number(SECCOMP_X32_BIT - 1), SECCOMP_RET_ALLOW);
	assert_int_equal(of_number(SECCOMP_X32_BIT), FELL_THROUGH);
	assert_int_equal(of_number(UINT32_MAX), FELL_THROUGH);
	assert_int_equal(answer(AUDIT_ARCH_I386, 0), FELL_THROUGH);
}

static void neighbours_with_one_answer_are_one_range(void **state _unused_)
{
	ranges.n = 0;
	for (uint32_t number = 0; number < 300; number++)
		seccomp_ranges_add(&ranges, number, number < 200 ? 1 : SECCOMP_ANSWER_DEPENDS);
	assert_int_equal(ranges.n, 2);
	build();
	assert_int_equal(of_number(199), 1);
	assert_int_equal(of_number(200), FELL_THROUGH);
	assert_int_equal(of_number(5000), FELL_THROUGH);
}

/* The worst case: every number is a range of its own; halves are longer than a conditional jump reaches. */
static void as_many_as_there_can_be(void **state _unused_)
{
	for (uint32_t count = 1; count <= SECCOMP_RANGES_MAX; count += count < 600 ? 1 : 53) {
		ranges.n = 0;
		for (uint32_t number = 0; number < count; number++)
			seccomp_ranges_add(&ranges, number,
					   number % 7 == 3 ? SECCOMP_ANSWER_DEPENDS : number);
		build();
		for (uint32_t number = 0; number < count; number++)
			assert_int_equal(of_number(number),
					 number % 7 == 3 ? (uint32_t)FELL_THROUGH : number);
	}
}

/* As profiles are: a few answers, none of them alone. */
static void few_answers_are_shared(void **state _unused_)
{
	static const uint32_t answers[] = {1, 2, SECCOMP_ANSWER_DEPENDS, 3};

	for (uint32_t count = 1; count < 300; count++) {
		ranges.n = 0;
		for (uint32_t number = 0; number < count; number++)
			seccomp_ranges_add(&ranges, 3 * number, answers[number % 4]);
		build();
		if (count > 4 && count < 250)
			assert_int_equal(n, 6 + count - 1 + 4 + 1);
		for (uint32_t number = 0; number < 3 * count; number++)
			assert_int_equal(of_number(number),
					 answers[number / 3 % 4] == SECCOMP_ANSWER_DEPENDS ?
						 (uint32_t)FELL_THROUGH :
						 answers[number / 3 % 4]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_range),
		cmocka_unit_test(neighbours_with_one_answer_are_one_range),
		cmocka_unit_test(few_answers_are_shared),
		cmocka_unit_test(as_many_as_there_can_be),
	};

	return cmocka_run_group_tests_name("seccomp-ranges", tests, NULL, NULL);
}
