/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From the names in one directory to the cases that they make. Touches no file. */

#include <stddef.h>

#include "lib/base/fault.h"
#include "lib/base/mem.h"

/* What a file is to its case, by its ending. Bits, so that the parts of a case can be collected. */
enum case_part {
	CASE_PART_NONE = 0,  /* no file of a case */
	CASE_PART_INPUT = 1, /* NAME.in */
	CASE_PART_ANS = 2,   /* NAME.ans */
	CASE_PART_OUT = 4,   /* NAME.out */
};

/* A case: NAME.in and NAME + answer_ending. */
struct case_name {
	char *name;
	const char *answer_ending; /* ".ans" or ".out", constant */
};

/* The files of one directory, collected by case_names_add. {0} is empty. */
struct case_files {
	struct case_file *files;
	size_t n, room;
};

/* What `file_name` is; *ret_length is then the length of NAME. Hidden files (".x.in") are no part of a case. */
enum case_part case_part_of(const char *file_name, size_t *ret_length);

/*
 * Notes one file of the directory; what is no part of a case is passed over. 0; -ENOMEM; -E2BIG when there are more than
 * three for each of TESTSET_CASES_MAX cases; -EINVAL for a name with a control byte.
 */
int case_files_add(struct case_files *files, const char *file_name);

/* Frees the collection and makes it empty. */
void case_files_clear(struct case_files *files);

#define _cleanup_case_files_ _cleanup_(case_files_clear)

/*
 * Sorts the files by name and pairs inputs with answers. `group` ("", "sample/") goes before names in sentences. -EINVAL with
 * a sentence for an input without an answer, an answer without an input, two answers. On success the caller
 * owns the array (case_names_free), which is in version order and NULL when there are none.
 */
int case_files_pair(struct case_files *files, const char *group, struct case_name **ret_names,
		    size_t *ret_n, struct fault *fault);

/* Frees `n` names and the array. Returns NULL. */
struct case_name *case_names_free(struct case_name *names, size_t n);

/*
 * Version order: runs of digits compare as numbers of any length, all else as bytes; "1" < "2" < "10", "a9" < "a10".
 * Names that are equal so ("1", "01") compare as bytes, so that the order is total. As strcmp(3).
 */
int case_name_compare(const char *a, const char *b);
