/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A seccomp profile's file as libcyaml reads it: text only, meaning is given in seccomp-profile.c.
 */

#include <cyaml/cyaml.h>

struct seccomp_calls_doc {
	char *error;
	char **calls;
	unsigned int calls_count;
};

struct seccomp_condition_doc {
	char *call;
	char **where;
	unsigned int where_count;
	char *then, *otherwise;
};

struct seccomp_doc {
	char *version, *name, *summary, *extends, *unlisted;
	char **allow;
	unsigned int allow_count;
	char **kill;
	unsigned int kill_count;
	struct seccomp_calls_doc *errors;
	unsigned int errors_count;
	struct seccomp_condition_doc *conditions;
	unsigned int conditions_count;
};

/* A mapping behind a pointer: struct seccomp_doc. */
extern const cyaml_schema_value_t seccomp_schema;
