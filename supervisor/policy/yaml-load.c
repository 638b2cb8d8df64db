/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: libcyaml reports an error as lines of a log: one that says what it met, then a
 * back-trace from the inside to the outside, "in mapping field 'run' (line: 3, column: 3)". Its
 * positions are those of the event before the bad one, and it does not say what would have been
 * right.
 *
 * Design: the log callback keeps the first message and builds the path of the bad node from the
 * back-trace. The index of yaml-text.c then gives the exact place, and a walk over the schema along
 * the same path gives the sentence of what was expected. A message of libcyaml that is not
 * understood is passed on as it is.
 */

#include "supervisor/policy/yaml-text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LAYER "policy"

/* What the log said, gathered over several calls. */
struct complaint {
	char what[256];
	char steps[YAML_DEPTH_MAX][YAML_KEY_BYTES_MAX + 2]; /* innermost first: "run" or "[2]" */
	size_t n_steps;
};

static bool text_between(const char *text, const char *before, char *buffer, size_t size)
{
	const char *start = strstr(text, before), *end;

	if (!start)
		return false;
	start += strlen(before);
	end = strchr(start, '\'');
	if (!end || (size_t)(end - start) >= size)
		return false;
	(void)snprintf(buffer, size, "%.*s", (int)(end - start), start);
	return true;
}

static void on_back_trace(struct complaint *complaint, const char *line)
{
	size_t size = sizeof(complaint->steps[0]);
	char *step, number[16];

	if (complaint->n_steps == YAML_DEPTH_MAX)
		return;
	step = complaint->steps[complaint->n_steps];
	if (text_between(line, "in mapping field '", step, size)) {
		complaint->n_steps++;
	} else if (text_between(line, "in sequence entry '", number, sizeof(number))) {
		/*
		 * libcyaml counts from 1 what it has begun to read, and from 0 what is one too
		 * many, which is said of the innermost list.
		 */
		unsigned long entry = strtoul(number, NULL, 10);

		if (entry > 0 && (complaint->n_steps > 0 || !strstr(complaint->what, "entries")))
			entry--;
		(void)snprintf(step, size, "[%lu]", entry);
		complaint->n_steps++;
	}
}

_printf_(3, 0) static void on_log(cyaml_log_t level, void *context, const char *format, va_list args)
{
	struct complaint *complaint = context;
	char line[512];

	(void)level;
	(void)vsnprintf(line, sizeof(line), format, args);
	line[strcspn(line, "\n")] = '\0';
	if (line[0] == ' ' || strncmp(line, "Load:   in ", 11) == 0)
		on_back_trace(complaint, line);
	else if (complaint->what[0] == '\0' && !strstr(line, "Backtrace"))
		(void)snprintf(complaint->what, sizeof(complaint->what), "%.255s",
			       strncmp(line, "Load: ", 6) == 0 ? line + 6 : line);
}

/* The path in the form of the index: "run.mounts[0]". */
static void complaint_path(const struct complaint *complaint, char *path, size_t size)
{
	size_t at = 0;

	path[0] = '\0';
	for (size_t i = complaint->n_steps; i-- > 0 && at < size;) {
		const char *step = complaint->steps[i];

		at += (size_t)snprintf(path + at, size - at, "%s%s",
				       at > 0 && step[0] != '[' ? "." : "", step);
	}
}

static const cyaml_schema_value_t *schema_field(const cyaml_schema_value_t *value, const char *key)
{
	if (value->type != CYAML_MAPPING)
		return NULL;
	for (const cyaml_schema_field_t *field = value->mapping.fields; field->key; field++)
		if (strcmp(field->key, key) == 0)
			return &field->value;
	return NULL;
}

/* The schema of the node that the complaint is about. */
static const cyaml_schema_value_t *schema_at(const cyaml_schema_value_t *schema,
					     const struct complaint *complaint)
{
	for (size_t i = complaint->n_steps; i-- > 0 && schema;) {
		const char *step = complaint->steps[i];

		if (step[0] != '[')
			schema = schema_field(schema, step);
		else
			schema = schema->type == CYAML_SEQUENCE ? schema->sequence.entry : NULL;
	}
	return schema;
}

static void list_keys(const cyaml_schema_value_t *schema, char *buffer, size_t size)
{
	size_t at = 0;

	buffer[0] = '\0';
	for (const cyaml_schema_field_t *field = schema->mapping.fields; field->key && at < size;
	     field++)
		at += (size_t)snprintf(buffer + at, size - at, "%s%s", at ? ", " : "", field->key);
}

static void list_words(const cyaml_schema_value_t *schema, char *buffer, size_t size)
{
	size_t at = 0;

	buffer[0] = '\0';
	for (uint32_t i = 0; i < schema->enumeration.count && at < size; i++)
		at += (size_t)snprintf(buffer + at, size - at, "%s%s", at ? " or " : "",
				       schema->enumeration.strings[i].str);
}

/* What a value of this schema looks like, for "expected ...". */
static void describe(const cyaml_schema_value_t *schema, char *buffer, size_t size)
{
	switch (schema->type) {
	case CYAML_STRING:
		(void)snprintf(buffer, size, "text of %u to %u bytes", schema->string.min,
			       schema->string.max);
		break;
	case CYAML_SEQUENCE:
		(void)snprintf(buffer, size, "a list of %u to %u entries", schema->sequence.min,
			       schema->sequence.max);
		break;
	case CYAML_MAPPING:
		(void)snprintf(buffer, size, "a mapping of keys to values");
		break;
	case CYAML_ENUM:
		list_words(schema, buffer, size);
		break;
	default:
		(void)snprintf(buffer, size, "another kind of value");
	}
}

static int translate_key(const struct yaml_text *text, const cyaml_schema_value_t *schema,
			 const struct complaint *complaint, const char *path, struct fault *fault)
{
	const char *colon = strrchr(complaint->what, ':');
	const char *key = colon && colon[1] == ' ' ? colon + 2 : "?";
	char place[YAML_PATH_BYTES + YAML_KEY_BYTES_MAX + 2], keys[320] = "";

	(void)snprintf(place, sizeof(place), "%s%s%s", path, path[0] ? "." : "", key);
	if (schema && schema->type == CYAML_MAPPING)
		list_keys(schema, keys, sizeof(keys));
	return yaml_text_fault_key(text, fault, place, "unknown key '%s'; expected one of %s", key,
				   keys);
}

/* A complaint about the number of entries is about the list; libcyaml is inside of its last entry. */
static void leave_entry(struct complaint *complaint)
{
	if (complaint->n_steps == 0 || complaint->steps[0][0] != '[')
		return;
	complaint->n_steps--;
	memmove(complaint->steps[0], complaint->steps[1],
		complaint->n_steps * sizeof(complaint->steps[0]));
}

static int translate(const struct yaml_text *text, const cyaml_schema_value_t *top,
		     cyaml_err_t error, struct complaint *complaint, struct fault *fault)
{
	const cyaml_schema_value_t *schema;
	char path[YAML_PATH_BYTES], expected[128];

	if (error == CYAML_ERR_SEQUENCE_ENTRIES_MIN || error == CYAML_ERR_SEQUENCE_ENTRIES_MAX)
		leave_entry(complaint);
	schema = schema_at(top, complaint);

	complaint_path(complaint, path, sizeof(path));
	if (error == CYAML_ERR_INVALID_KEY)
		return translate_key(text, schema, complaint, path, fault);
	if (!schema)
		return yaml_text_fault(text, fault, path, "%s", complaint->what);
	describe(schema, expected, sizeof(expected));
	switch (error) {
	case CYAML_ERR_INVALID_VALUE:
		return yaml_text_fault(text, fault, path, "wrong kind of value; expected %s",
				       expected);
	case CYAML_ERR_STRING_LENGTH_MIN:
	case CYAML_ERR_SEQUENCE_ENTRIES_MIN:
		return yaml_text_fault(text, fault, path, "empty; expected %s", expected);
	case CYAML_ERR_STRING_LENGTH_MAX:
		return yaml_text_fault(text, fault, path, "too long; expected %s", expected);
	case CYAML_ERR_SEQUENCE_ENTRIES_MAX:
		return yaml_text_fault(text, fault, path, "too many entries; expected %s", expected);
	default:
		return yaml_text_fault(text, fault, path, "%s (%s)",
				       complaint->what[0] ? complaint->what : "unreadable",
				       cyaml_strerror(error));
	}
}

static const cyaml_config_t config = {
	.log_fn = on_log,
	.mem_fn = cyaml_mem,
	.log_level = CYAML_LOG_ERROR,
	.flags = CYAML_CFG_NO_ALIAS,
};

int yaml_text_load(const struct yaml_text *text, const cyaml_schema_value_t *schema,
		   void **ret_data, struct fault *fault)
{
	struct complaint complaint = {.n_steps = 0};
	cyaml_config_t with_context = config;
	cyaml_data_t *data = NULL;
	const char *bytes;
	cyaml_err_t error;
	size_t size;

	with_context.log_ctx = &complaint;
	bytes = yaml_text_data(text, &size);
	error = cyaml_load_data((const uint8_t *)bytes, size, &with_context, schema, &data, NULL);
	if (error == CYAML_ERR_OOM)
		return fault_set(fault, -ENOMEM, LAYER, "cannot read %s", yaml_text_file(text));
	if (error != CYAML_OK)
		return translate(text, schema, error, &complaint, fault);
	if (!data)
		return yaml_text_fault(text, fault, "",
				       "empty file; expected a mapping of keys to values");
	*ret_data = data;
	return 0;
}

void yaml_text_unload(const cyaml_schema_value_t *schema, void *data)
{
	(void)cyaml_free(&config, schema, data, 0);
}
