/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: the shape of a policy's file, as a table.
 *
 * Design: every key is optional to libcyaml and every scalar is text, since libcyaml reads `yes` as
 * a number of its own and does not say where a missing key was expected; both are checked by who
 * gives the text its meaning. The keys below `limits` are those of lib/contract/limits.h, so the
 * rows are made when they are first asked for.
 */

#include "supervisor/policy/policy-schema.h"

#include <pthread.h>

#include "supervisor/policy/policy-find.h"

enum {
	ARGS_MAX = 64,
	ENV_MAX = 64,
	MOUNTS_MAX = 64, /* each costs 7 us at the start of a sandbox */
	EXTENSIONS_MAX = 16,
	EXTENSION_BYTES_MAX = 16,
	NEEDS_MAX = 16,
	DENY_PATHS_MAX = 64, /* each costs some 5 us at the start and at the end of a step */
	DENY_PEERS_MAX = 4,
	TEXT_BYTES_MAX = 1024, /* one argument or one NAME=VALUE */
	PATH_BYTES_MAX = 1024,
	SUMMARY_BYTES_MAX = 200,
	SOURCE_NAME_BYTES_MAX = 64,
	WORD_BYTES_MAX = 32,
};

/* An optional scalar. */
#define TEXT(key, type, member, max) \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_OPTIONAL, type, member, 1, max)
/* An optional list; the member's count is called member_count. */
#define LIST(key, type, member, entry, max)                                                      \
	CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, entry, \
			     1, max)

static const cyaml_schema_value_t text_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, TEXT_BYTES_MAX),
};

static const cyaml_schema_value_t extension_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, EXTENSION_BYTES_MAX),
};

static const cyaml_schema_field_t mount_fields[] = {
	TEXT("source", struct policy_mount_doc, source, PATH_BYTES_MAX),
	TEXT("target", struct policy_mount_doc, target, PATH_BYTES_MAX),
	TEXT("optional", struct policy_mount_doc, optional, WORD_BYTES_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t mount_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct policy_mount_doc, mount_fields),
};

static const cyaml_schema_field_t need_fields[] = {
	TEXT("program", struct policy_need_doc, program, PATH_BYTES_MAX),
	TEXT("package", struct policy_need_doc, package, SUMMARY_BYTES_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t need_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct policy_need_doc, need_fields),
};

static const cyaml_schema_value_t path_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, PATH_BYTES_MAX),
};

static const cyaml_schema_value_t word_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, WORD_BYTES_MAX),
};

static const cyaml_schema_field_t deny_fields[] = {
	LIST("exec", struct policy_deny_doc, exec, &path_schema, DENY_PATHS_MAX),
	LIST("open", struct policy_deny_doc, open, &path_schema, DENY_PATHS_MAX),
	LIST("connect", struct policy_deny_doc, connect, &word_schema, DENY_PEERS_MAX),
	CYAML_FIELD_END,
};

/* struct policy_phase_doc.limits is an array of LIMIT_MAX texts; made by make_limit_fields. */
static cyaml_schema_field_t limit_fields[LIMIT_MAX + 1];

static const cyaml_schema_field_t phase_fields[] = {
	LIST("argv", struct policy_phase_doc, argv, &text_schema, ARGS_MAX),
	LIST("env", struct policy_phase_doc, env, &text_schema, ENV_MAX),
	LIST("mounts", struct policy_phase_doc, mounts, &mount_schema, MOUNTS_MAX),
	{
		.key = "limits",
		.data_offset = offsetof(struct policy_phase_doc, limits),
		.value = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
					      char *[LIMIT_MAX], limit_fields)},
	},
	TEXT("seccomp", struct policy_phase_doc, seccomp, WORD_BYTES_MAX),
	TEXT("network", struct policy_phase_doc, network, WORD_BYTES_MAX),
	TEXT("process-limit", struct policy_phase_doc, process_limit, WORD_BYTES_MAX),
	CYAML_FIELD_MAPPING_PTR("deny", CYAML_FLAG_OPTIONAL, struct policy_phase_doc, deny,
				deny_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t fields[] = {
	TEXT("version", struct policy_doc, version, WORD_BYTES_MAX),
	TEXT("name", struct policy_doc, name, POLICY_NAME_BYTES_MAX),
	TEXT("abstract", struct policy_doc, abstract, WORD_BYTES_MAX),
	TEXT("extends", struct policy_doc, extends, POLICY_NAME_BYTES_MAX),
	TEXT("summary", struct policy_doc, summary, SUMMARY_BYTES_MAX),
	LIST("extensions", struct policy_doc, extensions, &extension_schema, EXTENSIONS_MAX),
	TEXT("source-name", struct policy_doc, source_name, SOURCE_NAME_BYTES_MAX),
	TEXT("source-executable", struct policy_doc, source_executable, WORD_BYTES_MAX),
	TEXT("time-multiplier", struct policy_doc, time_multiplier, WORD_BYTES_MAX),
	TEXT("gas", struct policy_doc, gas, WORD_BYTES_MAX),
	CYAML_FIELD_MAPPING_PTR("compile", CYAML_FLAG_OPTIONAL, struct policy_doc, compile,
				phase_fields),
	CYAML_FIELD_MAPPING_PTR("run", CYAML_FLAG_OPTIONAL, struct policy_doc, run, phase_fields),
	LIST("needs", struct policy_doc, needs, &need_schema, NEEDS_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct policy_doc, fields),
};

static void make_limit_fields(void)
{
	for (unsigned int key = 0; key < LIMIT_MAX; key++) {
		limit_fields[key] = (cyaml_schema_field_t){
			.key = limit_info((enum limit_key)key)->name,
			.data_offset = (uint32_t)(key * sizeof(char *)),
			.value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, char,
						     1, WORD_BYTES_MAX)},
		};
	}
}

const cyaml_schema_value_t *policy_schema(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, make_limit_fields);
	return &schema;
}
