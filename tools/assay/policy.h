/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* `assay policy`: what its verbs share. */

#include <stdio.h>

#include <jansson.h>

#include "lib/contract/policy.h"
#include "supervisor/policy/seccomp-profile.h"

/* A policy and the profiles of its phases; `compile` is NULL when there is no compile step; both
 * NULL leave the profiles' comments out. */
struct policy_view {
	const struct policy *policy;
	const struct seccomp_profile *compile, *run;
};

/*
 * Writes the policy as a file of the policy grammar that needs no bases, hash and profiles as
 * comments. Errors are left in the stream's error flag.
 */
void policy_show_text(const struct policy_view *view, FILE *stream);

/*
 * The same as a JSON object (assay-policy(1)), to be released by the caller; NULL when there is no
 * memory.
 */
json_t *policy_show_json(const struct policy_view *view);

/* Strings as an array; NULL is the empty one. NULL when there is no memory. */
json_t *policy_json_texts(char *const *texts);

/*
 * The needs that are not met on this host (`only_missing`) or all, as an array of
 * {"program","package"}.
 */
json_t *policy_json_needs(const struct policy *policy, bool only_missing);

/* `assay policy learn`, as the member `run` of struct verb. */
int policy_learn(int argc, char **argv);
