/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SPEC of --checker. What is accepted becomes arguments that are its own words, and each tolerance among them is one that
 * the checker reads; what is refused has a sentence.
 */

#include "checker/tolerance.h"
#include "lib/contract/checker-spec.h"
#include "tests/fuzz/fuzz.h"

/* The words of `text` are the arguments without their dashes. */
static void check_arguments(const char *text, char *const *args)
{
	static const char mode[] = "--mode=", abs[] = "--float-abs=", rel[] = "--float-rel=";
	struct tolerance tolerance;

	REQUIRE(strncmp(args[0], mode, strlen(mode)) == 0);
	for (size_t i = 0; args[i]; i++) {
		const char *word = args[i] + (i == 0 ? strlen(mode) : 2);
		size_t length = strlen(word);

		REQUIRE(strncmp(args[i], "--", 2) == 0);
		REQUIRE(strncmp(text, word, length) == 0);
		text += length;
		REQUIRE(*text == (args[i + 1] ? ',' : '\0'));
		text += *text != '\0';
		if (strncmp(args[i], abs, strlen(abs)) == 0 ||
		    strncmp(args[i], rel, strlen(rel)) == 0)
			REQUIRE(tolerance_parse(args[i] + strlen(abs),
						strlen(args[i] + strlen(abs)), &tolerance));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_string(data, size);
	_cleanup_checker_spec_ struct checker_spec spec = {0};
	char error[256] = "";

	if (checker_spec_parse(text, &spec, error, sizeof(error)) == 0)
		check_arguments(text, spec.args);
	else
		REQUIRE(!spec.args && fuzz_clean_line(error));
	return 0;
}
