/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the rings to the steps' callbacks, in order and in bounded batches.
 *
 * A ring's head is taken when it is the next record of its step; when no ring has such a head, one record is copied aside (merge.c), so
 * that two steps never wait for each other.
 *
 * What is lost cannot be seen from what has come: the next record may just be on its way. The kernel side reserves a record before it takes
 * its number. So the reader notes the steps' last numbers first, then the rings' ends; when it has read up to those ends, what
 * is missing below those numbers is lost.
 *
 * A program that is faster than the reader is held (loss policy "stop"): the kernel side stops the process that fills a ring, the
 * group is frozen here, so that no other process of it can run on or continue the stopped one, and both are undone when the rings are empty.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/probe/probe-internal.h"

enum { PROCESSES_TEXT_BYTES = 1 << 18 }; /* 32768 numbers */

static void on_record(void *userdata, const struct probe_head *record, size_t size)
{
	struct probe_step *step = userdata;
	struct event event;

	if (step->sample_ns != 0 && record->ts_ns > step->sample_ns)
		probe_sample_tell(step, record->seq);
	step->victim_told |= record->kind == PROBE_OOM;
	if (!decoder_event(step->decoder, record, size, &event))
		return;
	if (event.kind == EVENT_SYSCALL && event.ret < 0 && step->callbacks.refused != NULL &&
	    step->callbacks.refused(step->userdata, event.nr, event.args, event.ret))
		event.kind = EVENT_DENIED;
	decode_finish(&event);
	step->callbacks.event(step->userdata, &event);
}

static void on_gap(void *userdata, uint64_t first, uint64_t count)
{
	struct probe_step *step = userdata;
	const struct event event = {
		.seq = first,
		.kind = EVENT_GAP,
		.nr = -1,
		.args = {count},
	};

	step->callbacks.event(step->userdata, &event);
}

int probe_trace_begin(struct probe_step *step, const struct probe_spec *spec, struct fault *fault)
{
	if (spec->level == TRACE_LEVEL_COUNTERS || spec->callbacks.event == NULL)
		return 0;
	if (step->probe->rings == NULL)
		return fault_say(fault, -ENOTSUP, "bpf", "tracing was not asked for at the start");
	step->merge = (struct merge){.deliver = on_record, .gap = on_gap, .userdata = step};
	step->decoder = decoder_new();
	if (step->decoder == NULL)
		return fault_set(fault, -ENOMEM, "bpf", "decoder");
	step->group_fd = fcntl(spec->group_fd, F_DUPFD_CLOEXEC, 0);
	return step->group_fd < 0 ? fault_set(fault, -errno, "bpf", "group") : 0;
}

/* The step of a record, or NULL: it has ended, and its last records were taken at that time. */
static struct probe_step *step_of(const struct probe *probe, const struct probe_head *record,
				  size_t size)
{
	struct probe_step *step = size >= sizeof(*record) && record->sandbox < probe->n_sandboxes ?
					  probe->steps[record->sandbox] :
					  NULL;

	return step != NULL && step->decoder != NULL ? step : NULL;
}

/* Takes records as long as they are the next of their steps; with `any` one that is not. Returns how many. */
static size_t ring_take(struct probe *probe, struct ring *ring, size_t max, bool any)
{
	const void *data;
	size_t size, n = 0;

	while (n < max && ring_peek(ring, &data, &size) == RING_RECORD) {
		const struct probe_head *record = data;
		struct probe_step *step = step_of(probe, record, size);

		if (step != NULL && record->seq != step->merge.next && !any)
			break;
		if (step != NULL)
			(void)merge_add(&step->merge, record, size);
		ring_advance(ring, size);
		n++;
		if (any)
			break;
	}
	ring_give_back(ring);
	return n;
}

static size_t rings_take(struct probe *probe, size_t max)
{
	size_t n = 0;

	for (unsigned i = 0; i < probe->n_rings && n < max; i++)
		n += ring_take(probe, &probe->rings[i], max - n, false);
	for (unsigned i = 0; i < probe->n_rings && n == 0; i++) {
		probe->ring_next = (probe->ring_next + 1) % probe->n_rings;
		n = ring_take(probe, &probe->rings[probe->ring_next], 1, true);
	}
	return n;
}

static void limits_set_now(struct probe *probe)
{
	for (unsigned i = 0; i < probe->n_sandboxes; i++)
		if (probe->steps[i] != NULL)
			probe->steps[i]->seq_limit =
				__atomic_load_n(&probe->sandboxes[i].counts.seq, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < probe->n_rings; i++)
		probe->ring_limits[i] = ring_end(&probe->rings[i]);
	probe->limits_set = true;
}

static bool limits_reached(const struct probe *probe)
{
	for (unsigned i = 0; i < probe->n_rings; i++)
		if (ring_position(&probe->rings[i]) < probe->ring_limits[i])
			return false;
	return true;
}

/* What is missing below the noted numbers is lost. */
static void limits_apply(struct probe *probe)
{
	for (unsigned i = 0; i < probe->n_sandboxes; i++) {
		struct probe_step *step = probe->steps[i];

		if (step != NULL && step->decoder != NULL)
			merge_advance(&step->merge, step->seq_limit);
	}
	probe->limits_set = false;
}

size_t probe_drain(struct probe *probe, size_t max)
{
	size_t n = 0, taken;

	if (!probe->limits_set)
		limits_set_now(probe);
	probe_woken_clear(probe);
	do {
		taken = rings_take(probe, max - n);
		n += taken;
	} while (taken > 0 && n < max);
	if (limits_reached(probe))
		limits_apply(probe);
	return n;
}

/* As the kernel side would: with a number, so that nothing seems lost. */
static void victim_add(struct probe_step *step)
{
	struct probe_counts *counts = &probe_step_state(step)->counts;
	const struct probe_head record = {
		.seq = __atomic_fetch_add(&counts->seq, 1, __ATOMIC_SEQ_CST),
		.ts_ns = clock_now_ns(CLOCK_MONOTONIC),
		.sandbox = (__u8)step->index,
		.kind = PROBE_OOM,
		.nr = -1,
		.gas_after = counts->gas_used,
	};

	(void)merge_add(&step->merge, &record, sizeof(record));
}

void probe_out_of_memory(struct probe_step *step)
{
	step->out_of_memory = true;
}

static void end_tell(struct probe_step *step)
{
	const struct probe_counts *counts = &probe_step_state(step)->counts;
	const struct event event = {
		.seq = counts->seq,
		.kind = EVENT_END,
		.nr = -1,
		.args = {counts->seq, step->merge.received, step->merge.gaps},
		.gas_after = counts->gas_used,
	};

	step->callbacks.event(step->userdata, &event);
}

void probe_trace_end(struct probe_step *step, bool begun)
{
	if (begun && step->decoder != NULL) {
		/* A record of another step that is being written right now is done in a moment. */
		limits_set_now(step->probe);
		while (step->probe->limits_set)
			if (probe_drain(step->probe, SIZE_MAX) == 0)
				(void)sched_yield();
		if (step->out_of_memory && !step->victim_told)
			victim_add(step);
		probe_sample_tell(step, step->merge.next);
		end_tell(step);
	}
	merge_clear(&step->merge);
	step->decoder = decoder_free(step->decoder);
	step->group_fd = fd_close(step->group_fd);
}

void probe_hold(struct probe_step *step)
{
	if (step->held || step->decoder == NULL)
		return;
	step->held = true;
	if (step->callbacks.hold != NULL)
		step->callbacks.hold(step->userdata, true);
}

/* More processes were stopped than are remembered: all of the group are continued. */
static void continue_all(const struct probe_step *step)
{
	_cleanup_free_ char *text = malloc(PROCESSES_TEXT_BYTES);
	char *at = text, *line;

	if (text == NULL ||
	    file_read(step->group_fd, "cgroup.procs", text, PROCESSES_TEXT_BYTES) < 0)
		return;
	while ((line = strsep(&at, "\n")) != NULL)
		if (line[0] != '\0')
			(void)kill((pid_t)strtol(line, NULL, 10), SIGCONT);
}

static void step_release(struct probe_step *step)
{
	struct probe_counts *counts = &probe_step_state(step)->counts;
	uint32_t n = __atomic_exchange_n(&counts->n_stopped, 0, __ATOMIC_SEQ_CST);
	bool all = n > PROBE_STOPPED_MAX;

	for (uint32_t i = 0; i < MIN(n, (uint32_t)PROBE_STOPPED_MAX); i++) {
		pid_t pid = (pid_t)__atomic_exchange_n(&counts->stopped[i], 0, __ATOMIC_SEQ_CST);

		/* Counted, and not yet noted. */
		all = all || pid == 0;
		if (pid != 0)
			(void)kill(pid, SIGCONT);
	}
	if (all)
		continue_all(step);
	step->held = false;
	if (step->callbacks.hold != NULL)
		step->callbacks.hold(step->userdata, false);
}

void probe_release(struct probe *probe)
{
	for (unsigned i = 0; i < probe->n_sandboxes; i++)
		if (probe->steps[i] != NULL && probe->steps[i]->held)
			step_release(probe->steps[i]);
}
