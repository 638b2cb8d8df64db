/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a plan. The supervisor made it and sealed it, so a bad plan is a bug and not an attack; it is checked to the last byte
 * all the same, because what reads it runs with the supervisor's privilege. Invariants after
 * plan_view_parse(): every operation is of a known kind and lies inside, every data range lies inside the plan,
 * every operation that takes text has text that ends in NUL.
 */

#include "agent/plan-view.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/call.h"

static bool takes_text(uint32_t kind)
{
	switch (kind) {
	case PLAN_INIT_HOSTNAME:
	case PLAN_INIT_PROC:
	case PLAN_INIT_SCRATCH:
	case PLAN_INIT_STAGE:
	case PLAN_STEP_CHDIR:
	case PLAN_STEP_LANDLOCK:
	case PLAN_STEP_EXEC:
		return true;
	default:
		return false;
	}
}

/* One that nobody carries out would mean a sandbox with less than was planned. */
static bool is_known(uint32_t kind)
{
	return (kind >= PLAN_INIT_HOSTNAME && kind <= PLAN_INIT_RELEASE) ||
	       (kind >= PLAN_STEP_SESSION && kind <= PLAN_STEP_EXEC);
}

static bool op_ok(const struct plan_header *header, const struct plan_op *op)
{
	const char *data = (const char *)header + op->data_offset;
	uint32_t data_start = (uint32_t)(sizeof(*header) + header->n_ops * sizeof(*op));

	if (!is_known(op->kind))
		return false;
	if (op->data_size == 0)
		return !takes_text(op->kind) && op->data_offset == 0;
	if (op->data_offset < data_start || op->data_offset > header->size)
		return false;
	if (op->data_size > header->size - op->data_offset || op->data_offset % 8 != 0)
		return false;
	return !takes_text(op->kind) || data[op->data_size - 1] == '\0';
}

int plan_view_parse(const void *data, size_t size, struct plan_view *ret_view)
{
	const struct plan_header *header = data;
	const struct plan_op *ops;

	if (size < sizeof(*header) || size > PLAN_BYTES_MAX)
		return -EPROTO;
	ops = (const struct plan_op *)(header + 1);
	if (header->magic != PLAN_MAGIC || header->version != PLAN_VERSION || header->size != size)
		return -EPROTO;
	if (header->n_ops > PLAN_OPS_MAX ||
	    header->n_ops * sizeof(struct plan_op) > size - sizeof(*header))
		return -EPROTO;
	for (uint32_t i = 0; i < header->n_ops; i++)
		if (!op_ok(header, &ops[i]))
			return -EPROTO;
	*ret_view = (struct plan_view){.header = header, .ops = ops};
	return 0;
}

int plan_view_map(int fd, struct plan_view *ret_view)
{
	long size = CALL(lseek, fd, 0, SEEK_END), data;

	if (size < 0)
		return (int)size;
	if (size == 0 || size > PLAN_BYTES_MAX)
		return -EPROTO;
	data = CALL(mmap, NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	/* The last page of addresses is errors. */
	if ((unsigned long)data > -4096UL)
		return (int)data;
	return plan_view_parse((const void *)data, (size_t)size, ret_view);
}

const void *plan_data(const struct plan_view *view, const struct plan_op *op)
{
	if (op->data_size == 0)
		return NULL;
	return (const char *)view->header + op->data_offset;
}

long plan_words(const char *data, size_t size, size_t n, const char **words, size_t max)
{
	size_t at = 0;

	if (n >= max)
		return -EPROTO;
	for (size_t i = 0; i < n; i++) {
		const char *end = at < size ? memchr(data + at, '\0', size - at) : NULL;

		if (end == NULL)
			return -EPROTO;
		words[i] = data + at;
		at = (size_t)(end - data) + 1;
	}
	words[n] = NULL;
	return (long)at;
}
