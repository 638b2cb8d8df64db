/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits as text: what attackers and people in a hurry write, the ends of every range, and that what is printed is read
 * back as the same value.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/contract/limits.h"

static void assert_value(enum limit_key key, const char *text, uint64_t expected)
{
	const char *why = NULL;
	uint64_t value = 7;

	if (limit_parse(key, text, &value, &why) < 0)
		fail_msg("%s=%s: %s", limit_info(key)->name, text, why);
	if (value != expected)
		fail_msg("%s=%s is %llu", limit_info(key)->name, text, (unsigned long long)value);
}

/* Refused with `error`, with a sentence that has `word` in it, and without touching the value. */
static void assert_refused(enum limit_key key, const char *text, int error, const char *word)
{
	const char *why = NULL;
	uint64_t value = 7;
	int r = limit_parse(key, text, &value, &why);

	if (r != error)
		fail_msg("%s=\"%s\": %d, expected %d", limit_info(key)->name, text, r, error);
	assert_int_equal(value, 7);
	assert_non_null(why);
	if (!strstr(why, word))
		fail_msg("%s=\"%s\": \"%s\" does not say \"%s\"", limit_info(key)->name, text, why,
			 word);
	assert_int_equal(limit_parse(key, text, &value, NULL), error);
}

static void times(void **state)
{
	assert_value(LIMIT_CPU, "2s", 2000000000);
	assert_value(LIMIT_CPU, "1.5s", 1500000000);
	assert_value(LIMIT_CPU, "500ms", 500000000);
	assert_value(LIMIT_CPU, "1500us", 1500000);
	assert_value(LIMIT_CPU, "1000000ns", 1000000);
	assert_value(LIMIT_CPU, "1m", 60000000000);
	assert_value(LIMIT_CPU, "0.5h", 1800000000000);
	assert_value(LIMIT_CPU, "1.123456789s", 1123456789);
	assert_value(LIMIT_CPU, "1.000000000000000000000000s", 1000000000);
	assert_value(LIMIT_CPU, "0000000000000000000000000000002s", 2000000000);
	assert_value(LIMIT_EXTRA, "0s", 0);
	assert_value(LIMIT_EXTRA, "0.0ms", 0);
}

static void sizes(void **state)
{
	assert_value(LIMIT_MEMORY, "4194304", 4194304);
	assert_value(LIMIT_MEMORY, "64M", UINT64_C(64) << 20);
	assert_value(LIMIT_MEMORY, "64MiB", UINT64_C(64) << 20);
	assert_value(LIMIT_MEMORY, "0.5G", UINT64_C(1) << 29);
	assert_value(LIMIT_MEMORY, "1.5GiB", UINT64_C(3) << 29);
	assert_value(LIMIT_MEMORY, "1T", UINT64_C(1) << 40);
	assert_value(LIMIT_OUTPUT, "1", 1);
	assert_value(LIMIT_OUTPUT, "0.0009765625K", 1);
	assert_value(LIMIT_OUTPUT, "64.0", 64);
}

static void counts_and_cpus(void **state)
{
	assert_value(LIMIT_PIDS, "64", 64);
	assert_value(LIMIT_GAS, "9223372036854775807", INT64_MAX);
	assert_value(LIMIT_CPUS, "1", 1000);
	assert_value(LIMIT_CPUS, "0.5", 500);
	assert_value(LIMIT_CPUS, "1.125", 1125);
}

static void times_need_a_unit(void **state)
{
	assert_refused(LIMIT_CPU, "2", -EINVAL, "write 2s or 2ms");
	assert_refused(LIMIT_WALL, "1.5", -EINVAL, "needs a unit");
	assert_refused(LIMIT_EXTRA, "0", -EINVAL, "needs a unit");
	assert_refused(LIMIT_CPU, "2S", -EINVAL, "units of time");
	assert_refused(LIMIT_CPU, "2sec", -EINVAL, "units of time");
	assert_refused(LIMIT_CPU, "2M", -EINVAL, "units of time");
	assert_refused(LIMIT_CPU, "2s2", -EINVAL, "units of time");
	assert_refused(LIMIT_CPU, "1m30s", -EINVAL, "units of time");
	assert_refused(LIMIT_CPU, "2\xc2\xb5s", -EINVAL, "units of time");
}

static void sizes_have_powers_of_1024(void **state)
{
	assert_refused(LIMIT_MEMORY, "64MB", -EINVAL, "powers of 1024");
	assert_refused(LIMIT_MEMORY, "64m", -EINVAL, "K M G T");
	assert_refused(LIMIT_MEMORY, "64 M", -EINVAL, "without white space");
	assert_refused(LIMIT_MEMORY, "64s", -EINVAL, "units of size");
	assert_refused(LIMIT_MEMORY, "64Mi", -EINVAL, "units of size");
	assert_refused(LIMIT_MEMORY, "64MiBB", -EINVAL, "units of size");
	assert_refused(LIMIT_PIDS, "64K", -EINVAL, "no unit");
	assert_refused(LIMIT_CPUS, "50%", -EINVAL, "no unit");
}

static void not_numbers(void **state)
{
	static const char *const bad[] = {"",	  "s",	 "M",	 ".",	  "-",	  "+",
					  "--1s", "nan", "inf",	 "none ", "NONE", "None",
					  "x1s",  "=1s", "\xff", "'1s'"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint64_t value = 7;

		assert_int_equal(limit_parse(LIMIT_CPU, bad[i], &value, NULL), -EINVAL);
		assert_int_equal(limit_parse(LIMIT_MEMORY, bad[i], &value, NULL), -EINVAL);
		assert_int_equal(limit_parse(LIMIT_GAS, bad[i], &value, NULL), -EINVAL);
		assert_int_equal(value, 7);
	}
	assert_refused(LIMIT_CPU, "", -EINVAL, "such as 500ms");
	assert_refused(LIMIT_CPU, "0x10s", -EINVAL, "units of time");
	assert_refused(LIMIT_CPU, "1e3s", -EINVAL, "units of time");
	assert_refused(LIMIT_CPU, "1,5s", -EINVAL, "units of time");
	assert_refused(LIMIT_CPU, "1_000ms", -EINVAL, "units of time");
}

static void signs_space_and_points(void **state)
{
	assert_refused(LIMIT_CPU, "-1s", -ERANGE, "negative");
	assert_refused(LIMIT_GAS, "-1", -ERANGE, "negative");
	assert_refused(LIMIT_GAS, "-18446744073709551615", -ERANGE, "negative");
	assert_refused(LIMIT_CPU, "+1s", -EINVAL, "without a sign");
	assert_refused(LIMIT_CPU, " 1s", -EINVAL, "white space");
	assert_refused(LIMIT_CPU, "1s\n", -EINVAL, "white space");
	assert_refused(LIMIT_CPU, "\t1s", -EINVAL, "white space");
	assert_refused(LIMIT_CPU, ".5s", -EINVAL, "before the point");
	assert_refused(LIMIT_CPU, "5.s", -EINVAL, "after the point");
	assert_refused(LIMIT_CPU, "5.", -EINVAL, "after the point");
	assert_refused(LIMIT_CPU, "1.2.3s", -EINVAL, "units of time");
}

static void fractions_are_exact_or_refused(void **state)
{
	assert_refused(LIMIT_CPU, "1.0000000001s", -EINVAL, "whole number of nanoseconds");
	assert_refused(LIMIT_MEMORY, "1.3K", -EINVAL, "whole number of bytes");
	assert_refused(LIMIT_MEMORY, "4096.5", -EINVAL, "whole number of bytes");
	assert_refused(LIMIT_PIDS, "1.5", -EINVAL, "no fraction");
	assert_refused(LIMIT_CPUS, "0.5001", -EINVAL, "thousandths");
	assert_refused(LIMIT_CPU, "1.0000000000000000001s", -EINVAL, "18 digits");
	assert_value(LIMIT_PIDS, "2.0", 2);
}

static void zero_is_refused_where_it_is_senseless(void **state)
{
	for (int key = 0; key < LIMIT_MAX; key++) {
		const char *text = limit_info(key)->unit == LIMIT_UNIT_TIME ? "0s" : "0";

		if (key != LIMIT_EXTRA)
			assert_refused(key, text, -ERANGE, "zero");
	}
	assert_refused(LIMIT_CPUS, "0.000", -ERANGE, "zero");
	assert_refused(LIMIT_MEMORY, "0G", -ERANGE, "zero");
}

static void huge_numbers(void **state)
{
	char digits[5000];

	memset(digits, '9', sizeof(digits));
	digits[sizeof(digits) - 1] = '\0';
	assert_refused(LIMIT_GAS, digits, -ERANGE, "from 1 to");
	assert_refused(LIMIT_MEMORY, digits, -ERANGE, "from 1M to 1T");
	assert_refused(LIMIT_GAS, "9223372036854775808", -ERANGE, "from 1 to");
	assert_refused(LIMIT_GAS, "18446744073709551615", -ERANGE, "or none"); /* is not `none` */
	assert_refused(LIMIT_GAS, "18446744073709551616", -ERANGE, "from");    /* would wrap to 0 */
	assert_refused(LIMIT_GAS, "18446744073709551617", -ERANGE, "from");    /* would wrap to 1 */
	/* Products that wrap to a small number: 2^64 / 2^40, 2^64 / 1000. */
	assert_refused(LIMIT_MEMORY, "16777216T", -ERANGE, "from");
	assert_refused(LIMIT_MEMORY, "16777216.5T", -ERANGE, "from");
	assert_refused(LIMIT_CPUS, "18446744073709552", -ERANGE, "from");
	assert_refused(LIMIT_CPU, "18446744073709551.616us", -ERANGE, "from");
}

static void none_where_another_limit_holds(void **state)
{
	static const enum limit_key finite[] = {LIMIT_CPU,   LIMIT_WALL,   LIMIT_MEMORY,
						LIMIT_PIDS,  LIMIT_OUTPUT, LIMIT_DISK,
						LIMIT_FILES, LIMIT_INODES, LIMIT_EXTRA};

	for (size_t i = 0; i < ARRAY_SIZE(finite); i++) {
		assert_refused(finite[i], "none", -EINVAL, "finite");
		assert_false(limit_info(finite[i])->may_be_none);
	}
	assert_value(LIMIT_GAS, "none", LIMIT_NONE);
	assert_value(LIMIT_STACK, "none", LIMIT_NONE);
	assert_value(LIMIT_FILE_SIZE, "none", LIMIT_NONE);
	assert_value(LIMIT_CPUS, "none", LIMIT_NONE);
}

static void assert_text(enum limit_key key, uint64_t value, const char *expected)
{
	char text[64];
	int n = limit_format(key, value, text, sizeof(text));

	assert_string_equal(text, expected);
	assert_int_equal(n, strlen(expected));
}

static void texts_are_short_and_exact(void **state)
{
	assert_text(LIMIT_CPU, 2000000000, "2s");
	assert_text(LIMIT_CPU, 1500000000, "1.5s");
	assert_text(LIMIT_CPU, 500000000, "500ms");
	assert_text(LIMIT_CPU, 60000000000, "1m");
	assert_text(LIMIT_CPU, 90000000000, "90s");
	assert_text(LIMIT_CPU, 1234567, "1234567ns");
	assert_text(LIMIT_CPU, 1234567000, "1.234567s");
	assert_text(LIMIT_CPU, 12340000, "12.34ms");
	assert_text(LIMIT_CPU, 1, "1ns");
	assert_text(LIMIT_CPU, 0, "0s");
	assert_text(LIMIT_MEMORY, UINT64_C(64) << 20, "64M");
	assert_text(LIMIT_MEMORY, UINT64_C(3) << 29, "1.5G");
	assert_text(LIMIT_MEMORY, 4096, "4K");
	assert_text(LIMIT_MEMORY, 1000, "1000");
	assert_text(LIMIT_MEMORY, 0, "0");
	assert_text(LIMIT_MEMORY, (UINT64_C(2) << 30) - 1, "2147483647");
	assert_text(LIMIT_PIDS, 64, "64");
	assert_text(LIMIT_CPUS, 500, "0.5");
	assert_text(LIMIT_CPUS, 1000, "1");
	assert_text(LIMIT_CPUS, 1, "0.001");
	assert_text(LIMIT_GAS, LIMIT_NONE, "none");
	assert_text(LIMIT_GAS, LIMIT_NONE - 1, "18446744073709551614");
	assert_text(LIMIT_CPU, LIMIT_NONE - 1, "18446744073.709551614s");
}

static void text_is_cut_as_snprintf_does(void **state)
{
	char text[4] = "???";

	assert_int_equal(limit_format(LIMIT_CPU, 1500000000, text, 3), 4);
	assert_string_equal(text, "1.");
	assert_int_equal(limit_format(LIMIT_CPU, 1500000000, NULL, 0), 4);
}

static void assert_round_trip(enum limit_key key, uint64_t value)
{
	char text[64];

	assert_true(limit_format(key, value, text, sizeof(text)) < 24);
	assert_value(key, text, value);
}

static void what_is_printed_is_read(void **state)
{
	unsigned seed = 1;

	for (int key = 0; key < LIMIT_MAX; key++) {
		const struct limit_info *info = limit_info(key);

		assert_round_trip(key, info->min);
		assert_round_trip(key, info->max);
		for (int i = 0; i < 20000; i++) {
			uint64_t r = (uint64_t)rand_r(&seed) << 42 ^ (uint64_t)rand_r(&seed) << 21 ^
				     (uint64_t)rand_r(&seed);

			r >>= rand_r(&seed) % 64;
			assert_round_trip(key, info->min + r % (info->max - info->min + 1));
		}
	}
}

/* The sentences hold the ends of each range as text: they must be those of the table. */
static void sentences_name_the_range(void **state)
{
	for (int key = 0; key < LIMIT_MAX; key++) {
		const struct limit_info *info = limit_info(key);
		char low[64], high[64], range[160], over[64];

		(void)limit_format(key, info->min, low, sizeof(low));
		(void)limit_format(key, info->max, high, sizeof(high));
		(void)snprintf(range, sizeof(range), "from %s to %s", low, high);
		(void)limit_format(key, info->max + 1, over, sizeof(over));
		assert_refused(key, over, -ERANGE, range);
		if (info->min > 1) {
			(void)limit_format(key, info->min - 1, over, sizeof(over));
			assert_refused(key, over, -ERANGE, range);
		}
		if (!info->may_be_none) {
			(void)snprintf(range, sizeof(range), "write %s to %s", low, high);
			assert_refused(key, "none", -EINVAL, range);
		}
	}
}

static void names_are_whole_words(void **state)
{
	for (int key = 0; key < LIMIT_MAX; key++) {
		const char *name = limit_info(key)->name;

		assert_int_equal(limit_key_from_name(name, strlen(name)), key);
		assert_int_equal(limit_key_from_name(name, strlen(name) - 1),
				 name[0] == 'c' && key == LIMIT_CPUS ? LIMIT_CPU : -ENOENT);
		assert_true(strlen(limit_info(key)->summary) > 0);
	}
	assert_int_equal(limit_key_from_name("cpu\0", 4), -ENOENT);
	assert_int_equal(limit_key_from_name("CPU", 3), -ENOENT);
	assert_int_equal(limit_key_from_name("", 0), -ENOENT);
	assert_int_equal(limit_key_from_name("cpus=1", 4), LIMIT_CPUS);
}

static void sets_and_merges(void **state)
{
	struct limits base = {0}, over = {0};

	base.value[LIMIT_CPU] = 5; /* not set: does not count */
	assert_true(limits_get(&base, LIMIT_CPU) == LIMIT_NONE);
	limits_set(&base, LIMIT_CPU, 1);
	limits_set(&base, LIMIT_GAS, 2);
	limits_set(&over, LIMIT_GAS, LIMIT_NONE);
	limits_set(&over, LIMIT_CPUS, 3);
	over.value[LIMIT_CPU] = 9;
	limits_merge(&base, &over);
	assert_int_equal(limits_get(&base, LIMIT_CPU), 1);
	assert_true(limits_get(&base, LIMIT_GAS) == LIMIT_NONE);
	assert_int_equal(limits_get(&base, LIMIT_CPUS), 3);
	assert_int_equal(base.set, 1 << LIMIT_CPU | 1 << LIMIT_GAS | 1 << LIMIT_CPUS);
}

static void lists(void **state)
{
	struct limits limits = {0};
	char error[256] = "";

	limits_set(&limits, LIMIT_PIDS, 9);
	assert_int_equal(limits_parse_list("cpu=2s", &limits, error, sizeof(error)), 0);
	assert_int_equal(limits_parse_list("memory=64M,gas=none,file-size=1K", &limits, error,
					   sizeof(error)),
			 0);
	assert_true(limits_get(&limits, LIMIT_CPU) == 2000000000);
	assert_int_equal(limits_get(&limits, LIMIT_MEMORY), 64 << 20);
	assert_int_equal(limits_get(&limits, LIMIT_FILE_SIZE), 1024);
	assert_int_equal(limits_get(&limits, LIMIT_PIDS), 9);
	assert_true(limits.set & 1 << LIMIT_GAS);
}

static void assert_list_refused(const char *text, int expected, const char *word)
{
	struct limits limits = {0}, before;
	char error[512] = "";
	int r;

	limits_set(&limits, LIMIT_CPU, 5);
	before = limits;
	r = limits_parse_list(text, &limits, error, sizeof(error));
	if (r != expected)
		fail_msg("\"%s\": %d", text, r);
	if (!strstr(error, word))
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", text, error, word);
	assert_memory_equal(&limits, &before, sizeof(limits));
}

static void lists_say_what_is_wrong(void **state)
{
	assert_list_refused("", -EINVAL, "empty");
	assert_list_refused(",", -EINVAL, "empty");
	assert_list_refused("cpu=1s,", -EINVAL, "empty");
	assert_list_refused("cpu=1s,,wall=1s", -EINVAL, "empty");
	assert_list_refused("cpu", -EINVAL, "\"cpu\": write KEY=VALUE");
	assert_list_refused("=1s", -EINVAL, "\"\": there is no such key");
	assert_list_refused("time=1s", -EINVAL,
			    "cpu wall memory pids output disk files gas file-size "
			    "inodes stack extra cpus io");
	assert_list_refused("wall=1s, cpu=1s", -EINVAL, "\" cpu\"");
	assert_list_refused("CPU=1s", -EINVAL, "\"CPU\"");
	assert_list_refused("cpu=1s,cpu=2s", -EINVAL, "given twice");
	assert_list_refused("cpu=", -EINVAL, "cpu=\"\": write a time");
	assert_list_refused("cpu=2", -EINVAL, "cpu=\"2\": a time needs a unit");
	assert_list_refused("cpu==2s", -EINVAL, "cpu=\"=2s\"");
	assert_list_refused("wall=1s,cpu=0s", -ERANGE, "cpu=\"0s\": zero");
	assert_list_refused("wall=1s;cpu=1s", -EINVAL, "wall=\"1s;cpu=1s\"");
}

static void lists_show_strange_text_escaped(void **state)
{
	char text[4000];

	assert_list_refused("cpu=1s\x1b[2J\n", -EINVAL, "1s\\x1b[2J\\n");
	assert_list_refused("\xff\n=1", -EINVAL, "\"\\xff\\n\"");
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_list_refused(text, -EINVAL, "aaa...");
	text[1000] = '=';
	assert_list_refused(text, -EINVAL, "aaa...");
	memcpy(text, "cpu=", 4);
	assert_list_refused(text, -EINVAL, "aaa...");
}

static void lists_write_into_small_buffers(void **state)
{
	struct limits limits = {0};
	char error[8] = "???????";

	assert_int_equal(limits_parse_list("x", &limits, error, 4), -EINVAL);
	assert_string_equal(error, "lim");
	assert_int_equal(error[4], '?');
}

static int check(const char *list, char *error, size_t size)
{
	struct limits limits = {0};

	assert_int_equal(limits_parse_list(list, &limits, error, size), 0);
	return limits_check(&limits, error, size);
}

static void contradictions(void **state)
{
	const struct limits nothing = {0};
	char error[256] = "";

	assert_int_equal(limits_check(&nothing, error, sizeof(error)), 0);
	assert_int_equal(check("cpu=2s,wall=1s", error, sizeof(error)), 0); /* on two CPUs */
	assert_int_equal(check("cpu=2s,wall=1s,cpus=2", error, sizeof(error)), 0);
	assert_int_equal(check("cpu=2s,wall=2s,cpus=1", error, sizeof(error)), 0);
	assert_int_equal(check("cpu=24h,wall=48h,cpus=1024", error, sizeof(error)), 0);
	assert_int_equal(check("cpu=2s,wall=1s,cpus=none", error, sizeof(error)), 0);
	assert_int_equal(check("cpu=2s,wall=1s,cpus=1.5", error, sizeof(error)), -EINVAL);
	assert_string_equal(
		error,
		"cpu=2s cannot be used up within wall=1s at cpus=1.5: raise wall or lower cpu");
	assert_int_equal(check("file-size=1M,disk=1M", error, sizeof(error)), 0);
	assert_int_equal(check("file-size=none,disk=1M", error, sizeof(error)), 0);
	assert_int_equal(check("file-size=2M,disk=1M", error, sizeof(error)), -EINVAL);
	assert_string_equal(error,
			    "file-size=2M is more than disk=1M: lower file-size or raise disk");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(sizes),
		cmocka_unit_test(counts_and_cpus),
		cmocka_unit_test(times_need_a_unit),
		cmocka_unit_test(sizes_have_powers_of_1024),
		cmocka_unit_test(not_numbers),
		cmocka_unit_test(signs_space_and_points),
		cmocka_unit_test(fractions_are_exact_or_refused),
		cmocka_unit_test(zero_is_refused_where_it_is_senseless),
		cmocka_unit_test(huge_numbers),
		cmocka_unit_test(none_where_another_limit_holds),
		cmocka_unit_test(texts_are_short_and_exact),
		cmocka_unit_test(text_is_cut_as_snprintf_does),
		cmocka_unit_test(what_is_printed_is_read),
		cmocka_unit_test(sentences_name_the_range),
		cmocka_unit_test(names_are_whole_words),
		cmocka_unit_test(sets_and_merges),
		cmocka_unit_test(lists),
		cmocka_unit_test(lists_say_what_is_wrong),
		cmocka_unit_test(lists_show_strange_text_escaped),
		cmocka_unit_test(lists_write_into_small_buffers),
		cmocka_unit_test(contradictions),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
