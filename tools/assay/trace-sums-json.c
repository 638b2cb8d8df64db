/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Sums as one JSON object for programs: the tables of the text, with numbers in the units of their names. Written straight into the stream, like
 * events, since nothing in it has to be looked up again.
 */

#include "tools/assay/trace-sums.h"

#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/trace/json.h"
#include "tools/assay/trace-facts.h"

static void write_calls(const struct sums *sums, FILE *stream)
{
	const char *separator = "";

	(void)fputs(",\"calls\":[", stream);
	for (size_t i = 0; i <= TRACE_CALLS_MAX; i++) {
		const struct sums_call *call =
			i < TRACE_CALLS_MAX ? &sums->calls[i] : &sums->other_calls;

		if (!call->count)
			continue;
		(void)fprintf(stream, "%s{\"syscall\":", separator);
		trace_json_string(stream, call->call.name, strlen(call->call.name));
		(void)fprintf(stream,
			      ",\"count\":%" PRIu64 ",\"errors\":%" PRIu64 ",\"bytes\":%" PRIu64
			      ",\"time_ns\":%" PRIu64 "}",
			      call->count, call->errors, call->bytes, call->ns);
		separator = ",";
	}
	(void)fputc(']', stream);
}

static void write_tally(const struct tally *tally, const char *name, const char *key, FILE *stream,
			size_t top)
{
	(void)fprintf(stream, ",\"%s\":[", name);
	for (size_t i = 0; i < MIN(tally->n, top); i++) {
		(void)fprintf(stream, "%s{\"%s\":", i ? "," : "", key);
		trace_json_string(stream, tally->rows[i].key, tally->rows[i].key_size);
		(void)fprintf(stream,
			      ",\"count\":%" PRIu64 ",\"errors\":%" PRIu64 ",\"bytes\":%" PRIu64 "}",
			      tally->rows[i].count, tally->rows[i].errors, tally->rows[i].bytes);
	}
	(void)fputc(']', stream);
}

static void write_processes(const struct sums *sums, FILE *stream, size_t top)
{
	(void)fputs(",\"processes\":[", stream);
	for (size_t i = 0; i < MIN((size_t)sums->n_processes, top); i++) {
		const struct sums_process *process = &sums->processes[i];

		(void)fprintf(stream,
			      "%s{\"step\":%" PRIu32 ",\"pid\":%" PRIu32 ",\"parent\":%" PRIu32
			      ",\"program\":",
			      i ? "," : "", process->step, process->pid, process->parent);
		trace_json_string(stream, process->program, process->program_size);
		(void)fprintf(stream, ",\"calls\":%" PRIu64, process->calls);
		if (process->has_ended && WIFSIGNALED(process->status))
			(void)fprintf(stream, ",\"exit_signal\":%d", WTERMSIG(process->status));
		else if (process->has_ended)
			(void)fprintf(stream, ",\"exit_code\":%d", WEXITSTATUS(process->status));
		(void)fputc('}', stream);
	}
	(void)fputc(']', stream);
}

void sums_write_json(const struct sums *sums, FILE *stream, size_t top)
{
	const char *separator = "";

	(void)fprintf(stream,
		      "{\"events\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"steps\":%" PRIu32
		      ",\"bytes\":%" PRIu64 ",\"event_bytes\":%" PRIu64 ",\"kinds\":{",
		      sums->events, sums->lost, sums->steps, sums->bytes, sums->chunk_bytes);
	for (unsigned int kind = 0; kind < EVENT_KIND_MAX; kind++) {
		if (!sums->kinds[kind])
			continue;
		(void)fprintf(stream, "%s\"%s\":%" PRIu64, separator, event_kind_name(kind),
			      sums->kinds[kind]);
		separator = ",";
	}
	(void)fputc('}', stream);
	write_calls(sums, stream);
	write_tally(&sums->files, "files", "path", stream, top);
	write_processes(sums, stream, top);
	write_tally(&sums->network, "network", "what", stream, top);
	write_tally(&sums->denied, "denied", "what", stream, top);
	if (sums->bill.is_there) {
		(void)fputs(",\"gas\":", stream);
		bill_write_json(&sums->bill, stream);
	}
	if (sums->start) {
		(void)fputs(",\"run\":{\"record\":\"start\"", stream);
		facts_write_json(sums->start, stream);
		(void)fputc('}', stream);
	}
	(void)fputs("}\n", stream);
}
