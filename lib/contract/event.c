/* SPDX-License-Identifier: Apache-2.0 */
/* The names of events' kinds and flags: they stand in JSON and in traces' documents. */

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
	"compat",  "gas-limit", "restart", "stopped",
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

const char *event_flag_name(unsigned int bit)
{
	return bit < ARRAY_SIZE(flags) ? flags[bit] : NULL;
}
