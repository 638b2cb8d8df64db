/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers beside what printf(3) makes of them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/trace/decimal.h"

static char *got, want[128];
static size_t got_size;

static void compare(uint64_t number)
{
	FILE *stream = open_memstream(&got, &got_size);

	assert_non_null(stream);
	decimal_put(stream, "a", number);
	decimal_put_signed(stream, " b", (int64_t)number);
	decimal_put_thousandths(stream, " ", number);
	assert_int_equal(fclose(stream), 0);
	(void)snprintf(want, sizeof(want), "a%" PRIu64 " b%" PRId64 " %" PRIu64 ".%03" PRIu64,
		       number, (int64_t)number, number / 1000, number % 1000);
	assert_string_equal(got, want);
	free(got);
}

static void numbers_are_printfs(void **state)
{
	uint64_t random = 1;

	compare(0);
	for (unsigned int bit = 0; bit < 64; bit++)
		for (uint64_t near = 0; near < 3; near++)
			compare((UINT64_C(1) << bit) + near - 1);
	for (uint64_t power = 1; power < UINT64_MAX / 10; power *= 10)
		for (uint64_t near = 0; near < 3; near++)
			compare(power * 10 + near - 1);
	for (unsigned int i = 0; i < 10000; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		compare(random >> i % 64);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_are_printfs)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
