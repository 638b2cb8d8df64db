/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: the shape of a profile's file, as a table.
 *
 * Design: every key is optional to libcyaml and every scalar is text, since libcyaml reads `yes` as
 * a number of its own and does not say where a missing key was expected; both are checked by who
 * gives the text its meaning.
 */

#include "supervisor/policy/seccomp-schema.h"

enum {
	CALLS_MAX = 512,     /* the kernel has about 380 */
	CALL_BYTES_MAX = 32, /* the longest is set_mempolicy_home_node */
	WHERE_BYTES_MAX = 512,
	WHERES_MAX = 32,
	WORD_BYTES_MAX = 32,
	SUMMARY_BYTES_MAX = 200,
};

static const cyaml_schema_value_t call_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CALL_BYTES_MAX),
};

static const cyaml_schema_value_t where_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, WHERE_BYTES_MAX),
};

static const cyaml_schema_field_t calls_fields[] = {
	CYAML_FIELD_STRING_PTR("errno", CYAML_FLAG_OPTIONAL, struct seccomp_calls_doc, error, 1,
			       WORD_BYTES_MAX),
	CYAML_FIELD_SEQUENCE("calls", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct seccomp_calls_doc, calls, &call_schema, 1, CALLS_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t calls_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct seccomp_calls_doc, calls_fields),
};

static const cyaml_schema_field_t condition_fields[] = {
	CYAML_FIELD_STRING_PTR("call", CYAML_FLAG_OPTIONAL, struct seccomp_condition_doc, call, 1,
			       CALL_BYTES_MAX),
	CYAML_FIELD_SEQUENCE("where", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct seccomp_condition_doc, where, &where_schema, 1, WHERES_MAX),
	CYAML_FIELD_STRING_PTR("then", CYAML_FLAG_OPTIONAL, struct seccomp_condition_doc, then, 1,
			       WORD_BYTES_MAX),
	CYAML_FIELD_STRING_PTR("otherwise", CYAML_FLAG_OPTIONAL, struct seccomp_condition_doc,
			       otherwise, 1, WORD_BYTES_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t condition_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct seccomp_condition_doc, condition_fields),
};

static const cyaml_schema_field_t fields[] = {
	CYAML_FIELD_STRING_PTR("version", CYAML_FLAG_OPTIONAL, struct seccomp_doc, version, 1,
			       WORD_BYTES_MAX),
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_OPTIONAL, struct seccomp_doc, name, 1,
			       WORD_BYTES_MAX),
	CYAML_FIELD_STRING_PTR("summary", CYAML_FLAG_OPTIONAL, struct seccomp_doc, summary, 1,
			       SUMMARY_BYTES_MAX),
	CYAML_FIELD_STRING_PTR("extends", CYAML_FLAG_OPTIONAL, struct seccomp_doc, extends, 1,
			       WORD_BYTES_MAX),
	CYAML_FIELD_STRING_PTR("unlisted", CYAML_FLAG_OPTIONAL, struct seccomp_doc, unlisted, 1,
			       WORD_BYTES_MAX),
	CYAML_FIELD_SEQUENCE("allow", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct seccomp_doc,
			     allow, &call_schema, 1, CALLS_MAX),
	CYAML_FIELD_SEQUENCE("kill", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct seccomp_doc,
			     kill, &call_schema, 1, CALLS_MAX),
	CYAML_FIELD_SEQUENCE("errors", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct seccomp_doc,
			     errors, &calls_schema, 1, CALLS_MAX),
	CYAML_FIELD_SEQUENCE("conditions", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct seccomp_doc, conditions, &condition_schema, 1, CALLS_MAX),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t seccomp_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct seccomp_doc, fields),
};
