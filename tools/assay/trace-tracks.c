/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A table by (step, tid) without chains: 4096 threads at once are more than a policy allows, and a hostile trace that has more
 * gets shorter tracks, not more memory.
 */

#include "tools/assay/trace-tracks.h"

#include <errno.h>
#include <string.h>

#include "lib/trace/text.h"

int tracks_init(struct tracks *tracks)
{
	*tracks = (struct tracks){.offsets = new0(uint64_t, TRACE_STEPS_MAX)};
	return tracks->offsets ? 0 : -ENOMEM;
}

void tracks_clear(struct tracks *tracks)
{
	free(tracks->offsets);
	tracks->offsets = NULL;
}

static uint64_t place_of(struct tracks *tracks, uint32_t step, uint64_t ts_ns)
{
	if (tracks->offsets[step] == 0)
		tracks->offsets[step] = tracks->end_ns + 1;
	uint64_t at = tracks->offsets[step] - 1 + ts_ns;
	tracks->end_ns = MAX(tracks->end_ns, at);
	return at;
}

static struct track *slot_of(struct tracks *tracks, uint32_t step, uint32_t tid)
{
	return &tracks->tracks[(tid + step * 977) % TRACKS_MAX];
}

static void close_track(struct tracks *tracks, struct track *track)
{
	if (track->is_open && tracks->closed)
		tracks->closed(track, tracks->context);
	track->is_open = false;
}

static struct track *open_track(struct tracks *tracks, const struct track *as, uint64_t at)
{
	struct track *track = slot_of(tracks, as->step, as->tid), opened = *as;

	close_track(tracks, track);
	if (!opened.comm[0])
		memcpy(opened.comm, "(nobody)", sizeof("(nobody)")); /* what the supervisor adds */
	opened.is_open = true;
	opened.begin_ns = opened.latest_ns = at;
	opened.id = ++tracks->n;
	*track = opened;
	if (tracks->opened)
		tracks->opened(track, tracks->context);
	return track;
}

const struct track *tracks_event(struct tracks *tracks, const struct trace_item *item,
				 uint64_t *ret_begin_ns)
{
	const struct event *event = item->event;
	struct track *track = slot_of(tracks, item->step, event->tid);
	uint64_t at = place_of(tracks, item->step, event->ts_ns);

	if (!track->is_open || track->tid != event->tid || track->step != item->step) {
		struct track as = {.step = item->step, .pid = event->pid, .tid = event->tid};

		memcpy(as.comm, event->comm, sizeof(as.comm));
		track = open_track(tracks, &as, at);
	}
	*ret_begin_ns = MIN(track->latest_ns, at);
	track->latest_ns = MAX(track->latest_ns, at);
	return track;
}

static void take_program(struct track *track, const struct event *event)
{
	struct event_bytes path = trace_text_path(event);
	size_t size = MIN(path.size, sizeof(track->program) - 1);

	memcpy(track->comm, event->comm, sizeof(track->comm));
	if (!path.data)
		return;
	memcpy(track->program, path.data, size);
	track->program[size] = '\0';
}

void tracks_after(struct tracks *tracks, const struct trace_item *item)
{
	const struct event *event = item->event;
	struct track *track = slot_of(tracks, item->step, event->tid);

	if (event->kind == EVENT_EXEC) {
		take_program(track, event);
	} else if (event->kind == EVENT_EXIT) {
		track->status = (int)event->args[0];
		track->has_status = true;
		close_track(tracks, track);
	} else if (event->kind == EVENT_FORK) {
		struct track as = {.step = item->step,
				   .pid = (uint32_t)event->args[1],
				   .tid = (uint32_t)event->args[0],
				   .parent = track->id};
		uint64_t at = track->latest_ns;

		memcpy(as.comm, event->comm, sizeof(as.comm));
		(void)open_track(tracks, &as, at);
	}
}

void tracks_end(struct tracks *tracks)
{
	for (size_t i = 0; i < TRACKS_MAX; i++)
		close_track(tracks, &tracks->tracks[i]);
}
