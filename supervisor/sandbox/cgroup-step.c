/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The group of one step: made for it, limited, read, removed. A fresh group gives fresh counters: peaks and events need no
 * subtraction on v2. On v1 the slot's group has counters of its own age, so what stood there before
 * is taken off, and pids.peak, which cannot be reset, is an upper bound once an earlier step went higher (its source
 * says so).
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/cgroup-internal.h"

enum {
	STAT_BYTES = 4096,
	CPU_PERIOD_USEC = 100000, /* the kernel's default */
	PIDS_PAUSE_NS = 50000,
	PIDS_PAUSES = 1000,
};

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

/* Writes a limit, or "max" for none. */
static int limit_write(int dir_fd, const char *file, uint64_t value)
{
	return value == LIMIT_NONE ? file_write(dir_fd, file, "max") :
				     file_write_u64(dir_fd, file, value);
}

static int v2_memory_limit(const struct cgroup_slot *slot, uint64_t bytes)
{
	int r = limit_write(slot->step_fd, "memory.max", bytes);

	if (r == 0)
		r = file_write(slot->step_fd, "memory.oom.group", "1");
	if (r < 0)
		return r;
	/* Absent where swap accounting is compiled out. */
	r = file_write(slot->step_fd, "memory.swap.max", "0");
	return r == -ENOENT ? 0 : r;
}

/* The slot's v1 group keeps what the step before wrote: the same limit is not written again. */
static int v1_cpu_limit(struct cgroup_slot *slot, uint64_t thousandths)
{
	int fd = slot->v1_fd[CGROUP_CPU], r;

	if (fd < 0)
		return thousandths == LIMIT_NONE ? 0 : -ENOTSUP;
	if (thousandths == slot->v1_cpus)
		return 0;
	r = thousandths == LIMIT_NONE ?
		    file_write(fd, "cpu.cfs_quota_us", "-1") :
		    file_write_u64(fd, "cpu.cfs_quota_us", thousandths * CPU_PERIOD_USEC / 1000);
	if (r == 0)
		slot->v1_cpus = thousandths;
	return r;
}

static int cpu_limit(struct cgroup_slot *slot, uint64_t thousandths)
{
	char text[64];

	if (!slot->tree->v2[CGROUP_CPU])
		return v1_cpu_limit(slot, thousandths);
	if (thousandths == LIMIT_NONE)
		return 0;
	(void)snprintf(text, sizeof(text), "%llu %d",
		       (unsigned long long)thousandths * CPU_PERIOD_USEC / 1000, CPU_PERIOD_USEC);
	return file_write(slot->step_fd, "cpu.max", text);
}

/* v1 has a file a direction, and 0 for no limit. */
static int v1_io_limit(struct cgroup_slot *slot, uint64_t bytes)
{
	static const char *const files[] = {"blkio.throttle.read_bps_device",
					    "blkio.throttle.write_bps_device"};
	char text[64];

	if (slot->v1_fd[CGROUP_IO] < 0)
		return bytes == LIMIT_NONE ? 0 : -ENOTSUP;
	if (bytes == slot->v1_io)
		return 0;
	(void)snprintf(text, sizeof(text), "%s %llu", slot->tree->io_device,
		       bytes == LIMIT_NONE ? 0ULL : (unsigned long long)bytes);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int r = file_write(slot->v1_fd[CGROUP_IO], files[i], text);

		if (r < 0)
			return r;
	}
	slot->v1_io = bytes;
	return 0;
}

static int io_limit(struct cgroup_slot *slot, uint64_t bytes)
{
	char text[96];

	if (!slot->tree->v2[CGROUP_IO])
		return v1_io_limit(slot, bytes);
	if (bytes == LIMIT_NONE)
		return 0;
	(void)snprintf(text, sizeof(text), "%s rbps=%llu wbps=%llu", slot->tree->io_device,
		       (unsigned long long)bytes, (unsigned long long)bytes);
	return file_write(slot->step_fd, "io.max", text);
}

static int pids_limit(struct cgroup_slot *slot, uint64_t processes)
{
	int r;

	if (slot->tree->v2[CGROUP_PIDS])
		return limit_write(slot->step_fd, "pids.max", processes);
	if (slot->v1_fd[CGROUP_PIDS] < 0 || processes == slot->v1_pids)
		return 0;
	r = limit_write(slot->v1_fd[CGROUP_PIDS], "pids.max",
			processes == LIMIT_NONE ? LIMIT_NONE : processes + CGROUP_V1_OWN_PROCESSES);
	if (r == 0)
		slot->v1_pids = processes;
	return r;
}

static int limits_apply(struct cgroup_slot *slot, const struct limits *limits, struct fault *fault)
{
	int r;

	if (slot->tree->v2[CGROUP_MEMORY]) {
		r = v2_memory_limit(slot, limits_get(limits, LIMIT_MEMORY));
		if (r < 0)
			return fault_set(fault, r, "cgroup", "cannot set the memory limit");
	}
	r = pids_limit(slot, limits_get(limits, LIMIT_PIDS));
	if (r < 0)
		return fault_set(fault, r, "cgroup", "cannot set the process limit");
	r = cpu_limit(slot, limits_get(limits, LIMIT_CPUS));
	if (r < 0)
		return fault_set(fault, r, "cgroup",
				 "cannot limit the CPU bandwidth (the cpu controller is not there)");
	r = io_limit(slot, limits_get(limits, LIMIT_IO));
	if (r < 0)
		return fault_set(fault, r, "cgroup", "cannot limit the disk traffic of %s",
				 slot->tree->io_device);
	return 0;
}

/*
 * A dying PID 1 of the step before counts until the kernel has released it: some us after its pidfd said that it is dead, or as long as
 * something more urgent, such as the caller, keeps it from that.
 */
static void v1_pids_settle(const struct cgroup_slot *slot)
{
	static const struct timespec pause = {.tv_nsec = PIDS_PAUSE_NS};
	uint64_t current = 0;

	for (int i = 0; i < PIDS_PAUSES; i++) {
		if (file_read_u64(slot->v1_fd[CGROUP_PIDS], "pids.current", &current) < 0 ||
		    current <= 1)
			return;
		(void)nanosleep(&pause, NULL);
	}
}

int cgroup_step_begin(struct cgroup_slot *slot, struct fault *fault)
{
	(void)snprintf(slot->step_name, sizeof(slot->step_name), "run-%lu", slot->steps++);
	if (mkdirat(slot->slot_fd, slot->step_name, 0755) < 0)
		return fault_set(fault, -errno, "cgroup",
				 "cannot make the group of a step in slot %u", slot->number);
	slot->step_fd = openat(slot->slot_fd, slot->step_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (slot->step_fd < 0) {
		int r = fault_set(fault, -errno, "cgroup", "cannot open the step's group");

		(void)unlinkat(slot->slot_fd, slot->step_name, AT_REMOVEDIR);
		return r;
	}
	if (slot->v1_fd[CGROUP_PIDS] >= 0)
		v1_pids_settle(slot);
	return 0;
}

int cgroup_step_limit(struct cgroup_slot *slot, const struct limits *limits, struct fault *fault)
{
	(void)cgroup_slot_oom_take(slot); /* of the step before */
	return limits_apply(slot, limits, fault);
}

int cgroup_step_fd(const struct cgroup_slot *slot)
{
	return slot->step_fd;
}

struct cgroup_memory_fds cgroup_step_memory_fds(const struct cgroup_slot *slot)
{
	return slot->memory;
}

int cgroup_step_cpu_ns(const struct cgroup_slot *slot, uint64_t *ret_ns)
{
	char text[STAT_BYTES];
	uint64_t usec;
	ssize_t n = file_read(slot->step_fd, "cpu.stat", text, sizeof(text));
	int r = n < 0 ? (int)n : text_field_u64(text, "usage_usec", &usec);

	if (r < 0)
		return r;
	*ret_ns = usec * NSEC_PER_USEC;
	return 0;
}

int cgroup_step_cpu_exact_ns(const struct cgroup_slot *slot, uint64_t *ret_ns)
{
	char text[STAT_BYTES], *at = text, *line;

	/* Of more processes than the text holds the rest is what it was at the last tick. */
	if (file_read(slot->step_fd, "cgroup.procs", text, sizeof(text)) < 0)
		text[0] = '\0';
	while ((line = strsep(&at, "\n")) != NULL) {
		struct timespec time;
		clockid_t clock;

		/* Asking for a process's clock brings its group's up to date: task_sched_runtime(), kernel/sched/core.c. */
		if (line[0] != '\0' &&
		    clock_getcpuclockid((pid_t)strtol(line, NULL, 10), &clock) == 0)
			(void)clock_gettime(clock, &time);
	}
	return cgroup_step_cpu_ns(slot, ret_ns);
}

int cgroup_step_kill(const struct cgroup_slot *slot)
{
	return slot->step_fd < 0 ? 0 : file_write(slot->step_fd, "cgroup.kill", "1");
}

int cgroup_step_freeze(const struct cgroup_slot *slot, bool frozen)
{
	return slot->step_fd < 0 ? 0 :
				   file_write(slot->step_fd, "cgroup.freeze", frozen ? "1" : "0");
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

int cgroup_step_end(struct cgroup_slot *slot, struct fault *fault)
{
	if (slot->step_fd < 0)
		return 0;
	if (unlinkat(slot->slot_fd, slot->step_name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return fault_set(fault, -errno, "cgroup", "processes are left in the step's group");
	slot->step_fd = fd_close(slot->step_fd);
	/* The next step's files are staged before its limit is known: nothing may be in the way. */
	if (slot->memory.limit >= 0) {
		if (slot->memory.memsw >= 0)
			(void)fd_write_all(slot->memory.memsw, "-1", 2);
		(void)fd_write_all(slot->memory.limit, "-1", 2);
	}
	return 0;
}
