/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The cases of a problem from a directory: pairs NAME.in and NAME.ans (or NAME.out), in the directory itself and in
 * sample/ and secret/ below it, in version order (1, 2, 10), sample before secret.
 */

#include <stddef.h>

#include "lib/base/fault.h"
#include "lib/contract/submission.h"

enum { TESTSET_CASES_MAX = 10000 };

/*
 * Reads the directory at `path`. Names are "1", "sample/1", "secret/07-big". Files must be regular (symlinks are followed only when
 * they stay below `path`: openat2 RESOLVE_BENEATH); contents are copied into sealed memfds lazily or at once as the
 * size allows: see testset.c. An input without an answer, an answer without an input, both .ans and .out, or
 * an empty directory is -EINVAL with a sentence that names the file and says what is expected.
 * On success the caller owns the array and what is in it (test_cases_free).
 */
int testset_read(const char *path, struct test_case **ret_cases, size_t *ret_n, struct fault *fault);

/* Closes and frees. Returns NULL. */
struct test_case *test_cases_free(struct test_case *cases, size_t n);
