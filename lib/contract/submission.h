/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A submission: files, a policy, and the cases that it is judged against. File contents travel as
 * sealed memfds, so that what is judged cannot change under the judge.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/fd.h"
#include "lib/contract/event.h"
#include "lib/contract/policy.h"

enum {
	SUBMISSION_FILES_MAX = 256,	 /* enough for a project; keeps staging short */
	SUBMISSION_NAME_BYTES_MAX = 255, /* NAME_MAX of tmpfs */
};
#define SUBMISSION_FILE_BYTES_MAX (UINT64_C(64) << 20) /* one source or binary */
#define SUBMISSION_INPUT_BYTES_MAX (UINT64_C(1) << 30) /* one test's input or answer */

/* One file of the submission: a plain name (no '/', not "." or "..") and a sealed memfd. */
struct submission_file {
	char *name;
	int fd;
	uint64_t size;
};

/*
 * One case. Fds are sealed memfds or -EBADF: no input means /dev/null, no answer means exit 0 is AC. Their offsets are
 * shared by everyone who inherits them: a run that reads one sequentially opens it anew (/proc/self/fd/N, O_RDONLY).
 */
struct test_case {
	char *name;
	int input_fd;
	int answer_fd;
};

/* How an answer is compared: the argument vector of the checker program (without its name). */
struct checker_spec {
	char **args; /* "--float-abs=1e-6" ...; NULL: tokens, exact */
};

struct submission {
	struct submission_file *files; /* files[0] is the main source */
	size_t n_files;
	char **args; /* arguments of the program */
	char **env;  /* further "K=V" of the run phase */
	struct test_case *tests;
	size_t n_tests;	      /* at least 1: without --tests there is one case called "1" */
	struct limits limits; /* override the policy's run limits */
	struct checker_spec checker;
	enum trace_level trace_level;
	enum trace_loss on_loss; /* of events */
	bool keep_going;	 /* run every test after a failure too */
};

/* Frees what the submission holds (not the struct itself) and closes its fds. */
void submission_clear(struct submission *submission);

/* Closes the fds of `n` cases, frees what they hold and the array. Returns NULL; `cases` may be NULL. */
struct test_case *test_cases_free(struct test_case *cases, size_t n);

/*
 * Whether `name` can be a submitted file's name: 1 to 255 bytes, no '/', no NUL or control byte, not "." or "..".
 * Leading dashes and spaces are allowed (names are never parsed as options in the sandbox: they are given as ./name).
 */
bool submission_name_ok(const char *name);
