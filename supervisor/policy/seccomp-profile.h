/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A seccomp profile: what each system call answers. Read from YAML (policies/seccomp/NAME.yaml;
 * grammar in policies/README.md), checked against what is closed in every profile, and compiled
 * into a filter for seccomp(2).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/base/fault.h"
#include "lib/contract/policy.h"
#include "supervisor/policy/policy-find.h"
#include "supervisor/policy/seccomp-where.h"
#include "supervisor/policy/yaml-text.h"

enum seccomp_answer {
	SECCOMP_ANSWER_ALLOW,
	SECCOMP_ANSWER_ERRNO, /* the call is not made and returns `error`, or succeeds with 0 */
	SECCOMP_ANSWER_KILL,  /* SECCOMP_RET_USER_NOTIF: the supervisor kills, verdict DJS */
};

struct seccomp_action {
	enum seccomp_answer answer;
	int error; /* positive errno, 0 unless the answer is an errno */
};

/* One system call. With a condition: `then` where it holds, else `action`. Without: `action`. */
struct seccomp_rule {
	char *call;
	int number; /* of this architecture; negative: the call does not exist on it */
	struct seccomp_action action;
	struct seccomp_where *where; /* NULL: no condition */
	struct seccomp_action then;  /* allow, unless the profile says otherwise */
	char *where_text; /* as written, alternatives joined by " or "; NULL: no condition */
	const struct yaml_text *text; /* where it was said: owned by the profile */
	char *path;
};

/* Everything is owned by the profile and read-only outside of seccomp-profile.c. */
struct seccomp_profile {
	char *name;
	char *summary;
	struct seccomp_action unlisted; /* calls that no rule names */
	struct seccomp_rule *rules;	/* sorted by call, no call twice */
	size_t n_rules;
	struct yaml_text *texts[POLICY_EXTENDS_MAX + 1];
	size_t n_texts;
};

/*
 * Loads the profile called `name` from `search` (whose `below` is "/seccomp") and what it extends.
 * 0; -ENOENT with no fault filled when there is no such file; -EINVAL with "FILE:LINE:COLUMN: ...";
 * -ENOMEM. The caller frees *ret_profile.
 */
int seccomp_profile_load(const struct policy_search *search, const char *name,
			 struct seccomp_profile **ret_profile, struct fault *fault);

/*
 * The same from one file; what it extends is looked up in `search`. A file that is not there fills
 * a fault, too.
 */
int seccomp_profile_load_file(const struct policy_search *search, const char *path,
			      struct seccomp_profile **ret_profile, struct fault *fault);

/* The same from memory; `file` names it in messages and must end with its name and ".yaml". */
int seccomp_profile_load_text(const struct policy_search *search, const char *file,
			      const void *data, size_t size, struct seccomp_profile **ret_profile,
			      struct fault *fault);

/* Frees the profile. Returns NULL; `profile` may be NULL. */
struct seccomp_profile *seccomp_profile_free(struct seccomp_profile *profile);

static inline void seccomp_profile_free_ptr(struct seccomp_profile **profile)
{
	(void)seccomp_profile_free(*profile);
}

#define _cleanup_seccomp_profile_ _cleanup_(seccomp_profile_free_ptr)

/* The rule of `call`, or NULL: then `unlisted` is the answer. */
const struct seccomp_rule *seccomp_profile_rule(const struct seccomp_profile *profile,
						const char *call);

/*
 * Compiles the profile for this architecture. 0; -EINVAL with a place when the profile allows what
 * is closed in every profile or forbids what every program needs; -errno. What *ret_filter holds is
 * owned by the caller.
 */
int seccomp_profile_compile(const struct seccomp_profile *profile, struct policy_filter *ret_filter,
			    struct fault *fault);

/* "kill", "allow", or an errno's name. A constant. */
const char *seccomp_action_name(const struct seccomp_action *action);

/* The action called `name`. 0 or -ENOENT. */
int seccomp_action_parse(const char *name, struct seccomp_action *ret_action);

/*
 * Writes every rule as a line, the same on every host: the part of a policy's hash that stands for
 * its profile.
 */
void seccomp_profile_write(const struct seccomp_profile *profile, FILE *stream);
