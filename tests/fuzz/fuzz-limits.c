/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits as text. The input is read as the list of --limit and as one value of every key. What is accepted lies in its range
 * and comes back from its own text; what is refused has a sentence and leaves everything as it was.
 */

#include "lib/base/mem.h"
#include "lib/contract/limits.h"
#include "tests/fuzz/fuzz.h"

static void check_round_trip(enum limit_key key, uint64_t value)
{
	const struct limit_info *info = limit_info(key);
	uint64_t again = 0;
	char text[24];

	REQUIRE(value == LIMIT_NONE ? info->may_be_none : value >= info->min && value <= info->max);
	REQUIRE((size_t)limit_format(key, value, text, sizeof(text)) < sizeof(text));
	REQUIRE(limit_parse(key, text, &again, NULL) == 0);
	REQUIRE(again == value);
}

static void check_value(enum limit_key key, const char *text)
{
	const char *expected = NULL;
	uint64_t value = 7;

	if (limit_parse(key, text, &value, &expected) == 0) {
		check_round_trip(key, value);
		return;
	}
	REQUIRE(value == 7);
	REQUIRE(fuzz_clean_line(expected));
}

static void check_list(const char *text)
{
	struct limits limits = {0}, before;
	char error[512] = "";

	limits_set(&limits, LIMIT_CPU, 7);
	before = limits;
	if (limits_parse_list(text, &limits, error, sizeof(error)) < 0) {
		REQUIRE(memcmp(&limits, &before, sizeof(limits)) == 0);
		REQUIRE(fuzz_clean_line(error));
		return;
	}
	for (int key = 0; key < LIMIT_MAX; key++) {
		uint64_t value = limits_get(&limits, (enum limit_key)key);

		if (limits.set & UINT32_C(1) << key && !(key == LIMIT_CPU && value == 7))
			check_round_trip((enum limit_key)key, value);
	}
	if (limits_check(&limits, error, sizeof(error)) < 0)
		REQUIRE(fuzz_clean_line(error));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_string(data, size);

	check_list(text);
	for (int key = 0; key < LIMIT_MAX; key++)
		check_value((enum limit_key)key, text);
	return 0;
}
