/* SPDX-License-Identifier: Apache-2.0 */

/*
 * OpenTelemetry's spans in the JSON form of OTLP. A thread is a span under its parent's, a call is a span under its thread's. Spans are
 * written when they end, which the protocol allows in any order. The trace id is the run's id; span ids count.
 *
 * Source: opentelemetry-proto, opentelemetry/proto/trace/v1/trace.proto; OTLP specification, "JSON Protobuf Encoding".
 */

#include "tools/assay/trace-export.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/trace/decimal.h"
#include "lib/trace/json.h"
#include "lib/trace/text.h"
#include "tools/assay/trace-tracks.h"

enum { TRACE_ID_HEX = 32, SPAN_KIND_INTERNAL = 1, STATUS_ERROR = 2 };

struct otlp {
	struct tracks tracks;
	const char *separator;
	char trace_id[TRACE_ID_HEX + 1];
	uint64_t start_ns, calls; /* calls: that have an id */
};

/* The hexadecimal digits of the run's id; what is missing is 0. Not all zeros, which the protocol does not allow. */
static void set_trace_id(struct otlp *otlp, const struct trace_record *start)
{
	const char *id = trace_record_text(start, "id");
	size_t n = 0;

	memset(otlp->trace_id, '0', TRACE_ID_HEX);
	for (; id && *id && n < TRACE_ID_HEX; id++)
		if (isxdigit((unsigned char)*id))
			otlp->trace_id[n++] = (char)tolower((unsigned char)*id);
	if (strspn(otlp->trace_id, "0") == TRACE_ID_HEX)
		otlp->trace_id[TRACE_ID_HEX - 1] = '1';
}

static void put_key(const char *separator, const char *key)
{
	(void)fputs(separator, stdout);
	(void)fputs("{\"key\":\"", stdout);
	(void)fputs(key, stdout);
	(void)fputs("\",\"value\":{", stdout);
}

static void put_attribute(const char *separator, const char *key, const char *data, size_t size)
{
	put_key(separator, key);
	(void)fputs("\"stringValue\":", stdout);
	trace_json_string(stdout, data, size);
	(void)fputs("}}", stdout);
}

static void put_number(const char *separator, const char *key, int64_t number)
{
	put_key(separator, key);
	decimal_put_signed(stdout, "\"intValue\":\"", number);
	(void)fputs("\"}}", stdout);
}

/* A span up to its attributes. Ids of threads and of calls are apart by their highest bit. */
static void begin(struct otlp *otlp, uint64_t id, uint64_t parent, const char *name, size_t size)
{
	(void)printf("%s{\"traceId\":\"%s\",\"spanId\":\"%016" PRIx64 "\"", otlp->separator,
		     otlp->trace_id, id);
	otlp->separator = ",\n";
	if (parent)
		(void)printf(",\"parentSpanId\":\"%016" PRIx64 "\"", parent);
	(void)printf(",\"kind\":%d,\"name\":", SPAN_KIND_INTERNAL);
	trace_json_string(stdout, name, size);
}

static void put_times(const struct otlp *otlp, uint64_t begin_ns, uint64_t end_ns)
{
	decimal_put(stdout, ",\"startTimeUnixNano\":\"", otlp->start_ns + begin_ns);
	decimal_put(stdout, "\",\"endTimeUnixNano\":\"", otlp->start_ns + end_ns);
	(void)fputc('"', stdout);
}

static void closed(const struct track *track, void *context)
{
	struct otlp *otlp = context;

	begin(otlp, track->id, track->parent, track->comm,
	      strnlen(track->comm, sizeof(track->comm)));
	put_times(otlp, track->begin_ns, track->latest_ns);
	put_number(",\"attributes\":[", "process.pid", track->pid);
	put_number(",", "thread.id", track->tid);
	if (track->program[0])
		put_attribute(",", "process.executable.path", track->program,
			      strlen(track->program));
	if (track->has_status && WIFEXITED(track->status))
		put_number(",", "process.exit.code", WEXITSTATUS(track->status));
	(void)fputc(']', stdout);
	if (track->has_status && track->status != 0)
		(void)printf(",\"status\":{\"code\":%d}", STATUS_ERROR);
	(void)fputc('}', stdout);
}

static void put_call(struct otlp *otlp, const struct track *track, uint64_t begin_ns,
		     const struct trace_item *item)
{
	const struct event *event = item->event;
	struct event_bytes path = trace_text_path(event);
	char name[64];

	(void)trace_text_call_name(event, item->call, name);
	begin(otlp, UINT64_C(1) << 63 | ++otlp->calls, track->id, name, strlen(name));
	put_times(otlp, begin_ns, track->latest_ns);
	put_number(",\"attributes\":[", "syscall.result", event->ret);
	put_number(",", "assay.seq", (int64_t)event->seq);
	if (path.data)
		put_attribute(",", "file.path", path.data, path.size);
	(void)fputc(']', stdout);
	if (event->kind == EVENT_DENIED || (event->ret < 0 && event->ret >= -4095))
		(void)printf(",\"status\":{\"code\":%d}", STATUS_ERROR);
	(void)fputc('}', stdout);
}

static void put_resource(const struct trace_record *start)
{
	static const struct {
		const char *key, *attribute;
	} facts[] = {{"node", "host.name"},
		     {"kernel", "os.version"},
		     {"policy", "assay.policy"},
		     {"id", "assay.run.id"}};

	(void)fputs("{\"resourceSpans\":[{\"resource\":{\"attributes\":[", stdout);
	put_attribute("", "service.name", "assay", 5);
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		const char *text = trace_record_text(start, facts[i].key);

		if (text)
			put_attribute(",", facts[i].attribute, text, strlen(text));
	}
	(void)fputs("]},\"scopeSpans\":[{\"scope\":{\"name\":\"assay\",\"version\":\"" ASSAY_VERSION
		    "\"},\"spans\":[\n",
		    stdout);
}

static void put_event(struct otlp *otlp, const struct trace_item *item,
		      const struct trace_filter *filter)
{
	bool is_call = trace_is_call(item->event) || item->event->kind == EVENT_DENIED;
	uint64_t begin_ns;
	const struct track *track = tracks_event(&otlp->tracks, item, &begin_ns);

	if (is_call && trace_filter_wants(filter, item))
		put_call(otlp, track, begin_ns, item);
	tracks_after(&otlp->tracks, item);
}

int export_otlp(struct trace_input *input, const struct trace_filter *filter)
{
	const struct trace_record *start = trace_reader_start(input->reader);
	_cleanup_free_ struct otlp *otlp = new0(struct otlp, 1);
	struct trace_item item;
	int r = otlp ? tracks_init(&otlp->tracks) : -ENOMEM;

	if (r < 0)
		return r;
	otlp->separator = "";
	otlp->tracks.closed = closed;
	otlp->tracks.context = otlp;
	set_trace_id(otlp, start);
	(void)trace_record_number(start, "time.start_ns", &otlp->start_ns);
	put_resource(start);
	while (!ferror(stdout) && (r = trace_input_next(input, &item)) == 1)
		if (item.kind == TRACE_ITEM_EVENT && item.event->kind != EVENT_END)
			put_event(otlp, &item, filter);
	tracks_end(&otlp->tracks);
	(void)fputs("\n]}]}]}\n", stdout);
	tracks_clear(&otlp->tracks);
	return r;
}
