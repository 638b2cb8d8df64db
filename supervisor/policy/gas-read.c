/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a price that is read wrongly is a wrong verdict on somebody's work, and a call that nobody priced would be free or
 * would cost what its number happens to.
 *
 * Design: every number is text until it is read here, digits only, in a range that keeps the price of any single call below 2^63.
 * Every call that the table of lib/contract names must be in exactly one class: a call of a newer kernel is an error of
 * the schedule until somebody has decided about it, not a surprise in an account. What is counted beside the call must be
 * something that the kernel can tell: bytes only where the result is a length, pages only for mmap, mremap and brk.
 *
 * Invariants: after a success every class_of is below n_classes; names of classes are unique and none is the name of another row
 * of an account; numbers without a name have the class of unknown ones.
 */

#include "supervisor/policy/gas-read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/contract/syscall.h"
#include "supervisor/policy/gas-schema.h"
#include "supervisor/policy/policy-find.h"

#define LAYER "policy"

/* Paths inside of a schedule are short: "classes[31].calls[511]". */
enum { PLACE_BYTES = 64, CLASS_NONE = 0xff, NAMES_SHOWN = 10 };

_Static_assert((int)GAS_CALLS_MAX == (int)SYSCALL_MAX, "a class for every number");
_Static_assert((int)GAS_CLASSES_MAX < (int)CLASS_NONE, "class numbers fit a byte");

/* A schedule while it is read. */
struct reading {
	const struct yaml_text *text;
	const struct gas_doc *doc;
	struct gas_schedule *schedule;
	struct gas_notes *notes;
	struct fault *fault;
};

/* Says what is wrong with PARENT.KEY, either of which may be "". */
_printf_(4, 5) static int wrong(const struct reading *reading, const char *parent, const char *key,
				const char *format, ...)
{
	char place[PLACE_BYTES * 2], text[FAULT_TEXT_BYTES];
	va_list args;

	(void)snprintf(place, sizeof(place), "%s%s%s", parent, parent[0] && key[0] ? "." : "", key);
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return yaml_text_fault(reading->text, reading->fault, place, "%s", text);
}

static int no_memory(const struct reading *reading)
{
	return fault_set(reading->fault, -ENOMEM, LAYER, "cannot read %s",
			 yaml_text_file(reading->text));
}

/*
 * Digits only: no sign, no white space, no base, and no leading zero, which other readers of YAML take for octal. False as well when
 * the value is over `max`.
 */
static bool parse_number(const char *text, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
		/* `max` is far below 2^64 / 10, so this is seen before the value could wrap. */
		if (value > max)
			return false;
	}
	*ret_value = value;
	return true;
}

/* Reads the number at PARENT.KEY. */
static int take_number(const struct reading *reading, const char *parent, const char *key,
		       const char *text, uint64_t min, uint64_t max, uint64_t *ret_value)
{
	if (!text)
		return wrong(reading, parent, key,
			     "missing '%s'; expected a whole number from %" PRIu64 " to %" PRIu64,
			     key, min, max);
	if (!parse_number(text, max, ret_value) || *ret_value < min)
		return wrong(reading, parent, key,
			     "'%s'; expected a whole number from %" PRIu64 " to %" PRIu64, text,
			     min, max);
	return 0;
}

static int take_reason(const struct reading *reading, const char *parent, const char *text,
		       char **ret_reason)
{
	if (!text)
		return wrong(reading, parent, "",
			     "missing 'reason'; expected a sentence for people");
	*ret_reason = strdup(text);
	return *ret_reason ? 0 : no_memory(reading);
}

/* --- the head --- */

static int take_id(const struct reading *reading, const char *stem)
{
	const char *id = reading->doc->id;

	if (!id || strcmp(id, stem) != 0)
		return wrong(reading, "", "id", "%s; expected the file's name without .yaml: '%s'",
			     id ? "wrong id" : "missing 'id'", stem);
	if (!policy_name_ok(id) || strlen(id) >= GAS_NAME_BYTES)
		return wrong(reading, "", "id",
			     "bad id; expected a-z, 0-9 and dashes, 1 to %d bytes",
			     GAS_NAME_BYTES - 1);
	(void)snprintf(reading->schedule->id, GAS_NAME_BYTES, "%s", id);
	return 0;
}

static int take_head(const struct reading *reading, const char *stem)
{
	uint64_t version = 0;
	int r = take_id(reading, stem);

	if (r == 0)
		r = take_number(reading, "", "version", reading->doc->version, 1, UINT32_MAX,
				&version);
	if (r < 0)
		return r;
	reading->schedule->version = (unsigned int)version;
	if (!reading->doc->summary)
		return wrong(reading, "", "", "missing 'summary'; expected one line for people");
	reading->notes->summary = strdup(reading->doc->summary);
	reading->notes->file = strdup(yaml_text_file(reading->text));
	return reading->notes->summary && reading->notes->file ? 0 : no_memory(reading);
}

/* --- what is counted beside calls --- */

static int take_item(const struct reading *reading, enum gas_item item,
		     const struct gas_price_doc *doc, uint64_t max, uint64_t *ret_price)
{
	const char *name = gas_item_name(item);
	int r;

	if (!doc)
		return wrong(reading, "", "", "missing '%s'; expected its price and reason", name);
	r = take_number(reading, name, "price", doc->price, 0, max, ret_price);
	return r < 0 ? r : take_reason(reading, name, doc->reason, &reading->notes->reasons[item]);
}

static int take_items(const struct reading *reading)
{
	const struct gas_doc *doc = reading->doc;
	struct gas_schedule *schedule = reading->schedule;
	int r;

	r = take_item(reading, GAS_ITEM_BYTES, doc->bytes, GAS_PRICE_MAX, &schedule->bytes_price);
	if (r == 0)
		r = take_number(reading, "bytes", "unit", doc->bytes->unit, 1, GAS_BYTES_UNIT_MAX,
				&schedule->bytes_unit);
	if (r == 0)
		r = take_item(reading, GAS_ITEM_PAGES, doc->pages, GAS_PAGE_PRICE_MAX,
			      &schedule->page_price);
	if (r == 0)
		r = take_item(reading, GAS_ITEM_FORKS, doc->forks, GAS_PRICE_MAX,
			      &schedule->fork_price);
	if (r == 0)
		r = take_item(reading, GAS_ITEM_EXECS, doc->execs, GAS_PRICE_MAX,
			      &schedule->exec_price);
	return r;
}

/* --- classes --- */

/* The class called `name` among the first `n`, or -ENOENT. */
static int find_class(const struct gas_schedule *schedule, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(schedule->classes[i].name, name) == 0)
			return (int)i;
	return -ENOENT;
}

static bool is_item_name(const char *name)
{
	for (unsigned int item = GAS_ITEM_BYTES; item < GAS_ITEM_MAX; item++)
		if (strcmp(gas_item_name((enum gas_item)item), name) == 0)
			return true;
	return false;
}

static int take_class_name(const struct reading *reading, size_t index, const char *parent)
{
	const char *name = reading->doc->classes[index].name;

	if (!name)
		return wrong(reading, parent, "name",
			     "missing 'name'; expected a word for the class");
	if (!policy_name_ok(name) || strlen(name) >= GAS_NAME_BYTES)
		return wrong(reading, parent, "name",
			     "'%s'; expected a-z, 0-9 and dashes, 1 to %d bytes", name,
			     GAS_NAME_BYTES - 1);
	if (is_item_name(name))
		return wrong(reading, parent, "name",
			     "'%s' is a row of every account; expected another name", name);
	if (find_class(reading->schedule, index, name) >= 0)
		return wrong(reading, parent, "name",
			     "class '%s' is given twice; expected each once", name);
	(void)snprintf(reading->schedule->classes[index].name, GAS_NAME_BYTES, "%s", name);
	return 0;
}

static int take_extra(const struct reading *reading, const char *parent, const char *text,
		      enum gas_extra *ret_extra)
{
	*ret_extra = GAS_EXTRA_NONE;
	if (!text)
		return 0;
	if (strcmp(text, "bytes") != 0 && strcmp(text, "pages") != 0)
		return wrong(reading, parent, "extra", "'%s'; expected bytes or pages", text);
	*ret_extra = text[0] == 'b' ? GAS_EXTRA_BYTES : GAS_EXTRA_PAGES;
	return 0;
}

/* Whether the kernel can tell what the extra counts: see enum gas_extra. */
static bool fits_extra(const char *call, enum gas_extra extra)
{
	switch (extra) {
	case GAS_EXTRA_BYTES:
		return syscall_info(syscall_number(call))->returns == SYSCALL_ARG_SIZE;
	case GAS_EXTRA_PAGES:
		return strcmp(call, "mmap") == 0 || strcmp(call, "mremap") == 0 ||
		       strcmp(call, "brk") == 0;
	default:
		return true;
	}
}

static int take_call(const struct reading *reading, size_t index, unsigned int at)
{
	struct gas_schedule *schedule = reading->schedule;
	const char *call = reading->doc->classes[index].calls[at];
	const struct gas_class *class = &schedule->classes[index];
	int number = syscall_number(call);
	char place[PLACE_BYTES];

	(void)snprintf(place, sizeof(place), "classes[%zu].calls[%u]", index, at);
	if (number < 0)
		return wrong(reading, place, "",
			     "unknown system call '%s'; expected one of x86-64's", call);
	if (schedule->class_of[number] != CLASS_NONE)
		return wrong(reading, place, "",
			     "'%s' is in class '%s' already; expected one class a call", call,
			     schedule->classes[schedule->class_of[number]].name);
	if (!fits_extra(call, class->extra))
		return wrong(reading, place, "", "%s of '%s' cannot be counted; expected %s",
			     gas_extra_name(class->extra), call,
			     class->extra == GAS_EXTRA_BYTES ?
				     "a call that returns the bytes it moved" :
				     "mmap, mremap or brk");
	schedule->class_of[number] = (uint8_t)index;
	return 0;
}

static int take_class(const struct reading *reading, size_t index)
{
	const struct gas_class_doc *doc = &reading->doc->classes[index];
	struct gas_class *class = &reading->schedule->classes[index];
	char parent[PLACE_BYTES];
	int r;

	(void)snprintf(parent, sizeof(parent), "classes[%zu]", index);
	r = take_class_name(reading, index, parent);
	if (r == 0)
		r = take_number(reading, parent, "price", doc->price, 0, GAS_PRICE_MAX,
				&class->price);
	if (r == 0)
		r = take_extra(reading, parent, doc->extra, &class->extra);
	if (r == 0)
		r = take_reason(reading, parent, doc->reason, &reading->notes->reasons[index]);
	if (r == 0 && doc->calls_count == 0)
		r = wrong(reading, parent, "", "missing 'calls'; expected a list of system calls");
	for (unsigned int i = 0; r == 0 && i < doc->calls_count; i++)
		r = take_call(reading, index, i);
	return r;
}

static int take_unknown(const struct reading *reading)
{
	struct gas_schedule *schedule = reading->schedule;
	const char *name = reading->doc->unknown;
	int class;

	if (!name)
		return wrong(reading, "", "", "missing 'unknown'; expected the name of a class");
	class = find_class(schedule, schedule->n_classes, name);
	if (class < 0)
		return wrong(reading, "", "unknown",
			     "no class '%s'; expected the name of one below", name);
	if (schedule->classes[class].extra != GAS_EXTRA_NONE)
		return wrong(reading, "", "unknown",
			     "class '%s' has an extra; expected one without", name);
	schedule->class_unknown = (uint8_t) class;
	return 0;
}

/* Every call that has a name must have a class; numbers without one have that of unknown calls. */
static int complete_calls(const struct reading *reading)
{
	struct gas_schedule *schedule = reading->schedule;
	char names[NAMES_SHOWN * (GAS_NAME_BYTES + 2)] = "";
	size_t at = 0, n = 0;

	for (int nr = 0; nr < GAS_CALLS_MAX; nr++) {
		const char *name = syscall_name(nr);

		if (schedule->class_of[nr] != CLASS_NONE)
			continue;
		schedule->class_of[nr] = schedule->class_unknown;
		if (!name)
			continue;
		if (n < NAMES_SHOWN)
			at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s",
					       n ? ", " : "", name);
		n++;
	}
	if (n > 0)
		return wrong(reading, "", "classes",
			     "calls without a class, %zu: %s%s; expected each in one", n, names,
			     n > NAMES_SHOWN ? ", ..." : "");
	return 0;
}

static int take_classes(const struct reading *reading)
{
	struct gas_schedule *schedule = reading->schedule;
	int r = 0;

	if (reading->doc->classes_count == 0)
		return wrong(reading, "", "", "missing 'classes'; expected a list of classes");
	memset(schedule->class_of, CLASS_NONE, sizeof(schedule->class_of));
	schedule->n_classes = reading->doc->classes_count;
	for (size_t i = 0; r == 0 && i < schedule->n_classes; i++)
		r = take_class(reading, i);
	if (r == 0)
		r = take_unknown(reading);
	return r < 0 ? r : complete_calls(reading);
}

int gas_read(const struct yaml_text *text, const char *stem, struct gas_schedule *ret_schedule,
	     struct gas_notes *ret_notes, struct fault *fault)
{
	struct reading reading = {
		.text = text, .schedule = ret_schedule, .notes = ret_notes, .fault = fault};
	void *data = NULL;
	int r;

	*ret_schedule = (struct gas_schedule){.n_classes = 0};
	*ret_notes = (struct gas_notes){.file = NULL};
	r = yaml_text_load(text, &gas_schema, &data, fault);
	if (r < 0)
		return r;
	reading.doc = data;
	r = take_head(&reading, stem);
	if (r == 0)
		r = take_items(&reading);
	if (r == 0)
		r = take_classes(&reading);
	yaml_text_unload(&gas_schema, data);
	return r;
}
