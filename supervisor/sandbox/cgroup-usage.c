/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a step used. Its own group is a fresh one and gives fresh counters: peaks and events need no subtraction on v2. On v1 the slot's
 * group has counters of its own age, so what stood there before is taken off, and pids.peak, which cannot be reset, is an upper bound
 * once an earlier step went higher (its source says so).
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/cgroup-internal.h"

enum { STAT_BYTES = 4096 };

/* A counter by its key, or from a file that holds nothing else (`key` NULL). Unreadable is an error, never zero. */
static int counter_read(int dir_fd, const char *file, const char *key, uint64_t *ret_value)
{
	char text[STAT_BYTES];
	ssize_t n;

	if (key == NULL)
		return file_read_u64(dir_fd, file, ret_value);
	n = file_read(dir_fd, file, text, sizeof(text));
	return n < 0 ? (int)n : text_field_u64(text, key, ret_value);
}

/* How much a counter that only rises has risen since it was asked last: nobody but the slot's steps moves it. */
static int counter_rise(int dir_fd, const char *file, const char *key, uint64_t *last,
			uint64_t *ret_rise)
{
	uint64_t now;
	int r = counter_read(dir_fd, file, key, &now);

	if (r < 0)
		return r;
	*ret_rise = now > *last ? now - *last : 0;
	*last = now;
	return 0;
}

bool cgroup_step_empty(const struct cgroup_slot *slot)
{
	char text[STAT_BYTES];
	uint64_t populated = 1;

	return slot->step_fd >= 0 &&
	       file_read(slot->step_fd, "cgroup.events", text, sizeof(text)) > 0 &&
	       text_field_u64(text, "populated", &populated) == 0 && populated == 0;
}

static int usage_cpu(struct cgroup_slot *slot, struct cgroup_usage *usage)
{
	char text[STAT_BYTES];
	uint64_t total, user, system, throttled = 0;
	ssize_t n = file_read(slot->step_fd, "cpu.stat", text, sizeof(text));

	if (n < 0)
		return (int)n;
	if (text_field_u64(text, "usage_usec", &total) < 0 ||
	    text_field_u64(text, "user_usec", &user) < 0 ||
	    text_field_u64(text, "system_usec", &system) < 0)
		return -EIO;
	(void)text_field_u64(text, "throttled_usec", &throttled); /* only with the controller */
	usage->cpu_ns = total * NSEC_PER_USEC;
	usage->user_ns = user * NSEC_PER_USEC;
	usage->system_ns = system * NSEC_PER_USEC;
	usage->throttled_ns = throttled * NSEC_PER_USEC;
	usage->sources.cpu = "cpu.stat usage_usec less the preparation";
	if (slot->v1_fd[CGROUP_CPU] < 0)
		return 0;
	return counter_rise(slot->v1_fd[CGROUP_CPU], "cpu.stat", "throttled_time",
			    &slot->throttled_last, &usage->throttled_ns);
}

static int usage_memory_v2(const struct cgroup_slot *slot, struct cgroup_usage *usage)
{
	char text[STAT_BYTES];
	int r = file_read_u64(slot->step_fd, "memory.peak", &usage->memory_peak_bytes);
	ssize_t n;

	usage->sources.memory = "memory.peak";
	usage->sources.oom = "memory.events oom";
	if (r < 0)
		return r;
	n = file_read(slot->step_fd, "memory.events", text, sizeof(text));
	if (n < 0)
		return (int)n;
	r = text_field_u64(text, "oom", &usage->oom_events);
	return r < 0 ? r : text_field_u64(text, "oom_kill", &usage->oom_kills);
}

static int usage_memory_v1(struct cgroup_slot *slot, uint64_t baseline, struct cgroup_usage *usage)
{
	char text[32];
	uint64_t peak;
	ssize_t n = fd_pread_full(slot->memory.peak, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return n < 0 ? (int)n : -EIO;
	text[n] = '\0';
	peak = strtoull(text, NULL, 10);
	usage->memory_peak_bytes = peak > baseline ? peak - baseline : 0;
	usage->sources.memory = "memory.max_usage_in_bytes less the charge before the start";
	usage->sources.oom = "memory.oom_control event";
	return counter_rise(slot->v1_fd[CGROUP_MEMORY], "memory.oom_control", "oom_kill",
			    &slot->oom_kills_last, &usage->oom_kills);
}

static int usage_memory(struct cgroup_slot *slot, uint64_t baseline, struct cgroup_usage *usage)
{
	if (slot->tree->v2[CGROUP_MEMORY])
		return usage_memory_v2(slot, usage);
	if (slot->memory.peak >= 0)
		return usage_memory_v1(slot, baseline, usage);
	usage->sources.memory = usage->sources.oom = "none";
	return 0;
}

/* pids.peak is in newer kernels only: without it the peak is 0 and its source "none". */
static int usage_pids(struct cgroup_slot *slot, struct cgroup_usage *usage)
{
	bool v2 = slot->tree->v2[CGROUP_PIDS];
	int fd = v2 ? slot->step_fd : slot->v1_fd[CGROUP_PIDS];
	uint64_t own = v2 ? 0 : CGROUP_V1_OWN_PROCESSES, fresh = 0, peak;

	usage->sources.processes = "none";
	if (fd < 0)
		return 0;
	if (counter_read(fd, "pids.peak", NULL, &peak) == 0) {
		usage->processes_peak = peak > own ? peak - own : 0;
		usage->sources.processes = v2 ? "pids.peak" :
					   peak > slot->pids_peak_last ?
						"pids.peak less launcher and PID 1" :
						"pids.peak of the slot (upper bound)";
		slot->pids_peak_last = peak;
	}
	return counter_rise(fd, "pids.events", "max", v2 ? &fresh : &slot->pids_refused_last,
			    &usage->pids_refused);
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345" in us. Source: Documentation/accounting/psi.rst. */
static uint64_t pressure_read(const struct cgroup_slot *slot, const char *file)
{
	char text[256];
	const char *total;

	if (!slot->tree->has_psi || file_read(slot->step_fd, file, text, sizeof(text)) < 0)
		return UINT64_MAX;
	total = strstr(text, "total=");
	return total == NULL ? UINT64_MAX : strtoull(total + 6, NULL, 10) * NSEC_PER_USEC;
}

int cgroup_step_usage(struct cgroup_slot *slot, uint64_t baseline_bytes,
		      struct cgroup_usage *ret_usage, struct fault *fault)
{
	struct cgroup_usage usage = {0};
	int r = usage_cpu(slot, &usage);

	if (r < 0)
		return fault_set(fault, r, "cgroup", "cannot read cpu.stat of the step");
	r = usage_memory(slot, baseline_bytes, &usage);
	if (r < 0)
		return fault_set(fault, r, "cgroup", "cannot read the memory counters of the step");
	r = usage_pids(slot, &usage);
	if (r < 0)
		return fault_set(fault, r, "cgroup", "cannot read the process counters of the step");
	usage.pressure_cpu_ns = pressure_read(slot, "cpu.pressure");
	usage.pressure_memory_ns = pressure_read(slot, "memory.pressure");
	usage.pressure_io_ns = pressure_read(slot, "io.pressure");
	*ret_usage = usage;
	return 0;
}
