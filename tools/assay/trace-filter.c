/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Options that say which events are wanted. Within one option it is enough when one value fits; all options that are given must
 * fit. A name that no trace can have is an error, since an empty answer would look like one.
 */

#include "tools/assay/trace-filter.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/strv.h"
#include "lib/trace/text.h"

void trace_filter_clear(struct trace_filter *filter)
{
	filter->calls = strv_free(filter->calls);
	filter->paths = strv_free(filter->paths);
	filter->steps = strv_free(filter->steps);
	free(filter->pids);
	filter->pids = NULL;
}

/* --- options --- */

/* Calls `take` with each word between commas. */
static int each_word(const char *text, int (*take)(struct trace_filter *, const char *),
		     struct trace_filter *filter, const char *expected, char *error,
		     size_t error_size)
{
	_cleanup_free_ char *words = strdup(text);
	char *rest = NULL;

	if (!words)
		return -ENOMEM;
	for (char *word = strtok_r(words, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		int r = take(filter, word);

		if (r == -EINVAL || r == -ENOENT)
			(void)snprintf(error, error_size, "'%s' is not %s", word, expected);
		if (r < 0)
			return r == -ENOENT ? -EINVAL : r;
	}
	return 0;
}

static int take_kind(struct trace_filter *filter, const char *word)
{
	int kind = event_kind_from_name(word);

	if (kind < 0)
		return kind;
	filter->kinds |= UINT64_C(1) << kind;
	return 0;
}

static int take_pid(struct trace_filter *filter, const char *word)
{
	char *end;
	unsigned long pid = strtoul(word, &end, 10);
	uint32_t *pids;

	if (*end != '\0' || end == word || word[0] == '-' || pid > INT32_MAX)
		return -EINVAL;
	pids = reallocarray(filter->pids, filter->n_pids + 1, sizeof(*pids));
	if (!pids)
		return -ENOMEM;
	filter->pids = pids;
	pids[filter->n_pids++] = (uint32_t)pid;
	return 0;
}

static int take_call(struct trace_filter *filter, const char *word)
{
	if (syscall_number(word) < 0 && strncmp(word, "syscall_", 8) != 0)
		return -ENOENT;
	return strv_append(&filter->calls, word);
}

int trace_filter_kind(void *filter, const char *text, char *error, size_t error_size)
{
	return each_word(
		text, take_kind, filter,
		"a kind of event: start, syscall, exec, fork, exit, signal, net, denied, oom, gap, "
		"sample or end",
		error, error_size);
}

int trace_filter_pid(void *filter, const char *text, char *error, size_t error_size)
{
	return each_word(text, take_pid, filter, "a process number", error, error_size);
}

int trace_filter_call(void *filter, const char *text, char *error, size_t error_size)
{
	return each_word(text, take_call, filter, "a system call", error, error_size);
}

/* A time such as 1.5s, 20ms, 300us, 7ns at the start of `text`; 0 or -EINVAL, and where it ends. */
static int parse_time(const char *text, uint64_t *ret_ns, const char **ret_end)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ms", 1e6}, {"us", 1e3}, {"ns", 1}, {"s", 1e9}, {"", 1e9}};
	char *end;
	double value = strtod(text, &end);

	if (end == text || value < 0 || value > 1e9)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		size_t length = strlen(units[i].name);

		if (strncmp(end, units[i].name, length) == 0) {
			*ret_ns = (uint64_t)(value * units[i].ns + 0.5);
			*ret_end = end + length;
			return 0;
		}
	}
	return -EINVAL;
}

int trace_filter_time(void *filter, const char *text, char *error, size_t error_size)
{
	struct trace_filter *to = filter;
	const char *end = text;
	int r = text[0] == '-' ? 0 : parse_time(text, &to->from_ns, &end);

	if (r == 0 && *end == '-' && end[1] != '\0')
		r = parse_time(end + 1, &to->to_ns, &end);
	else if (r == 0 && *end == '-')
		end++;
	else
		r = -EINVAL;
	if (r < 0 || *end != '\0') {
		(void)snprintf(
			error, error_size,
			"'%s' is no span of time; expected FROM-TO such as 10ms-1.5s, 2s- or -5ms",
			text);
		return -EINVAL;
	}
	return 0;
}

/* --- events --- */

static bool path_fits(const char *pattern, const struct event_bytes *path)
{
	char text[EVENT_TEXT_BYTES + 1];
	size_t size = MIN(path->size, (size_t)EVENT_TEXT_BYTES);

	if (strpbrk(pattern, "*?[") == NULL)
		return memmem(path->data, path->size, pattern, strlen(pattern)) != NULL;
	memcpy(text, path->data, size);
	text[size] = '\0';
	return fnmatch(pattern, text, 0) == 0;
}

static bool wants_path(const struct trace_filter *filter, const struct event *event)
{
	for (char **pattern = filter->paths; *pattern; pattern++)
		for (unsigned int i = EVENT_TEXT_PATH; i <= EVENT_TEXT_CLAIM2; i++)
			if (event->text[i].data && path_fits(*pattern, &event->text[i]))
				return true;
	return false;
}

static bool wants_pid(const struct trace_filter *filter, const struct event *event)
{
	for (size_t i = 0; i < filter->n_pids; i++)
		if (event->pid == filter->pids[i] || event->tid == filter->pids[i])
			return true;
	return filter->n_pids == 0;
}

static bool wants_call(const struct trace_filter *filter, const struct trace_item *item)
{
	char name[64];

	if (item->event->nr < 0)
		return false;
	return strv_contains(filter->calls, trace_text_call_name(item->event, item->call, name));
}

bool trace_filter_wants(const struct trace_filter *filter, const struct trace_item *item)
{
	const struct event *event = item->event;

	if (filter->kinds && !(filter->kinds >> event->kind & 1))
		return false;
	if (filter->denied && event->kind != EVENT_DENIED)
		return false;
	if (filter->failed && (!trace_is_call(event) || event->ret >= 0 || event->ret < -4095))
		return false;
	if (event->ts_ns < filter->from_ns || (filter->to_ns && event->ts_ns > filter->to_ns))
		return false;
	if (!wants_pid(filter, event) || (filter->calls && !wants_call(filter, item)))
		return false;
	if (filter->steps && !strv_contains(filter->steps, item->step_name))
		return false;
	return !filter->paths || wants_path(filter, event);
}
