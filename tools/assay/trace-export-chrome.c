/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The Trace Event Format, which Perfetto and chrome://tracing read: one object with an array of events. A thread is a track with a slice from
 * its first to its last event ("B", "E"), its calls are slices in it ("X"), other kinds are instants ("i"), samples are
 * counters ("C"). Process numbers come again in every step, so they are moved apart; names say what they were.
 *
 * Source: Trace Event Format (Google, document 1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU).
 */

#include "tools/assay/trace-export.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/trace/decimal.h"
#include "lib/trace/json.h"
#include "lib/trace/text.h"
#include "tools/assay/trace-tracks.h"

enum { PIDS = 1 << 22 }; /* the kernel's largest process number, + 1 */

struct chrome {
	struct tracks tracks;
	const char *separator, *step_name;
	uint64_t gas; /* that was drawn last */
};

static uint64_t number(uint32_t step, uint32_t id)
{
	return (uint64_t)step * PIDS + id;
}

/* The start of an event up to its arguments. Times are microseconds. */
static void begin(struct chrome *chrome, const char *phase, const struct track *track,
		  uint64_t at_ns)
{
	(void)fputs(chrome->separator, stdout);
	(void)fputs("{\"ph\":\"", stdout);
	(void)fputs(phase, stdout);
	decimal_put(stdout, "\",\"pid\":", number(track->step, track->pid));
	decimal_put(stdout, ",\"tid\":", number(track->step, track->tid));
	decimal_put_thousandths(stdout, ",\"ts\":", at_ns);
	chrome->separator = ",\n";
}

static void put_string(const char *key, const char *text)
{
	(void)fputs(",\"", stdout);
	(void)fputs(key, stdout);
	(void)fputs("\":", stdout);
	trace_json_string(stdout, text, strlen(text));
}

static void put_name(struct chrome *chrome, const struct track *track, const char *what)
{
	char name[TRACE_STEP_NAME_BYTES + EVENT_COMM_BYTES + 32];

	(void)snprintf(name, sizeof(name), "%s [%" PRIu32 "] %s", track->comm,
		       what[0] == 'p' ? track->pid : track->tid, chrome->step_name);
	begin(chrome, "M", track, 0);
	put_string("name", what);
	(void)fputs(",\"args\":{\"name\":", stdout);
	trace_json_string(stdout, name, strlen(name));
	(void)fputs("}}", stdout);
}

static void opened(const struct track *track, void *context)
{
	struct chrome *chrome = context;

	if (track->pid == track->tid)
		put_name(chrome, track, "process_name");
	put_name(chrome, track, "thread_name");
	begin(chrome, "B", track, track->begin_ns);
	put_string("name", track->comm);
	(void)fputs(",\"cat\":\"process\"}", stdout);
}

static void closed(const struct track *track, void *context)
{
	begin(context, "E", track, track->latest_ns);
	if (track->has_status)
		(void)printf(",\"args\":{\"wait_status\":%d}", track->status);
	(void)fputc('}', stdout);
}

static void put_call(struct chrome *chrome, const struct track *track, uint64_t begin_ns,
		     const struct trace_item *item)
{
	const struct event *event = item->event;
	struct event_bytes path = trace_text_path(event);
	uint64_t span = track->latest_ns - begin_ns;
	char name[64];

	begin(chrome, "X", track, begin_ns);
	decimal_put_thousandths(stdout, ",\"dur\":", span);
	put_string("name", trace_text_call_name(event, item->call, name));
	decimal_put(stdout, ",\"cat\":\"syscall\",\"args\":{\"seq\":", event->seq);
	decimal_put_signed(stdout, ",\"ret\":", event->ret);
	if (path.data) {
		(void)fputs(",\"path\":", stdout);
		trace_json_string(stdout, path.data, path.size);
	}
	(void)fputs("}}", stdout);
}

static void put_instant(struct chrome *chrome, const struct track *track,
			const struct trace_item *item)
{
	const char *name = event_kind_name(item->event->kind);

	begin(chrome, "i", track, track->latest_ns);
	put_string("name", name ? name : "unknown");
	(void)printf(",\"cat\":\"event\",\"s\":\"t\",\"args\":{\"seq\":%" PRIu64 "}}",
		     item->event->seq);
}

static void put_counter(struct chrome *chrome, const struct track *track, const char *name,
			const char *key, uint64_t value)
{
	begin(chrome, "C", track, track->latest_ns);
	(void)printf(",\"name\":\"%s\",\"args\":{\"%s\":%" PRIu64 "}}", name, key, value);
}

static void put_sample(struct chrome *chrome, const struct track *track, const struct event *event)
{
	put_counter(chrome, track, "memory", "bytes", event->args[EVENT_SAMPLE_MEMORY_BYTES]);
	put_counter(chrome, track, "processes", "processes", event->args[EVENT_SAMPLE_PROCESSES]);
	put_counter(chrome, track, "cpu", "ns", event->args[EVENT_SAMPLE_CPU_NS]);
	put_counter(chrome, track, "gas", "gas", event->gas_after);
}

static void put_event(struct chrome *chrome, const struct trace_item *item,
		      const struct trace_filter *filter)
{
	uint64_t begin_ns;
	const struct track *track;

	chrome->step_name = item->step_name;
	track = tracks_event(&chrome->tracks, item, &begin_ns);
	if (trace_filter_wants(filter, item)) {
		if (trace_is_call(item->event))
			put_call(chrome, track, begin_ns, item);
		else if (item->event->kind == EVENT_SAMPLE)
			put_sample(chrome, track, item->event);
		else
			put_instant(chrome, track, item);
	}
	tracks_after(&chrome->tracks, item);
}

int export_chrome(struct trace_input *input, const struct trace_filter *filter)
{
	_cleanup_free_ struct chrome *chrome = new0(struct chrome, 1);
	struct trace_item item;
	int r = chrome ? tracks_init(&chrome->tracks) : -ENOMEM;

	if (r < 0)
		return r;
	chrome->separator = "";
	chrome->tracks.opened = opened;
	chrome->tracks.closed = closed;
	chrome->tracks.context = chrome;
	(void)fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n", stdout);
	while (!ferror(stdout) && (r = trace_input_next(input, &item)) == 1)
		if (item.kind == TRACE_ITEM_EVENT && item.event->kind != EVENT_END)
			put_event(chrome, &item, filter);
	tracks_end(&chrome->tracks);
	(void)fputs("\n]}\n", stdout);
	tracks_clear(&chrome->tracks);
	return r;
}
