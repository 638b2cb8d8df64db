/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a submission and of its cases, and what a submitted file may be called.
 *
 * Names are the one part of a submission that the supervisor itself handles as text: they become names in the work
 * directory, arguments of compilers and words of messages. A name with '/' would leave the directory, one with a newline
 * would forge a line of a log; both are refused here, once, for every way in which a submission arrives. All other
 * bytes are let through, since programming languages and people use them.
 *
 * Invariant: after a clear the struct is what {0} is, except that fds inside were closed exactly once.
 */

#include "lib/contract/submission.h"

#include <string.h>

#include "lib/base/strv.h"
#include "lib/contract/checker-spec.h"

bool submission_name_ok(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length > SUBMISSION_NAME_BYTES_MAX)
		return false;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (const char *p = name; *p; p++) {
		unsigned char byte = (unsigned char)*p;

		if (byte == '/' || byte < 0x20 || byte == 0x7f)
			return false;
	}
	return true;
}

struct test_case *test_cases_free(struct test_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(cases[i].name);
		(void)fd_close(cases[i].input_fd);
		(void)fd_close(cases[i].answer_fd);
	}
	free(cases);
	return NULL;
}

void submission_clear(struct submission *submission)
{
	for (size_t i = 0; i < submission->n_files; i++) {
		free(submission->files[i].name);
		(void)fd_close(submission->files[i].fd);
	}
	free(submission->files);
	(void)strv_free(submission->args);
	(void)strv_free(submission->env);
	(void)test_cases_free(submission->tests, submission->n_tests);
	checker_spec_clear(&submission->checker);
	*submission = (struct submission){0};
}
