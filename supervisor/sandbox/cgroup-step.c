/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The group of one step: made for it, or kept from the step before (cgroup-kept.c), limited, killed, removed. What it counted is read in
 * cgroup-usage.c.
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
	char text[CGROUP_TEXT_BYTES];

	for (int i = 0; i < PIDS_PAUSES; i++) {
		if (cgroup_text(slot->v1_file[CGROUP_V1_PIDS_CURRENT], text) < 0 ||
		    strtoull(text, NULL, 10) <= 1)
			return;
		(void)nanosleep(&pause, NULL);
	}
}

static int group_make(struct cgroup_slot *slot, struct fault *fault)
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
	return 0;
}

int cgroup_step_begin(struct cgroup_slot *slot, struct fault *fault)
{
	bool kept = cgroup_step_take_kept(slot);
	int r = kept ? 0 : group_make(slot, fault);

	if (r < 0)
		return r;
	if (slot->v1_fd[CGROUP_PIDS] >= 0)
		v1_pids_settle(slot);
	if (kept)
		cgroup_step_cpu_rebase(slot);
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

uint64_t cgroup_step_cpu_base_ns(const struct cgroup_slot *slot)
{
	return slot->counter_base[CGROUP_STEP_USAGE] * NSEC_PER_USEC;
}

int cgroup_step_cpu_ns(struct cgroup_slot *slot, uint64_t *ret_ns)
{
	char text[CGROUP_TEXT_BYTES];
	uint64_t usec;
	int r = cgroup_step_text(slot, CGROUP_STEP_CPU_STAT, text);

	if (r == 0)
		r = text_field_u64(text, "usage_usec", &usec);
	if (r < 0)
		return r;
	*ret_ns = (usec - MIN(usec, slot->counter_base[CGROUP_STEP_USAGE])) * NSEC_PER_USEC;
	return 0;
}

int cgroup_step_cpu_exact_ns(struct cgroup_slot *slot, uint64_t *ret_ns)
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

int cgroup_step_kill(struct cgroup_slot *slot)
{
	slot->step_touched = true;
	return slot->step_fd < 0 ? 0 : file_write(slot->step_fd, "cgroup.kill", "1");
}

int cgroup_step_freeze(struct cgroup_slot *slot, bool frozen)
{
	slot->step_touched = true;
	return slot->step_fd < 0 ? 0 :
				   file_write(slot->step_fd, "cgroup.freeze", frozen ? "1" : "0");
}

int cgroup_step_end(struct cgroup_slot *slot, struct fault *fault)
{
	if (slot->step_fd < 0)
		return 0;
	if (!cgroup_step_keep(slot)) {
		cgroup_step_files_close(slot);
		if (unlinkat(slot->slot_fd, slot->step_name, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return fault_set(fault, -errno, "cgroup",
					 "processes are left in the step's group");
		slot->step_fd = fd_close(slot->step_fd);
	}
	/* The next step's files are staged before its limit is known: nothing may be in the way. */
	if (slot->memory.limit >= 0) {
		if (slot->memory.memsw >= 0)
			(void)fd_write_all(slot->memory.memsw, "-1", 2);
		(void)fd_write_all(slot->memory.limit, "-1", 2);
	}
	return 0;
}
