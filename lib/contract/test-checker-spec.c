/* SPDX-License-Identifier: Apache-2.0 */
/* Checker specifications: the arguments that come out, and a sentence for everything that has no meaning. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/strv.h"
#include "lib/contract/checker-spec.h"

/* `expected`: the arguments with spaces between them. */
static void assert_args(const char *text, const char *expected)
{
	_cleanup_checker_spec_ struct checker_spec spec = {0};
	char error[256] = "", joined[512] = "";
	size_t used = 0;

	if (checker_spec_parse(text, &spec, error, sizeof(error)) < 0)
		fail_msg("\"%s\": %s", text, error);
	for (char **arg = spec.args; *arg; arg++) {
		used += (size_t)snprintf(joined + used, sizeof(joined) - used, "%s%s",
					 arg == spec.args ? "" : " ", *arg);
		assert_in_range(used, 0, sizeof(joined) - 1);
	}
	assert_string_equal(joined, expected);
}

static void assert_refused(const char *text, const char *word)
{
	struct checker_spec spec = {0};
	char error[256] = "";

	if (checker_spec_parse(text, &spec, error, sizeof(error)) != -EINVAL)
		fail_msg("\"%s\" was not refused", text);
	assert_null(spec.args);
	if (!strstr(error, word))
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", text, error, word);
}

static void modes(void **state)
{
	assert_args("tokens", "--mode=tokens");
	assert_args("lines", "--mode=lines");
	assert_args("exact", "--mode=exact");
}

static void options(void **state)
{
	assert_args("tokens,ignore-case,float-abs=1e-6,float-rel=1e-6",
		    "--mode=tokens --ignore-case --float-abs=1e-6 --float-rel=1e-6");
	assert_args("tokens,space=strict", "--mode=tokens --space=strict");
	assert_args("lines,ignore-case", "--mode=lines --ignore-case");
}

static void tolerances(void **state)
{
	assert_args("tokens,float-abs=1", "--mode=tokens --float-abs=1");
	assert_args("tokens,float-abs=0.001", "--mode=tokens --float-abs=0.001");
	assert_args("tokens,float-abs=1.5E+2", "--mode=tokens --float-abs=1.5E+2");
	assert_args("tokens,float-abs=1e-300", "--mode=tokens --float-abs=1e-300");
	assert_args("tokens,float-abs=000.0001e-296", "--mode=tokens --float-abs=000.0001e-296");
	assert_args("tokens,float-abs=123456789012345678",
		    "--mode=tokens --float-abs=123456789012345678");
}

static void tolerances_are_positive_and_finite(void **state)
{
	static const char *const bad[] = {"0",
					  "0e5",
					  "0.0",
					  "-1",
					  "+1",
					  "1e1000000000",
					  "nan",
					  "infinity",
					  "inf",
					  "1e",
					  "1e+",
					  "0x1p-3",
					  ".5",
					  ".",
					  "",
					  " 1",
					  "1 ",
					  "1..2",
					  "1d-6",
					  "1.2.3",
					  "1f",
					  "1e5e5",
					  "1;2",
					  "\xd9\xa1",
					  "1.0000000000000000001",
					  "1e99999999999999999999999999"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char text[128];

		(void)snprintf(text, sizeof(text), "tokens,float-rel=%s", bad[i]);
		assert_refused(text, "positive decimal number");
	}
	assert_refused("tokens,float-rel", "write float-rel=E");
}

static void unknown_words_list_what_there_is(void **state)
{
	assert_refused("", "tokens, lines or exact");
	assert_refused("token", "tokens, lines or exact");
	assert_refused("Tokens", "tokens, lines or exact");
	assert_refused("diff", "\"diff\"");
	assert_refused("ignore-case", "write a mode first");
	assert_refused("--mode=tokens", "write a mode first");
	assert_refused("tokens,", "no such option");
	assert_refused("tokens,,ignore-case", "no such option");
	assert_refused("tokens,case", "ignore-case, space=strict, float-abs=E or float-rel=E");
	assert_refused("tokens,lines", "\"lines\"");
	assert_refused("tokens, ignore-case", "\" ignore-case\"");
	assert_refused("tokens,--ignore-case", "no such option");
	assert_refused("tokens,float-abs=1e-6\n", "1e-6\\n");
	assert_refused("tokens,\x1b[2J", "\\x1b[2J");
}

static void options_without_effect(void **state)
{
	assert_refused("exact,ignore-case", "mode exact does not know ignore-case");
	assert_refused("exact,float-abs=1", "mode exact does not know float-abs");
	assert_refused("lines,float-rel=1", "mode lines does not know float-rel");
	assert_refused("lines,space=strict", "mode lines does not know space");
	assert_refused("tokens,ignore-case,ignore-case", "given twice");
	assert_refused("tokens,float-abs=1,float-abs=2", "given twice");
	assert_refused("tokens,ignore-case=1", "takes no value");
	assert_refused("tokens,ignore-case=", "takes no value");
	assert_refused("tokens,space", "write space=strict");
	assert_refused("tokens,space=", "write space=strict");
	assert_refused("tokens,space=strictly", "write space=strict");
}

static void long_text(void **state)
{
	char text[CHECKER_SPEC_BYTES_MAX + 2] = "tokens,float-abs=1";
	struct checker_spec spec = {0};
	char error[256];

	memset(text + strlen(text), '0', sizeof(text) - strlen(text) - 1);
	assert_refused(text, "longer than");
	text[CHECKER_SPEC_BYTES_MAX] = '\0';
	assert_int_equal(checker_spec_parse(text, &spec, error, sizeof(error)), 0);
	assert_int_equal(strlen(spec.args[1]), CHECKER_SPEC_BYTES_MAX - strlen("tokens,") + 2);
	checker_spec_clear(&spec);
	assert_null(spec.args);
	checker_spec_clear(&spec);
}

static void small_error_buffers(void **state)
{
	struct checker_spec spec = {0};
	char error[8] = "???????";

	assert_int_equal(checker_spec_parse("x", &spec, error, 4), -EINVAL);
	assert_int_equal(strlen(error), 3);
	assert_int_equal(error[4], '?');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes),
		cmocka_unit_test(options),
		cmocka_unit_test(tolerances),
		cmocka_unit_test(tolerances_are_positive_and_finite),
		cmocka_unit_test(unknown_words_list_what_there_is),
		cmocka_unit_test(options_without_effect),
		cmocka_unit_test(long_text),
		cmocka_unit_test(small_error_buffers),
	};

	return cmocka_run_group_tests_name("checker-spec", tests, NULL, NULL);
}
