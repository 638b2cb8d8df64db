/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a step used. With a controller on v2 its own group is a fresh one and gives fresh counters: peaks and events need no subtraction. A
 * group that was kept (cgroup-kept.c) has counters that only rise, and what stood there at the step's begin is taken off. On v1 the slot's
 * group has counters of its own age, so what stood there before is taken off, and pids.peak, which cannot be reset, is an upper bound
 * once an earlier step went higher (its source says so).
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/cgroup-internal.h"

int cgroup_text(int fd, char text[static CGROUP_TEXT_BYTES])
{
	ssize_t n;

	do
		n = pread(fd, text, CGROUP_TEXT_BYTES - 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return n < CGROUP_TEXT_BYTES - 1 ? 0 : -EFBIG;
}

int cgroup_text_at(int dir_fd, const char *file, char text[static CGROUP_TEXT_BYTES])
{
	_cleanup_close_ int fd = openat(dir_fd, file, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : cgroup_text(fd, text);
}

/* A file that holds one number. Anything else is an error, never zero. */
static int number_parse(const char *text, uint64_t *ret_value)
{
	char *end;

	errno = 0;
	*ret_value = strtoull(text, &end, 10);
	return errno != 0 || end == text || text[0] < '0' || text[0] > '9' || *end != '\n' ?
		       -EINVAL :
		       0;
}

/* How much a counter that only rises has risen since it was asked last: nobody but the slot's steps moves it. */
static int counter_rise(int fd, const char *key, uint64_t *last, uint64_t *ret_rise)
{
	char text[CGROUP_TEXT_BYTES];
	uint64_t now;
	int r = cgroup_text(fd, text);

	if (r == 0)
		r = text_field_u64(text, key, &now);
	if (r < 0)
		return r;
	*ret_rise = now > *last ? now - *last : 0;
	*last = now;
	return 0;
}

bool cgroup_step_empty(struct cgroup_slot *slot)
{
	char text[CGROUP_TEXT_BYTES];
	uint64_t populated = 1;

	slot->seen_empty = slot->step_fd >= 0 &&
			   cgroup_step_text(slot, CGROUP_STEP_EVENTS, text) == 0 &&
			   text_field_u64(text, "populated", &populated) == 0 && populated == 0;
	return slot->seen_empty;
}

/* CPU time in us as `text` of cpu.stat has it: in all, of user space, of the kernel. In the order of enum cgroup_step_counter. */
static int cpu_times(const char *text, uint64_t ret_usec[static CGROUP_STEP_CPU_COUNTERS])
{
	static const char *const keys[CGROUP_STEP_CPU_COUNTERS] = {"usage_usec", "user_usec",
								   "system_usec"};

	for (int i = 0; i < CGROUP_STEP_CPU_COUNTERS; i++)
		if (text_field_u64(text, keys[i], &ret_usec[i]) < 0)
			return -EIO;
	return 0;
}

void cgroup_step_cpu_rebase(struct cgroup_slot *slot)
{
	char text[CGROUP_TEXT_BYTES];
	uint64_t usec[CGROUP_STEP_CPU_COUNTERS];

	/* Else what was read at the last step's end stands, which is less by some us at most. */
	if (cgroup_step_text(slot, CGROUP_STEP_CPU_STAT, text) == 0 && cpu_times(text, usec) == 0)
		memcpy(slot->counter_base, usec, sizeof(usec));
}

static int usage_cpu(struct cgroup_slot *slot, struct cgroup_usage *usage)
{
	char text[CGROUP_TEXT_BYTES];
	uint64_t usec[CGROUP_STEP_CPU_COUNTERS], throttled = 0;
	int r = cgroup_step_text(slot, CGROUP_STEP_CPU_STAT, text);

	if (r == 0)
		r = cpu_times(text, usec);
	if (r < 0)
		return r;
	(void)text_field_u64(text, "throttled_usec", &throttled); /* only with the controller */
	usage->cpu_ns =
		cgroup_step_rise(slot, CGROUP_STEP_USAGE, usec[CGROUP_STEP_USAGE]) * NSEC_PER_USEC;
	usage->user_ns =
		cgroup_step_rise(slot, CGROUP_STEP_USER, usec[CGROUP_STEP_USER]) * NSEC_PER_USEC;
	usage->system_ns = cgroup_step_rise(slot, CGROUP_STEP_SYSTEM, usec[CGROUP_STEP_SYSTEM]) *
			   NSEC_PER_USEC;
	usage->throttled_ns = throttled * NSEC_PER_USEC;
	usage->sources.cpu = "cpu.stat usage_usec less the preparation";
	/* A group without a limit of its own is not throttled, and its counter stands still. */
	if (slot->v1_fd[CGROUP_CPU] < 0 || slot->v1_cpus == LIMIT_NONE)
		return 0;
	return counter_rise(slot->v1_file[CGROUP_V1_CPU_STAT], "throttled_time",
			    &slot->throttled_last, &usage->throttled_ns);
}

static int usage_memory_v2(const struct cgroup_slot *slot, struct cgroup_usage *usage)
{
	char text[CGROUP_TEXT_BYTES];
	int r = file_read_u64(slot->step_fd, "memory.peak", &usage->memory_peak_bytes);

	usage->sources.memory = "memory.peak";
	usage->sources.oom = "memory.events oom";
	if (r < 0)
		return r;
	r = cgroup_text_at(slot->step_fd, "memory.events", text);
	if (r < 0)
		return r;
	r = text_field_u64(text, "oom", &usage->oom_events);
	return r < 0 ? r : text_field_u64(text, "oom_kill", &usage->oom_kills);
}

static int usage_memory_v1(struct cgroup_slot *slot, uint64_t baseline, struct cgroup_usage *usage)
{
	char text[CGROUP_TEXT_BYTES];
	uint64_t peak;
	int r = cgroup_text(slot->memory.peak, text);

	if (r == 0)
		r = number_parse(text, &peak);
	if (r < 0)
		return r;
	usage->memory_peak_bytes = peak > baseline ? peak - baseline : 0;
	usage->sources.memory = "memory.max_usage_in_bytes less the charge before the start";
	usage->sources.oom = "memory.oom_control event";
	return counter_rise(slot->v1_file[CGROUP_V1_OOM_CONTROL], "oom_kill", &slot->oom_kills_last,
			    &usage->oom_kills);
}

int cgroup_step_memory_rebase(struct cgroup_slot *slot, uint64_t *ret_bytes)
{
	char text[CGROUP_TEXT_BYTES];
	int r = cgroup_text(slot->memory.usage, text);

	if (r == 0)
		r = number_parse(text, ret_bytes);
	if (r == 0 && pwrite(slot->memory.peak, "0", 1, 0) < 0)
		r = -errno;
	return r;
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
static int usage_pids_v2(const struct cgroup_slot *slot, struct cgroup_usage *usage)
{
	char text[CGROUP_TEXT_BYTES];
	int r = cgroup_text_at(slot->step_fd, "pids.events", text);

	usage->sources.processes = "none";
	if (r == 0)
		r = text_field_u64(text, "max", &usage->pids_refused);
	if (r == 0 && file_read_u64(slot->step_fd, "pids.peak", &usage->processes_peak) == 0)
		usage->sources.processes = "pids.peak";
	return r;
}

static int usage_pids_v1(struct cgroup_slot *slot, struct cgroup_usage *usage)
{
	char text[CGROUP_TEXT_BYTES];
	uint64_t peak;

	if (cgroup_text(slot->v1_file[CGROUP_V1_PIDS_PEAK], text) == 0 &&
	    number_parse(text, &peak) == 0) {
		usage->processes_peak = peak - MIN(peak, (uint64_t)CGROUP_V1_OWN_PROCESSES);
		usage->sources.processes = peak > slot->pids_peak_last ?
						   "pids.peak less launcher and PID 1" :
						   "pids.peak of the slot (upper bound)";
		slot->pids_peak_last = peak;
	}
	return counter_rise(slot->v1_file[CGROUP_V1_PIDS_EVENTS], "max", &slot->pids_refused_last,
			    &usage->pids_refused);
}

static int usage_pids(struct cgroup_slot *slot, struct cgroup_usage *usage)
{
	usage->sources.processes = "none";
	if (slot->tree->v2[CGROUP_PIDS])
		return usage_pids_v2(slot, usage);
	return slot->v1_fd[CGROUP_PIDS] < 0 ? 0 : usage_pids_v1(slot, usage);
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345" in us. Source: Documentation/accounting/psi.rst. */
static uint64_t pressure_read(struct cgroup_slot *slot, enum cgroup_step_file file,
			      enum cgroup_step_counter counter)
{
	char text[CGROUP_TEXT_BYTES];
	const char *total;

	if (!slot->tree->has_psi || cgroup_step_text(slot, file, text) < 0)
		return UINT64_MAX;
	total = strstr(text, "total=");
	return total == NULL ? UINT64_MAX :
			       cgroup_step_rise(slot, counter, strtoull(total + 6, NULL, 10)) *
				       NSEC_PER_USEC;
}

int cgroup_step_usage_cpu(struct cgroup_slot *slot, struct cgroup_usage *usage, struct fault *fault)
{
	int r = usage_cpu(slot, usage);

	return r < 0 ? fault_set(fault, r, "cgroup", "cannot read cpu.stat of the step") : 0;
}

int cgroup_step_usage(struct cgroup_slot *slot, uint64_t baseline_bytes,
		      struct cgroup_usage *ret_usage, struct fault *fault)
{
	struct cgroup_usage usage = {0};
	int r = usage_memory(slot, baseline_bytes, &usage);

	if (r < 0)
		return fault_set(fault, r, "cgroup", "cannot read the memory counters of the step");
	r = usage_pids(slot, &usage);
	if (r < 0)
		return fault_set(fault, r, "cgroup", "cannot read the process counters of the step");
	usage.pressure_cpu_ns = pressure_read(slot, CGROUP_STEP_PRESSURE_CPU, CGROUP_STEP_STALL_CPU);
	usage.pressure_memory_ns =
		pressure_read(slot, CGROUP_STEP_PRESSURE_MEMORY, CGROUP_STEP_STALL_MEMORY);
	usage.pressure_io_ns = pressure_read(slot, CGROUP_STEP_PRESSURE_IO, CGROUP_STEP_STALL_IO);
	*ret_usage = usage;
	return 0;
}
