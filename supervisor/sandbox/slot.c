/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and removing slots. Order matters at both ends: the number is taken first and given back last, so that nobody
 * else can own the same cgroup names or host ids while anything of them is left.
 */

#include "supervisor/sandbox/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "supervisor/sandbox/slot-number.h"

enum { STEP_REMOVE_MSEC = 200 };

/* ABI 2 brought the right to rename between directories; before it every such rename fails. */
static uint64_t landlock_abi_read(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi >= 2 ? (uint64_t)abi : 0;
}

/* Takes every number that nobody holds and under which something stands, and clears that. */
static int leftovers_clear(const struct slot_set *set, struct fault *fault)
{
	_cleanup_free_ bool *seen = new0(bool, SLOT_NUMBERS_MAX);
	int r;

	if (seen == NULL)
		return fault_set(fault, -ENOMEM, "slots", "recovery");
	r = cgroup_tree_slots(set->tree, seen, SLOT_NUMBERS_MAX);
	if (r < 0)
		return fault_set(fault, r, "cgroup", "cannot list the slots");
	for (int number = 0; number < SLOT_NUMBERS_MAX; number++) {
		if (!seen[number] || slot_number_take(set->register_fd, number) < 0)
			continue;
		r = cgroup_tree_recover(set->tree, (unsigned)number, NULL);
		/* What does not go keeps its number from being used; other slots work. */
		if (r == 0 || r == -ENOENT)
			slot_number_give(set->register_fd, number);
	}
	return 0;
}

int slot_set_open(const char *libexec_dir, const struct cgroup_options *options,
		  struct slot_set **ret_set, struct fault *fault)
{
	struct slot_set *set = new0(struct slot_set, 1);
	int r;

	if (set == NULL)
		return fault_set(fault, -ENOMEM, "slots", "slot set");
	set->agent_fd = set->register_fd = set->null_fd = -EBADF;
	/* It takes longest, and needs nothing. */
	set->first_net = namespace_net_make(false);
	set->landlock_abi = landlock_abi_read();
	r = set->agent_fd = launcher_load(libexec_dir, fault);
	if (r >= 0) {
		set->null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		r = set->null_fd < 0 ? fault_set(fault, -errno, "stdio", "/dev/null") : 0;
	}
	if (r >= 0)
		r = set->register_fd = slot_register_open(fault);
	if (r >= 0)
		r = cgroup_tree_open(options, &set->tree, fault);
	if (r >= 0)
		r = leftovers_clear(set, fault);
	if (r < 0) {
		(void)slot_set_close(set);
		return r;
	}
	*ret_set = set;
	return 0;
}

struct slot_set *slot_set_close(struct slot_set *set)
{
	if (set == NULL)
		return NULL;
	namespace_net_forget(set->first_net);
	set->tree = cgroup_tree_close(set->tree);
	(void)fd_close(set->agent_fd);
	(void)fd_close(set->null_fd);
	(void)fd_close(set->register_fd);
	free(set);
	return NULL;
}

/* The ids of the number, or those of the slot which it is beside, with their user namespace. *ret_base: 0 when that is there already. */
static int ids_get(struct slot *slot, const struct slot *first, uid_t *ret_base, struct fault *fault)
{
	uid_t base = (uid_t)SLOT_UID_BASE + (uid_t)slot->number * SLOT_UIDS;

	*ret_base = first == NULL ? base : 0;
	slot->host_uid = slot->host_gid = first == NULL ? base + SANDBOX_USER_ID : first->host_uid;
	if (first == NULL)
		return 0;
	slot->user_fd = fcntl(first->user_fd, F_DUPFD_CLOEXEC, 0);
	return slot->user_fd < 0 ? fault_set(fault, -errno, "user-namespace", "dup") : 0;
}

/* The network namespace is made while all the rest is. */
static int slot_fill(struct slot *slot, const struct slot *first, struct fault *fault)
{
	uid_t base;
	int r = ids_get(slot, first, &base, fault);

	if (r < 0)
		return r;
	slot->first_net = TAKE_PTR(slot->set->first_net);
	if (slot->first_net == NULL)
		slot->first_net = namespace_net_make(false);
	r = launcher_start(slot->set->agent_fd, slot->cgroup, base, &slot->launcher, fault);
	if (r == 0)
		r = launcher_ready(&slot->launcher, base != 0 ? &slot->user_fd : NULL, fault);
	return r;
}

/* The groups of a number that is ours, as far as this /run knows; -EBUSY: they are somebody's who sees another one, or do not go. */
static int groups_take(struct slot *slot, int number, struct fault *fault)
{
	int r = cgroup_tree_recover(slot->set->tree, (unsigned)number, NULL);

	if (r < 0 && r != -ENOENT)
		return -EBUSY;
	return cgroup_slot_create(slot->set->tree, (unsigned)number, &slot->cgroup, fault);
}

/*
 * The lowest free number, and its groups. Each slot has an open of the register for itself: a lock does not stop its own owner.
 */
static int number_take(struct slot *slot, struct fault *fault)
{
	slot->register_fd = slot_register_open(fault);
	if (slot->register_fd < 0)
		return slot->register_fd;
	for (int number = 0; number < SLOT_NUMBERS_MAX; number++) {
		int r = slot_number_take(slot->register_fd, number);

		if (r < 0)
			continue;
		r = groups_take(slot, number, fault);
		if (r == 0)
			return number;
		slot_number_give(slot->register_fd, number);
		if (r != -EBUSY)
			return r;
	}
	return fault_say(fault, -EBUSY, "slots", "no slot number can be had (of %d)",
			 SLOT_NUMBERS_MAX);
}

static int slot_make(struct slot_set *set, const struct slot *first, struct slot **ret_slot,
		     struct fault *fault)
{
	struct slot *slot = new0(struct slot, 1);
	int r;

	if (slot == NULL)
		return fault_set(fault, -ENOMEM, "slots", "slot");
	slot->set = set;
	slot->user_fd = slot->launcher.pidfd = slot->launcher.control_fd = -EBADF;
	slot->net.fd = slot->net.sockstat_fd = -EBADF;
	slot->register_fd = slot->first_plan.fd = slot->late_fd = -EBADF;
	slot->spare.report_fd = slot->spare.scratch_fd = -EBADF;
	slot->spare.streams = spare_streams_none();
	slot->number = r = number_take(slot, fault);
	if (r < 0) {
		(void)fd_close(slot->register_fd);
		free(slot);
		return r;
	}
	r = slot_fill(slot, first, fault);
	if (r < 0) {
		(void)slot_close(slot);
		return r;
	}
	*ret_slot = slot;
	return 0;
}

int slot_open(struct slot_set *set, struct slot **ret_slot, struct fault *fault)
{
	return slot_make(set, NULL, ret_slot, fault);
}

int slot_open_beside(const struct slot *first, struct slot **ret_slot, struct fault *fault)
{
	return slot_make(first->set, first, ret_slot, fault);
}

/* When it failed, the next one that is made says why. */
static int first_net_take(struct slot *slot)
{
	struct namespace_net_making *making = TAKE_PTR(slot->first_net);

	return making == NULL ? 0 : namespace_net_made(making, &slot->net, NULL);
}

struct slot *slot_close(struct slot *slot)
{
	if (slot == NULL)
		return NULL;
	/* PID 1 of a spare dies with the launcher. */
	(void)fd_close(slot->spare.report_fd);
	(void)fd_close(slot->spare.scratch_fd);
	spare_streams_close(&slot->spare.streams);
	first_plan_clear(&slot->first_plan);
	slot_settle(slot);
	launcher_stop(&slot->launcher);
	(void)first_net_take(slot);
	namespace_net_close(&slot->net);
	(void)fd_close(slot->user_fd);
	/* Closing gives the number back. */
	if (cgroup_slot_remove(slot->cgroup) == 0)
		(void)fd_close(slot->register_fd);
	free(slot);
	return NULL;
}

void slot_end(struct slot *slot)
{
	slot->launcher.killed = true;
	(void)pidfd_send_signal(slot->launcher.pidfd, SIGKILL, NULL, 0);
}

bool slot_alive(const struct slot *slot)
{
	return launcher_alive(&slot->launcher, -EBADF);
}

int slot_revive(struct slot *slot, struct fault *fault)
{
	int r;

	launcher_stop(&slot->launcher);
	spare_drop(slot);
	r = launcher_start(slot->set->agent_fd, slot->cgroup, 0, &slot->launcher, fault);
	return r < 0 ? r : launcher_ready(&slot->launcher, NULL, fault);
}

int slot_launcher_ready(struct slot *slot, bool limits_io, bool *spare_ready, struct fault *fault)
{
	int r = limits_io ? cgroup_slot_io_want(slot->cgroup, fault) : 0;

	if (r < 0 || (r == 0 && (*spare_ready || slot_alive(slot))))
		return r;
	*spare_ready = false;
	return slot_revive(slot, fault);
}

int slot_net_prepare(struct slot *slot, bool loopback, struct fault *fault)
{
	(void)first_net_take(slot);
	if (!loopback && namespace_net_clean(&slot->net))
		return 0;
	namespace_net_close(&slot->net);
	return namespace_net_create(loopback, &slot->net, fault);
}

/* With PID 1 dead the group is empty, unless a process was in the middle of being forked: then a moment is enough. */
int slot_step_remove(struct slot *slot, struct fault *fault)
{
	int r = -EBUSY;

	for (int i = 0; i < STEP_REMOVE_MSEC && r == -EBUSY; i++) {
		r = cgroup_step_end(slot->cgroup, fault);
		if (r == -EBUSY) {
			(void)cgroup_step_kill(slot->cgroup);
			(void)poll(NULL, 0, 1);
		}
	}
	slot->broken |= r < 0;
	return r;
}

void slot_settle(struct slot *slot)
{
	slot->late_fd = fd_close(slot->late_fd);
}

int slot_scratch_get(struct slot *slot, uint64_t bytes, uint64_t inodes, struct fault *fault)
{
	struct spare *spare = &slot->spare;
	bool fits = spare->bytes == bytes && spare->inodes == inodes;

	slot->scratch_bytes = bytes;
	slot->scratch_inodes = inodes;
	if (spare->scratch_fd >= 0 && (fits || scratch_resize(spare->scratch_fd, bytes, inodes) == 0))
		return TAKE_FD(spare->scratch_fd);
	return scratch_create(bytes, inodes, slot->host_uid, slot->host_gid, fault);
}
