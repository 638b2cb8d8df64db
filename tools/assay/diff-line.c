/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Writing a line takes ten times as long as reading its event, and a long run does the same again and again. So hashes of lines are kept by a
 * hash of what the line is written from, and most lines are never written.
 *
 * Invariant: everything that a line is written from is in form_hash(), or is the same in all of a trace (what a call is named).
 */

#include "tools/assay/diff-line.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "lib/base/mem.h"
#include "lib/trace/text.h"
#include "tools/assay/show.h"

enum { KNOWN = 1 << 15, LINE_BYTES = 8192 }; /* what is longer is compared by this much */

struct diff_known {
	uint64_t form, line; /* hashes; 0: nothing is kept here */
};

int diff_line_init(struct diff_line *line)
{
	*line = (struct diff_line){.known = new0(struct diff_known, KNOWN)};
	line->stream = open_memstream(&line->text, &line->size);
	if (!line->known || !line->stream ||
	    getrandom(&line->seed, sizeof(line->seed), 0) != (ssize_t)sizeof(line->seed))
		return -ENOMEM;
	return 0;
}

void diff_line_clear(struct diff_line *line)
{
	if (line->stream)
		(void)fclose(line->stream);
	free(line->text);
	free(line->known);
	*line = (struct diff_line){0};
}

void diff_line_forget(struct diff_line *line)
{
	memset(line->known, 0, KNOWN * sizeof(*line->known));
}

static uint64_t mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t mix_bytes(uint64_t h, const char *data, size_t size)
{
	uint64_t word;

	h = mix(h, size);
	for (; size >= sizeof(word); data += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		h = mix(h, word);
	}
	word = 0;
	if (size > 0)
		memcpy(&word, data, size);
	return mix(h, word);
}

/* Of all that the line is written from. */
static uint64_t form_hash(uint64_t seed, const struct trace_item *item, const struct event *event)
{
	uint64_t h = mix_bytes(seed, item->step_name, strlen(item->step_name));
	unsigned int texts = 0;

	h = mix(h, (uint64_t)event->kind << 48 | (uint64_t)event->flags << 32 | (uint32_t)event->nr);
	h = mix(h, (uint64_t)event->pid << 1 | (item->call != NULL));
	for (unsigned int i = 0; i < EVENT_ARGS; i++)
		h = mix(h, event->args[i]);
	h = mix(h, (uint64_t)event->ret);
	h = mix_bytes(h, event->comm, sizeof(event->comm));
	for (unsigned int i = 0; i < EVENT_TEXT_MAX; i++) {
		if (!event->text[i].data)
			continue;
		h = mix_bytes(h, event->text[i].data, event->text[i].size);
		texts |= 1U << i;
	}
	h = mix(mix(h, texts), seed);
	return h ? h : 1;
}

static const char *write_line(struct diff_line *line, const struct trace_item *item,
			      const struct event *form, size_t *ret_size)
{
	rewind(line->stream);
	show_write(line->stream, item->step_name, strlen(item->step_name), SHOW_LINE);
	(void)fputs(": ", line->stream);
	trace_text_write_canonical(line->stream, form, item->call);
	/* Without memory for it, it is shorter. */
	*ret_size = fflush(line->stream) == 0 ? MIN(line->size, (size_t)LINE_BYTES) : 0;
	return line->text;
}

uint64_t diff_line_hash(struct diff_line *line, const struct trace_item *item)
{
	struct event form;

	if (item->kind != TRACE_ITEM_EVENT ||
	    !trace_text_canonical_form(item->event, item->call, &form))
		return 0;
	uint64_t h = form_hash(line->seed, item, &form);
	struct diff_known *known = &line->known[h % KNOWN];
	if (known->form != h) {
		size_t size;
		const char *text = write_line(line, item, &form, &size);
		uint64_t of_line = mix(mix_bytes(line->seed, text, size), line->seed);

		*known = (struct diff_known){.form = h, .line = of_line ? of_line : 1};
	}
	return known->line;
}

const char *diff_line_text(struct diff_line *line, const struct trace_item *item, size_t *ret_size)
{
	struct event form;

	(void)trace_text_canonical_form(item->event, item->call, &form);
	return write_line(line, item, &form, ret_size);
}
