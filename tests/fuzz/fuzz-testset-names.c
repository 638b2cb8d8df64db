/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file names of a test set, one on each line of the input. Version order is a total order; what pairs comes out in it,
 * each name once; what does not pair has a sentence.
 */

#include "lib/testset/case-names.h"
#include "tests/fuzz/fuzz.h"

enum { NAMES_MAX = 64 }; /* the order is tried on triples */

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void check_order(char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			int order = case_name_compare(names[i], names[j]);

			REQUIRE((order == 0) == (strcmp(names[i], names[j]) == 0));
			REQUIRE(sign(order) == -sign(case_name_compare(names[j], names[i])));
			for (size_t k = 0; order < 0 && k < n; k++)
				REQUIRE(case_name_compare(names[j], names[k]) >= 0 ||
					case_name_compare(names[i], names[k]) < 0);
		}
	}
}

static void check_pairs(char *const *names, size_t n)
{
	_cleanup_case_files_ struct case_files files = {0};
	struct case_name *cases = NULL;
	struct fault fault = {0};
	size_t n_cases = 0;

	for (size_t i = 0; i < n; i++) {
		size_t length = 0;
		int r = case_files_add(&files, names[i]);

		REQUIRE(r == 0 || case_part_of(names[i], &length) != CASE_PART_NONE);
	}
	if (case_files_pair(&files, "secret/", &cases, &n_cases, &fault) < 0) {
		REQUIRE(!cases && fuzz_clean_line(fault.text));
		return;
	}
	REQUIRE(2 * n_cases <= n);
	for (size_t i = 0; i < n_cases; i++) {
		REQUIRE(fuzz_clean_line(cases[i].name) || strlen(cases[i].name) > 0);
		REQUIRE(i == 0 || case_name_compare(cases[i - 1].name, cases[i].name) < 0);
	}
	(void)case_names_free(cases, n_cases);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_string(data, size);
	char *names[NAMES_MAX], *rest = text, *name;
	size_t n = 0;

	while (n < NAMES_MAX && (name = strsep(&rest, "\n")))
		names[n++] = name;
	check_order(names, n);
	check_pairs(names, n);
	return 0;
}
