/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: what a person reads is whole, valid UTF-8 and keeps the system's reason, however long a name is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "lib/base/escape.h"
#include "lib/base/fault.h"

static void returns_the_error(void **state)
{
	struct fault fault = {0};

	assert_int_equal(fault_set(&fault, -ENOENT, "cgroup", "cannot open %s", "x"), -ENOENT);
	assert_int_equal(fault.error, -ENOENT);
	assert_string_equal(fault.layer, "cgroup");
	assert_string_equal(fault.text, "cannot open x: No such file or directory");
	assert_int_equal(fault_set(NULL, -EIO, "x", "%d", 1), -EIO);
	assert_int_equal(fault_say(NULL, -EIO, "x", "%d", 1), -EIO);
}

static void say_adds_nothing(void **state)
{
	struct fault fault = {0};

	assert_int_equal(fault_say(&fault, -EINVAL, "policy", "line %d", 3), -EINVAL);
	assert_string_equal(fault.text, "line 3");
}

static void unknown_errors_have_a_number(void **state)
{
	struct fault fault = {0};

	assert_int_equal(fault_set(&fault, -9999, "x", "it failed"), -9999);
	assert_string_equal(fault.text, "it failed: error 9999");
}

static void long_text_keeps_the_reason(void **state)
{
	struct fault fault = {0};
	char name[4096];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)fault_set(&fault, -EACCES, "a-layer-with-a-name-that-is-far-too-long", "%s", name);
	assert_int_equal(strlen(fault.text), FAULT_TEXT_BYTES - 1);
	assert_non_null(strstr(fault.text, "nnn: Permission denied"));
	assert_int_equal(strlen(fault.layer), FAULT_LAYER_BYTES - 1);
}

static void assert_utf8(const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		size_t n = utf8_length(text, left);

		assert_true(n > 0);
		text += n;
		left -= n;
	}
}

/* Every length of text around the cut, so that it falls on every byte of a 3-byte character. */
static void cuts_between_characters(void **state)
{
	char name[FAULT_TEXT_BYTES * 2];

	for (size_t shift = 0; shift < 3; shift++) {
		struct fault fault = {0};
		size_t n = shift;

		memset(name, 'n', n);
		for (; n + 3 < sizeof(name); n += 3)
			memcpy(name + n, "\xe2\x82\xac", 3);
		name[n] = '\0';
		(void)fault_say(&fault, -EINVAL, "x", "%s", name);
		assert_true(strlen(fault.text) >= FAULT_TEXT_BYTES - 3);
		assert_utf8(fault.text);
		(void)fault_set(&fault, -EINVAL, "x", "%s", name);
		assert_true(strlen(fault.text) >= FAULT_TEXT_BYTES - 3);
		assert_utf8(fault.text);
	}
}

static void reason_fits_exactly(void **state)
{
	char name[FAULT_TEXT_BYTES];

	for (size_t n = FAULT_TEXT_BYTES - 40; n < FAULT_TEXT_BYTES; n++) {
		struct fault fault = {0};

		memset(name, 'n', n);
		name[n] = '\0';
		(void)fault_set(&fault, -EPERM, "x", "%s", name);
		assert_non_null(strstr(fault.text, "n: Operation not permitted"));
		assert_int_equal(strlen(strstr(fault.text, ": ")),
				 strlen(": Operation not permitted"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(returns_the_error),
		cmocka_unit_test(say_adds_nothing),
		cmocka_unit_test(unknown_errors_have_a_number),
		cmocka_unit_test(long_text_keeps_the_reason),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(reason_fits_exactly),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
