/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of what stands as numbers in events: kinds, flags, levels, loss policies. They are in JSON objects, on command lines and in documents,
 * so a name stays once it was given, as the numbers do. Each is a table by number.
 */

#include "lib/contract/event.h"

#include <errno.h>
#include <string.h>

#include "lib/base/mem.h"

static const char *const kinds[EVENT_KIND_MAX] = {
	[EVENT_START] = "start", [EVENT_SYSCALL] = "syscall", [EVENT_EXEC] = "exec",
	[EVENT_FORK] = "fork",	 [EVENT_EXIT] = "exit",	      [EVENT_SIGNAL] = "signal",
	[EVENT_NET] = "net",	 [EVENT_DENIED] = "denied",   [EVENT_OOM] = "oom",
	[EVENT_GAP] = "gap",	 [EVENT_SAMPLE] = "sample",   [EVENT_END] = "end",
};

static const char *const flags[] = {
	"faulted", "truncated", "claimed", "resolved", "unresolved",
	"compat",  "gas-limit", "restart", "stopped",  "lsm",
};

const char *event_kind_name(unsigned int kind)
{
	return kind < ARRAY_SIZE(kinds) ? kinds[kind] : NULL;
}

int event_kind_from_name(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i] != NULL && strcmp(kinds[i], name) == 0)
			return (int)i;
	return -ENOENT;
}

static const char *const levels[TRACE_LEVEL_MAX] = {"counters", "events", "syscalls"};
static const char *const losses[TRACE_LOSS_MAX] = {"stop", "kill", "drop"};

static int index_of(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -ENOENT;
}

const char *trace_level_name(enum trace_level level)
{
	return levels[level];
}

int trace_level_from_name(const char *name)
{
	return index_of(levels, ARRAY_SIZE(levels), name);
}

const char *trace_loss_name(enum trace_loss loss)
{
	return losses[loss];
}

int trace_loss_from_name(const char *name)
{
	return index_of(losses, ARRAY_SIZE(losses), name);
}

const char *event_flag_name(unsigned int bit)
{
	return bit < ARRAY_SIZE(flags) ? flags[bit] : NULL;
}
