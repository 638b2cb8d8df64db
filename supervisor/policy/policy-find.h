/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the file of a name lies, and what a name may be. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/fault.h"
#include "supervisor/policy/policy-load.h"

enum {
	POLICY_NAME_BYTES_MAX = 32, /* fits a column of `assay policy list` */
	POLICY_EXTENDS_MAX = 8,	    /* files in one chain of `extends`; two or three are usual */
};

/* Which file something was read from, whatever its path is called. */
struct policy_file_id {
	dev_t device;
	ino_t inode;
};

/* Where to look, in this order. The same for every name in a policy and its bases. */
struct policy_search {
	const char *beside; /* directory of the policy that was asked for by path; NULL: by name */
	const struct policy_dirs *dirs;
	const char *below; /* "" for policies, "/seccomp" for profiles, "/gas" for schedules */
};

/*
 * Whether `name` can be a policy's or a profile's name: a-z 0-9 and dashes, beginning with a
 * letter, 1 to 32 bytes.
 */
bool policy_name_ok(const char *name);

/*
 * Finds NAME.yaml, leaving out the file `except` (may be NULL), so that a file can extend the one
 * of the same name in a later directory. 0, -ENOENT (no fault is filled: the caller knows who
 * asked), or -ENOMEM. The caller frees *ret_path.
 */
int policy_find(const struct policy_search *search, const char *name,
		const struct policy_file_id *except, char **ret_path, struct policy_file_id *ret_id);

/*
 * The names of all files in the directories, sorted, each once (`beside` is not looked at). 0 or -errno with a fault. The caller
 * frees with strv_free.
 */
int policy_find_all(const struct policy_search *search, char ***ret_names, struct fault *fault);

/* Whether what a person wrote is a file ("x/y", "y.yaml") and not a name. */
bool policy_is_path(const char *text);

/* The id of the file at `path`. 0 or -errno. */
int policy_file_id(const char *path, struct policy_file_id *ret_id);

/* Whether the two are one file. */
static inline bool policy_file_same(const struct policy_file_id *a, const struct policy_file_id *b)
{
	return a->device == b->device && a->inode == b->inode;
}

/*
 * The directory part of `path` ("." when there is none), to be freed; NULL when there is no memory.
 */
char *policy_directory_of(const char *path);

/* The NAME of ".../NAME.yaml" or ".../NAME", to be freed; NULL when there is no memory. */
char *policy_stem_of(const char *path);
