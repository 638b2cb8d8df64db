/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Sums of a trace: calls by number in an array; files, network and denials by name in bounded tallies; processes in a bounded
 * list. Bytes are those that read, write and their kin returned; whose they are is known from the open that gave the descriptor,
 * in a table that forgets the older of two that meet.
 */

#include "tools/assay/trace-sums.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "lib/trace/text.h"

struct open_file {
	uint32_t step, pid;
	int32_t fd;
	uint32_t row; /* of `files`, + 1 */
};

int sums_init(struct sums *sums)
{
	*sums = (struct sums){0};
	sums->processes = new0(struct sums_process, SUMS_PROCESSES_MAX);
	sums->open = new0(struct open_file, SUMS_FILES_OPEN_MAX);
	sums->by_pid = new0(uint32_t, SUMS_FILES_OPEN_MAX);
	return sums->processes && sums->open && sums->by_pid ? 0 : -ENOMEM;
}

void sums_clear(struct sums *sums)
{
	tally_clear(&sums->files);
	tally_clear(&sums->network);
	tally_clear(&sums->denied);
	free(sums->processes);
	free(sums->open);
	free(sums->by_pid);
}

/* --- processes --- */

static void name_process(struct sums_process *process, const char *name, size_t size)
{
	process->program_size = MIN(size, sizeof(process->program));
	memcpy(process->program, name, process->program_size);
}

/* Where the index of the latest process of that number is kept. Two numbers that meet here evict each other. */
static uint32_t *index_of(struct sums *sums, uint32_t step, uint32_t pid)
{
	return &sums->by_pid[(pid + step * 977) % SUMS_FILES_OPEN_MAX];
}

static struct sums_process *add_process(struct sums *sums, uint32_t step, uint32_t pid,
					uint32_t parent)
{
	if (sums->n_processes == SUMS_PROCESSES_MAX) {
		sums->more_processes++;
		return NULL;
	}
	struct sums_process *process = &sums->processes[sums->n_processes++];
	*process = (struct sums_process){.step = step, .pid = pid, .parent = parent};
	*index_of(sums, step, pid) = sums->n_processes;
	return process;
}

/* The latest process of that number; NULL when it is not in the list. */
static struct sums_process *find_process(struct sums *sums, uint32_t step, uint32_t pid)
{
	uint32_t index = *index_of(sums, step, pid);
	struct sums_process *process = index ? &sums->processes[index - 1] : NULL;

	return process && process->pid == pid && process->step == step ? process : NULL;
}

static void name_step(struct sums *sums, const struct trace_item *item)
{
	struct sums_step *named = &sums->named[sums->n_named];

	if (sums->n_named == SUMS_STEPS_MAX || (sums->n_named > 0 && named[-1].step == item->step))
		return;
	*named = (struct sums_step){.step = item->step};
	(void)snprintf(named->name, sizeof(named->name), "%s", item->step_name);
	sums->n_named++;
}

static void take_process(struct sums *sums, const struct trace_item *item)
{
	const struct event *event = item->event;
	struct event_bytes path = trace_text_path(event);
	struct sums_process *process = find_process(sums, item->step, event->pid);

	if (!process && sums->n_processes < SUMS_PROCESSES_MAX) {
		process = add_process(sums, item->step, event->pid, 0);
		name_step(sums, item);
		if (process)
			name_process(process, event->comm, strnlen(event->comm, EVENT_COMM_BYTES));
	}
	if (process && event->kind == EVENT_EXEC && path.data)
		name_process(process, path.data, path.size);
	if (process && event->kind == EVENT_EXIT && event->args[1] != 0) {
		process->has_ended = true;
		process->status = (int)event->args[0];
	}
	if (process && trace_is_call(event))
		process->calls++;
	if (event->kind == EVENT_FORK && event->args[1] != event->pid) {
		process = add_process(sums, item->step, (uint32_t)event->args[1], event->pid);
		if (process)
			name_process(process, event->comm, strnlen(event->comm, EVENT_COMM_BYTES));
	}
}

/* --- files --- */

static struct open_file *slot_of(struct sums *sums, uint32_t step, uint32_t pid, int32_t fd)
{
	uint32_t hash = (pid * UINT32_C(2654435761)) ^ ((uint32_t)fd * UINT32_C(40503)) ^ step * 977;

	return &sums->open[hash % SUMS_FILES_OPEN_MAX];
}

static bool gives_descriptor(const struct event *event)
{
	return event->nr == __NR_open || event->nr == __NR_openat || event->nr == __NR_creat ||
	       event->nr == __NR_openat2;
}

static bool moves_bytes(int nr)
{
	return nr == __NR_read || nr == __NR_write || nr == __NR_pread64 || nr == __NR_pwrite64 ||
	       nr == __NR_readv || nr == __NR_writev || nr == __NR_preadv || nr == __NR_pwritev;
}

static void take_file(struct sums *sums, const struct trace_item *item)
{
	const struct event *event = item->event;
	struct event_bytes path = trace_text_path(event);
	struct open_file *slot;

	if (gives_descriptor(event) && path.data) {
		struct tally_row *row = tally_row(&sums->files, path.data, path.size);

		row->count++;
		row->errors += event->ret < 0;
		if (event->ret < 0 || row == &sums->files.others)
			return;
		slot = slot_of(sums, item->step, event->pid, (int32_t)event->ret);
		*slot = (struct open_file){item->step, event->pid, (int32_t)event->ret,
					   (uint32_t)(row - sums->files.rows) + 1};
	} else if (moves_bytes(event->nr) && event->ret > 0) {
		slot = slot_of(sums, item->step, event->pid, (int32_t)event->args[0]);
		if (slot->row && slot->pid == event->pid && slot->step == item->step &&
		    slot->fd == (int32_t)event->args[0])
			sums->files.rows[slot->row - 1].bytes += (uint64_t)event->ret;
	} else if (event->nr == __NR_close) {
		slot = slot_of(sums, item->step, event->pid, (int32_t)event->args[0]);
		if (slot->pid == event->pid && slot->step == item->step &&
		    slot->fd == (int32_t)event->args[0])
			slot->row = 0;
	}
}

/* --- calls --- */

static void take_call(struct sums *sums, const struct trace_item *item, uint64_t span)
{
	const struct event *event = item->event;
	bool has_name = item->call && event->nr >= 0 && event->nr < TRACE_CALLS_MAX;
	struct sums_call *call = has_name ? &sums->calls[event->nr] : &sums->other_calls;

	if (has_name && call->count == 0)
		call->call = *item->call;
	call->count++;
	call->ns += span;
	if (event->ret < 0 && event->ret >= -4095)
		call->errors++;
	else if (has_name && call->call.returns == SYSCALL_ARG_SIZE)
		call->bytes += (uint64_t)event->ret;
	if (has_name && event->kind == EVENT_SYSCALL)
		take_file(sums, item);
}

/* Counts a line of text that the event makes. */
static void take_line(struct tally *tally, const struct trace_item *item)
{
	char text[1024];
	FILE *memory = fmemopen(text, sizeof(text), "w");

	if (!memory)
		return;
	trace_text_event(memory, item->event, item->call);
	(void)fclose(memory);
	text[sizeof(text) - 1] = '\0';
	tally_row(tally, text, strlen(text))->count++;
}

void sums_add(struct sums *sums, const struct trace_item *item)
{
	const struct event *event = item->event;

	if (item->kind == TRACE_ITEM_STEP) {
		bill_add(&sums->bill, item->record);
		sums->steps++;
	}
	if (item->kind != TRACE_ITEM_EVENT)
		return;
	uint64_t span = trace_time_span(&sums->times, item->step, event);
	sums->events++;
	sums->kinds[event->kind % TRACE_KINDS_MAX]++;
	if (trace_is_call(event))
		take_call(sums, item, span);
	if (event->kind == EVENT_NET)
		take_line(&sums->network, item);
	else if (event->kind == EVENT_DENIED)
		take_line(&sums->denied, item);
	else if (event->kind == EVENT_GAP)
		sums->lost += event->args[0];
	if (event->kind != EVENT_GAP && event->kind != EVENT_END && event->kind != EVENT_SAMPLE)
		take_process(sums, item);
}

void sums_finish(struct sums *sums)
{
	tally_sort(&sums->files, offsetof(struct tally_row, bytes));
	tally_sort(&sums->network, offsetof(struct tally_row, count));
	tally_sort(&sums->denied, offsetof(struct tally_row, count));
	bill_sort(&sums->bill);
}
