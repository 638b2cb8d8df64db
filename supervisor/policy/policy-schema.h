/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A policy's file as libcyaml reads it: text only, meaning is given in policy-apply.c. NULL: the
 * key is not there.
 */

#include <cyaml/cyaml.h>

#include "lib/contract/limits.h"

struct policy_mount_doc {
	char *source, *target, *optional;
};

struct policy_need_doc {
	char *program, *package;
};

struct policy_deny_doc {
	char **exec;
	unsigned int exec_count;
	char **open;
	unsigned int open_count;
	char **connect;
	unsigned int connect_count;
};

struct policy_phase_doc {
	char **argv;
	unsigned int argv_count;
	char **env;
	unsigned int env_count;
	struct policy_mount_doc *mounts;
	unsigned int mounts_count;
	char **limits; /* [LIMIT_MAX] */
	char *seccomp, *network, *process_limit;
	struct policy_deny_doc *deny;
};

struct policy_doc {
	char *version, *name, *abstract, *extends, *summary;
	char **extensions;
	unsigned int extensions_count;
	char *source_name, *source_executable, *time_multiplier, *gas;
	struct policy_phase_doc *compile, *run;
	struct policy_need_doc *needs;
	unsigned int needs_count;
};

/* A mapping behind a pointer: struct policy_doc. Any thread. */
const cyaml_schema_value_t *policy_schema(void);
