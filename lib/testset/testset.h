/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The cases of a problem from a directory: pairs NAME.in and NAME.ans (or NAME.out), in the directory itself and in
 * sample/ and secret/ below it, in version order (1, 2, 10), the directory's own first, then sample, then secret.
 */

#include <stddef.h>

#include "lib/base/fault.h"
#include "lib/contract/submission.h"

enum { TESTSET_CASES_MAX = 10000 };
#define TESTSET_BYTES_MAX \
	(UINT64_C(1) << 30) /* of all inputs and answers together: they are held in memory */

/*
 * Reads the directory at `path`. Names are "1", "sample/1", "secret/07-big". Files must be regular (symlinks are followed only when
 * they stay below `path`: openat2 RESOLVE_BENEATH); contents are copied into sealed memfds at once. Hidden files and files with
 * other endings are passed over; so are other directories, except in sample/ and secret/, where one is refused.
 *
 * An input without an answer, an answer without an input, both .ans and .out, a name with a control character, something that
 * is no regular file, a symlink out of the directory or a directory without cases is -EINVAL with a sentence that names the
 * file and says what is expected; -E2BIG over TESTSET_CASES_MAX, -EFBIG over TESTSET_BYTES_MAX, -EMFILE when the hard limit
 * of open files is too low for two a case (the soft one is raised), -ENOTDIR, or another -errno; all with a sentence.
 * On success the caller owns the array of at least one case and what is in it (test_cases_free).
 */
int testset_read(const char *path, struct test_case **ret_cases, size_t *ret_n, struct fault *fault);
