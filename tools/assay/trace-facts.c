/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Records hold what the supervisor said of a run, and a hostile trace whatever its maker wanted: keys and values are bytes from a file. Both
 * pass through the same doors as names of programs do: show_write() for a terminal, trace_json_string() for JSON.
 */

#include "tools/assay/trace-facts.h"

#include <inttypes.h>
#include <string.h>

#include "lib/trace/json.h"
#include "tools/assay/show.h"

void facts_write_text(const struct trace_record *record, FILE *stream)
{
	for (size_t i = 0; i < record->n; i++) {
		const struct trace_field *field = &record->fields[i];

		(void)fputs("  ", stream);
		show_write(stream, field->key, strlen(field->key), SHOW_LINE);
		(void)fputc(' ', stream);
		if (field->text)
			show_write(stream, field->text, strlen(field->text), SHOW_LINE);
		else
			(void)fprintf(stream, "%" PRIu64, field->number);
		(void)fputc('\n', stream);
	}
}

void facts_write_json(const struct trace_record *record, FILE *stream)
{
	for (size_t i = 0; i < record->n; i++) {
		const struct trace_field *field = &record->fields[i];

		(void)fputc(',', stream);
		trace_json_string(stream, field->key, strlen(field->key));
		(void)fputc(':', stream);
		if (field->text)
			trace_json_string(stream, field->text, strlen(field->text));
		else
			(void)fprintf(stream, "%" PRIu64, field->number);
	}
}
