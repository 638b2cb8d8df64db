/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step's group that is kept for the next step of its slot.
 *
 * Where the kernel binds every controller to v1, the v2 group of a step limits nothing and has no counters but CPU time and pressure, which
 * only rise. To make it, to open its files and to remove it again is the dearest thing that the supervisor does for a step. So it stays,
 * with its files open, and what stood in the counters is taken off, as on v1. With a controller on v2 a group is made for each step: peaks
 * and the charges of what was left behind belong to the group and cannot be taken off.
 *
 * What must hold for it:
 *
 *   nothing of the last step can come back   kept only when the kernel counted no process in it twice: while PID 1 still lived, and after PID 1's
 *                                            death. That is the count that a removal asks for, and nobody who can enter the group lives between
 *                                            two steps.
 *   nothing was done to the group            one that was killed kills what is put into it later (kill_seq, kernel/cgroup/cgroup.c), one that was
 *                                            frozen may be: either is removed.
 *   every counter was read at the end        what was not read cannot be taken off: then it is removed. CPU time is read once more at the next
 *                                            step's begin, for a process is charged for its last us when it is not counted any more.
 *   the past is short                        the kernel parts a group's time into user and system by what its ticks met in all the group's life
 *                                            (cputime_adjust(), kernel/sched/cputime.c). So the past that a step finds is no longer than a tick, which
 *                                            is the grain of these two figures in a group of its own as well. Their sum is exact.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/cgroup-internal.h"

enum { PAST_USEC_MAX = 4000 }; /* at 250 Hz */

static const char *const file_names[] = {
	[CGROUP_STEP_EVENTS] = "cgroup.events",
	[CGROUP_STEP_CPU_STAT] = "cpu.stat",
	[CGROUP_STEP_PRESSURE_CPU] = "cpu.pressure",
	[CGROUP_STEP_PRESSURE_MEMORY] = "memory.pressure",
	[CGROUP_STEP_PRESSURE_IO] = "io.pressure",
};

/* Whether groups of this host can be kept. */
static bool keepable(const struct cgroup_tree *tree)
{
	for (int id = 0; id < CGROUP_CONTROLLER_MAX; id++)
		if (tree->v2[id])
			return false;
	return true;
}

int cgroup_step_text(struct cgroup_slot *slot, enum cgroup_step_file file,
		     char text[static CGROUP_TEXT_BYTES])
{
	int *fd = &slot->step_file[file];

	/* A file that is open when its group goes is one more thing to be taken down. */
	if (slot->step_fd < 0 || !keepable(slot->tree))
		return cgroup_text_at(slot->step_fd, file_names[file], text);
	if (*fd < 0)
		*fd = openat(slot->step_fd, file_names[file], O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return *fd < 0 ? -errno : cgroup_text(*fd, text);
}

uint64_t cgroup_step_rise(struct cgroup_slot *slot, enum cgroup_step_counter counter, uint64_t now)
{
	slot->counter_now[counter] = now;
	slot->counted |= 1U << counter;
	return now - MIN(now, slot->counter_base[counter]);
}

static bool all_counted(const struct cgroup_slot *slot)
{
	unsigned all = (1U << CGROUP_STEP_COUNTER_MAX) - 1;

	if (!slot->tree->has_psi)
		all &= (1U << CGROUP_STEP_PRESSURE_FIRST) - 1;
	return (slot->counted & all) == all;
}

static bool past_is_short(const struct cgroup_slot *slot)
{
	return slot->counter_now[CGROUP_STEP_USAGE] <= PAST_USEC_MAX;
}

bool cgroup_step_keep(struct cgroup_slot *slot)
{
	if (!keepable(slot->tree) || slot->step_touched || !slot->seen_empty ||
	    !all_counted(slot) || !past_is_short(slot) || !cgroup_step_empty(slot))
		return false;
	slot->kept_fd = TAKE_FD(slot->step_fd);
	memcpy(slot->counter_base, slot->counter_now, sizeof(slot->counter_base));
	return true;
}

bool cgroup_step_take_kept(struct cgroup_slot *slot)
{
	slot->step_touched = slot->seen_empty = false;
	slot->counted = 0;
	if (slot->kept_fd < 0) {
		memset(slot->counter_base, 0, sizeof(slot->counter_base));
		return false;
	}
	slot->step_fd = TAKE_FD(slot->kept_fd);
	return true;
}

void cgroup_step_files_close(struct cgroup_slot *slot)
{
	for (int i = 0; i < CGROUP_STEP_FILE_MAX; i++)
		slot->step_file[i] = fd_close(slot->step_file[i]);
}
