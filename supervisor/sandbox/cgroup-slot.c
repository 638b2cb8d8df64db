/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The groups of one slot, made when the slot is made and kept: agent/ on the v2 tree, and one group on each v1 hierarchy
 * that drives a controller. The launcher moves itself into the v1 groups before its first request; what it forks is born there.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/cgroup-internal.h"

_Static_assert((int)CGROUP_JOIN_MAX >= (int)CGROUP_CONTROLLER_MAX, "a group for each controller");

static void controllers_hand_on(const struct cgroup_slot *slot)
{
	for (int id = 0; id < CGROUP_CONTROLLER_MAX; id++) {
		char word[32];

		if (!slot->tree->v2[id])
			continue;
		(void)snprintf(word, sizeof(word), "+%s", slot->tree->host.controller[id].name);
		(void)file_write(slot->slot_fd, "cgroup.subtree_control", word);
	}
}

static int v2_create(struct cgroup_slot *slot, struct fault *fault)
{
	slot->slot_fd = cgroup_v2_slot_open(slot->tree, slot->number, true);
	if (slot->slot_fd < 0)
		return fault_set(fault, slot->slot_fd, "cgroup", "cannot make %s/slot-%u",
				 slot->tree->base_path, slot->number);
	controllers_hand_on(slot);
	if (mkdirat(slot->slot_fd, "agent", 0755) < 0 && errno != EEXIST)
		return fault_set(fault, -errno, "cgroup", "cannot make %s/slot-%u/agent",
				 slot->tree->base_path, slot->number);
	slot->agent_fd = openat(slot->slot_fd, "agent", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (slot->agent_fd < 0)
		return fault_set(fault, -errno, "cgroup", "cannot open %s/slot-%u/agent",
				 slot->tree->base_path, slot->number);
	return 0;
}

static int memory_file_open(const struct cgroup_slot *slot, const char *name, int flags)
{
	int fd = openat(slot->v1_fd[CGROUP_MEMORY], name, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* An eventfd that counts the moments at which the group ran out of memory. Source: cgroup-v1/memory.rst, section 9, 10. */
static int oom_listen(struct cgroup_slot *slot)
{
	_cleanup_close_ int control_fd = memory_file_open(slot, "memory.oom_control", O_RDONLY);
	char text[32];

	if (control_fd < 0)
		return control_fd;
	slot->oom_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (slot->oom_fd < 0)
		return -errno;
	(void)snprintf(text, sizeof(text), "%d %d", slot->oom_fd, control_fd);
	return file_write(slot->v1_fd[CGROUP_MEMORY], "cgroup.event_control", text);
}

/* 0 or -errno. */
static int v1_memory_open(struct cgroup_slot *slot)
{
	struct cgroup_memory_fds *memory = &slot->memory;
	const int *needed[] = {&memory->usage, &memory->peak, &memory->limit, &memory->memsw};

	memory->usage = memory_file_open(slot, "memory.usage_in_bytes", O_RDONLY);
	memory->peak = memory_file_open(slot, "memory.max_usage_in_bytes", O_RDWR);
	memory->limit = memory_file_open(slot, "memory.limit_in_bytes", O_WRONLY);
	memory->memsw = memory_file_open(slot, "memory.memsw.limit_in_bytes", O_WRONLY);
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		/* Without swap accounting there is no such file; then swap must be off (host probing says so). */
		if (needed[i] == &memory->memsw && memory->memsw == -ENOENT)
			continue;
		if (*needed[i] < 0)
			return *needed[i];
	}
	return oom_listen(slot);
}

static void v1_files_open(struct cgroup_slot *slot)
{
	static const struct {
		enum cgroup_controller_id controller;
		const char *name;
	} files[] = {
		[CGROUP_V1_PIDS_CURRENT] = {CGROUP_PIDS, "pids.current"},
		[CGROUP_V1_PIDS_PEAK] = {CGROUP_PIDS, "pids.peak"},
		[CGROUP_V1_PIDS_EVENTS] = {CGROUP_PIDS, "pids.events"},
		[CGROUP_V1_CPU_STAT] = {CGROUP_CPU, "cpu.stat"},
		[CGROUP_V1_OOM_CONTROL] = {CGROUP_MEMORY, "memory.oom_control"},
	};

	for (int i = 0; i < CGROUP_V1_FILE_MAX; i++) {
		int dir_fd = slot->v1_fd[files[i].controller];

		/* One that is not there is missed where it is needed. */
		slot->v1_file[i] =
			dir_fd < 0 ? -EBADF : openat(dir_fd, files[i].name, O_RDONLY | O_CLOEXEC);
	}
}

static int v1_open(struct cgroup_slot *slot, enum cgroup_controller_id id, struct fault *fault)
{
	slot->v1_fd[id] = cgroup_v1_slot_open(slot->tree, id, slot->number);
	if (slot->v1_fd[id] >= 0)
		return 0;
	return fault_set(fault, slot->v1_fd[id], "cgroup", "cannot make %s/assay-slot-%u",
			 slot->tree->host.controller[id].mount, slot->number);
}

/* That of disk traffic is made when there is a limit of it: few policies have one, and each group costs its making, a migration, and its removal. */
static int v1_create(struct cgroup_slot *slot, struct fault *fault)
{
	int r;

	for (int id = 0; id < CGROUP_CONTROLLER_MAX; id++) {
		if (!slot->tree->v1[id] || id == CGROUP_IO)
			continue;
		r = v1_open(slot, id, fault);
		if (r < 0)
			return r;
	}
	v1_files_open(slot);
	r = cgroup_cpuset_apply(slot->tree, slot->slot_fd, slot->v1_fd[CGROUP_CPUSET]);
	if (r < 0)
		return fault_set(fault, r, "cgroup", "cannot give the slot the CPUs %s",
				 slot->tree->cpuset);
	if (slot->tree->v1[CGROUP_MEMORY]) {
		r = v1_memory_open(slot);

		if (r < 0)
			return fault_set(fault, r, "cgroup",
					 "cannot use the memory group of slot %u", slot->number);
	}
	return 0;
}

int cgroup_slot_io_want(struct cgroup_slot *slot, struct fault *fault)
{
	int r;

	if (!slot->tree->v1[CGROUP_IO] || slot->v1_fd[CGROUP_IO] >= 0)
		return 0;
	r = v1_open(slot, CGROUP_IO, fault);
	return r < 0 ? r : 1;
}

static struct cgroup_slot *slot_new(struct cgroup_tree *tree, unsigned number)
{
	struct cgroup_slot *slot = new0(struct cgroup_slot, 1);

	if (slot == NULL)
		return NULL;
	slot->tree = tree;
	slot->number = number;
	slot->v1_pids = slot->v1_cpus = slot->v1_io = LIMIT_NONE; /* of a new group */
	slot->slot_fd = slot->agent_fd = slot->step_fd = slot->kept_fd = slot->oom_fd = -EBADF;
	for (int i = 0; i < CGROUP_STEP_FILE_MAX; i++)
		slot->step_file[i] = -EBADF;
	slot->memory = (struct cgroup_memory_fds){-EBADF, -EBADF, -EBADF, -EBADF};
	for (int id = 0; id < CGROUP_CONTROLLER_MAX; id++)
		slot->v1_fd[id] = -EBADF;
	for (int i = 0; i < CGROUP_V1_FILE_MAX; i++)
		slot->v1_file[i] = -EBADF;
	return slot;
}

int cgroup_slot_create(struct cgroup_tree *tree, unsigned number, struct cgroup_slot **ret_slot,
		       struct fault *fault)
{
	struct cgroup_slot *slot = slot_new(tree, number);
	int r;

	if (slot == NULL)
		return fault_set(fault, -ENOMEM, "cgroup", "slot %u", number);
	r = v2_create(slot, fault);
	if (slot->slot_fd < 0) { /* the lock is another's, and so is what stands there */
		free(slot);
		return r;
	}
	if (r == 0)
		r = v1_create(slot, fault);
	if (r < 0) {
		(void)cgroup_slot_remove(slot);
		return r;
	}
	*ret_slot = slot;
	return 0;
}

/* All but the slot's own directory, which is the lock. */
static void slot_fds_close(struct cgroup_slot *slot)
{
	(void)fd_close(slot->agent_fd);
	cgroup_step_files_close(slot);
	(void)fd_close(slot->step_fd);
	(void)fd_close(slot->kept_fd);
	(void)fd_close(slot->oom_fd);
	(void)fd_close(slot->memory.usage);
	(void)fd_close(slot->memory.peak);
	(void)fd_close(slot->memory.limit);
	(void)fd_close(slot->memory.memsw);
	for (int i = 0; i < CGROUP_V1_FILE_MAX; i++)
		(void)fd_close(slot->v1_file[i]);
	for (int id = 0; id < CGROUP_CONTROLLER_MAX; id++)
		(void)fd_close(slot->v1_fd[id]);
}

/*
 * Processes first (all are in the v2 tree), then the v1 groups, which go only when they are empty, and the v2 group last, all in the opposite order of
 * their making: as long as anything is left of a slot, the first that was made is there to be found, and locked.
 *
 * By path: BASE may be another directory by now than when the tree was opened (removed when it was empty, made again). Were
 * the old one asked, everything in the new one would seem to be gone.
 */
static int groups_remove(const struct cgroup_tree *tree, unsigned number)
{
	_cleanup_close_ int base = open(tree->base_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[32];
	int r;

	if (base < 0 && errno != ENOENT)
		return -errno;
	(void)snprintf(name, sizeof(name), "slot-%u", number);
	r = base < 0 ? 0 : cgroup_v2_clear(base, name);
	for (int id = CGROUP_CONTROLLER_MAX - 1; id >= 0; id--) {
		int r1 = tree->v1[id] ? cgroup_v1_slot_remove(tree, id, number) : 0;

		r = r < 0 ? r : r1;
	}
	if (r == 0 && base >= 0 && unlinkat(base, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

int cgroup_slot_remove(struct cgroup_slot *slot)
{
	int r;

	if (slot == NULL)
		return 0;
	slot_fds_close(slot);
	r = groups_remove(slot->tree, slot->number);
	(void)fd_close(slot->slot_fd);
	free(slot);
	return r;
}

int cgroup_slot_kill(const struct cgroup_slot *slot)
{
	return file_write(slot->slot_fd, "cgroup.kill", "1");
}

/*
 * Whether a crashed engine left groups for this number: the v2 group is made first and removed last. Only systemd removes that of a unit that is
 * dead, and leaves those on v1.
 */
static bool leftovers(const struct cgroup_tree *tree, unsigned number)
{
	_cleanup_close_ int fd = cgroup_v2_slot_open(tree, number, false);

	return fd >= 0 || cgroup_v1_slot_stands(tree, number);
}

int cgroup_tree_recover(struct cgroup_tree *tree, unsigned number, struct fault *fault)
{
	_cleanup_close_ int lock = -EBADF;
	int r;

	if (!leftovers(tree, number))
		return -ENOENT;
	/* Held until all is gone. An engine that lives holds it, also one whose register is another file than ours. */
	lock = cgroup_v2_slot_open(tree, number, true);
	if (lock < 0)
		return fault_set(fault, lock, "cgroup", "slot %u is in use", number);
	r = groups_remove(tree, number);
	if (r < 0)
		return fault_set(fault, r, "cgroup",
				 "cannot remove what a crashed run left in slot %u", number);
	return 0;
}

int cgroup_slot_agent_fd(const struct cgroup_slot *slot)
{
	return slot->agent_fd;
}

/*
 * A thread that moves itself, and alone ("0" into `tasks`), spares the kernel the wait for everybody who is forking or ending, which
 * takes 6 to 20 ms: cgroup_procs_write_start(), kernel/cgroup/cgroup.c.
 */
int cgroup_slot_join_open(const struct cgroup_slot *slot, int fds[static CGROUP_JOIN_MAX])
{
	int n = 0;

	for (int id = 0; id < CGROUP_CONTROLLER_MAX; id++) {
		if (slot->v1_fd[id] < 0)
			continue;
		fds[n] = openat(slot->v1_fd[id], "tasks", O_WRONLY | O_CLOEXEC);
		if (fds[n] < 0) {
			int r = -errno;

			while (n > 0)
				(void)close(fds[--n]);
			return r;
		}
		n++;
	}
	return n;
}

int cgroup_slot_oom_fd(const struct cgroup_slot *slot)
{
	return slot->oom_fd;
}

bool cgroup_slot_oom_take(struct cgroup_slot *slot)
{
	uint64_t count;

	return slot->oom_fd >= 0 && read(slot->oom_fd, &count, sizeof(count)) == sizeof(count);
}
