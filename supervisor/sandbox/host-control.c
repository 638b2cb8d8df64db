/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Controllers, on whichever hierarchy they are.
 *
 * A controller works when a limit can be written into a probe group, and on v1 also when a process
 * can move there (the engine's launchers do). On v2 the files of a controller exist only below a
 * group that hands it on. A delegated group does by then, see host-group.c. Elsewhere the
 * controller cannot be used, for the group that does not hand it on is not ours. Rows about single
 * files are unknown then.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/file.h"
#include "supervisor/sandbox/host-attempts.h"

enum { FILE_BYTES = 8192 }; /* memory.stat apart, no file read here comes near */

/* What is written into a group to see whether the controller takes limits. */
struct limit_file {
	const char *name, *value;
};

static const struct cgroup_controller *controller_of(const struct host_context *context,
						     enum cgroup_controller_id id)
{
	return &context->cgroup.controller[id];
}

static int join(int group_fd)
{
	return file_write(group_fd, "cgroup.procs", "0");
}

static int say_where(const struct host_context *context, enum cgroup_controller_id id,
		     struct host_note *note)
{
	const struct cgroup_controller *controller = controller_of(context, id);

	return note_say(note, 0, "v%d, at %.96s", controller->version, controller->mount);
}

/*
 * The files of a v2 controller are not there: it could not be switched on in a group that is ours;
 * elsewhere that is the administrator's to do.
 */
static int say_not_enabled(const struct host_context *context, enum cgroup_controller_id id,
			   struct host_note *note)
{
	const struct cgroup_controller *controller = controller_of(context, id);

	note->remedy =
		"Run Assay in a delegated unit (systemd-run --scope -p Delegate=yes ...), or write "
		"+CONTROLLER to cgroup.subtree_control at the top of the v2 tree.";
	return note_say(note, -ENOTSUP, "v2, %s is not handed on by %.80s", controller->name,
			context->groups.v2_parent);
}

/* The v1 probe group of a controller, or -errno with a detail. */
static int v1_group(const struct host_context *context, enum cgroup_controller_id id,
		    struct host_note *note)
{
	const struct host_probe_group *group = &context->groups.v1[id];

	if (group->fd < 0)
		return note_say(note, group->error, "cannot make a group in %.64s: %s", group->top,
				strerror(-group->error));
	return group->fd;
}

static int try_v1(const struct host_context *context, enum cgroup_controller_id id,
		  const struct limit_file *limit, struct host_note *note)
{
	int fd = v1_group(context, id, note), r;

	if (fd < 0)
		return fd;
	r = file_write(fd, limit->name, limit->value);
	if (r < 0)
		return note_say(note, r, "v1, %s cannot be set: %s", limit->name, strerror(-r));
	r = join(fd);
	if (r < 0)
		return note_say(note, r, "v1, no process can join: %s", strerror(-r));
	return say_where(context, id, note);
}

static int try_v2(const struct host_context *context, enum cgroup_controller_id id,
		  const struct limit_file *limit, struct host_note *note)
{
	int fd = context->groups.v2.fd, r;

	if (fd < 0)
		return note_say(note, HOST_TRY_UNKNOWN, "v2, but no group could be made to try it");
	r = file_write(fd, limit->name, limit->value);
	if (r == -ENOENT)
		return say_not_enabled(context, id, note);
	if (r < 0)
		return note_say(note, r, "v2, %s cannot be set: %s", limit->name, strerror(-r));
	return say_where(context, id, note);
}

static int try_controller(const struct host_context *context, enum cgroup_controller_id id,
			  const struct limit_file *v1, const struct limit_file *v2,
			  struct host_note *note)
{
	switch (controller_of(context, id)->version) {
	case 1:
		return try_v1(context, id, v1, note);
	case 2:
		return try_v2(context, id, v2, note);
	default:
		return note_say(note, -ENOENT, "on no hierarchy that is mounted");
	}
}

int try_cgroup_memory(const struct host_context *context, struct host_note *note)
{
	static const struct limit_file v1 = {"memory.limit_in_bytes", "67108864"};
	static const struct limit_file v2 = {"memory.max", "67108864"};

	return try_controller(context, CGROUP_MEMORY, &v1, &v2, note);
}

int try_cgroup_pids(const struct host_context *context, struct host_note *note)
{
	static const struct limit_file both = {"pids.max", "16"};

	return try_controller(context, CGROUP_PIDS, &both, &both, note);
}

/* Without CONFIG_CFS_BANDWIDTH the controller is there and the file is not. */
int try_cgroup_cpu(const struct host_context *context, struct host_note *note)
{
	static const struct limit_file v1 = {"cpu.cfs_quota_us", "50000"};
	static const struct limit_file v2 = {"cpu.max", "50000 100000"};

	return try_controller(context, CGROUP_CPU, &v1, &v2, note);
}

/* A v1 group starts without CPUs and memory nodes and takes no process before it has both. */
int try_cgroup_cpuset(const struct host_context *context, struct host_note *note)
{
	const struct host_probe_group *group = &context->groups.v1[CGROUP_CPUSET];
	bool is_v1 = controller_of(context, CGROUP_CPUSET)->version == 1;
	char cpus[FILE_BYTES] = "0", mems[FILE_BYTES];
	struct limit_file limit = {"cpuset.cpus", cpus};
	int r;

	if (is_v1 && group->fd >= 0) {
		r = (int)file_read(group->parent_fd, "cpuset.cpus", cpus, sizeof(cpus));
		if (r >= 0)
			r = (int)file_read(group->parent_fd, "cpuset.mems", mems, sizeof(mems));
		if (r >= 0)
			r = file_write(group->fd, "cpuset.mems", mems);
		if (r < 0)
			return r;
	} else if (context->groups.v2.fd >= 0) {
		(void)file_read(context->groups.v2.fd, "cpuset.cpus.effective", cpus, sizeof(cpus));
	}
	return try_controller(context, CGROUP_CPUSET, &limit, &limit, note);
}

/* A limit names a device, and this host may have none that takes one: the file is enough. */
int try_cgroup_io(const struct host_context *context, struct host_note *note)
{
	int fd = -EBADF;

	switch (controller_of(context, CGROUP_IO)->version) {
	case 1:
		fd = v1_group(context, CGROUP_IO, note);
		if (fd < 0)
			return fd;
		if (faccessat(fd, "blkio.throttle.read_bps_device", W_OK, 0) < 0)
			return note_say(note, -errno, "v1, without throttling");
		return say_where(context, CGROUP_IO, note);
	case 2:
		if (faccessat(context->groups.v2.fd, "io.stat", F_OK, 0) < 0)
			return say_not_enabled(context, CGROUP_IO, note);
		if (faccessat(context->groups.v2.fd, "io.max", W_OK, 0) < 0)
			return note_say(note, -errno, "v2, without throttling");
		return say_where(context, CGROUP_IO, note);
	default:
		return note_say(note, -ENOENT, "on no hierarchy that is mounted");
	}
}

/*
 * The group whose files of the controller can be looked at. 0; or what the attempt returns, with a
 * detail, when there is none: HOST_TRY_UNKNOWN when the controller is not switched on below the
 * probe group's parent.
 */
static int files_of(const struct host_context *context, enum cgroup_controller_id id,
		    const char *file_of_v2, struct host_note *note, int *ret_fd)
{
	int fd;

	switch (controller_of(context, id)->version) {
	case 1:
		fd = v1_group(context, id, note);
		if (fd < 0)
			return fd;
		break;
	case 2:
		fd = context->groups.v2.fd;
		if (faccessat(fd, file_of_v2, F_OK, 0) < 0)
			return note_say(note, HOST_TRY_UNKNOWN, "%s is not switched on here",
					controller_of(context, id)->name);
		break;
	default:
		return note_say(note, -ENOENT, "there is no %s controller",
				controller_of(context, id)->name);
	}
	*ret_fd = fd;
	return 0;
}

int try_memory_peak(const struct host_context *context, struct host_note *note)
{
	bool is_v1 = controller_of(context, CGROUP_MEMORY)->version == 1;
	const char *name = is_v1 ? "memory.max_usage_in_bytes" : "memory.peak";
	int fd, r = files_of(context, CGROUP_MEMORY, "memory.max", note, &fd);

	if (r != 0)
		return r;
	if (faccessat(fd, name, R_OK, 0) < 0)
		return note_say(note, -errno, "there is no %s", name);
	r = file_write(fd, name, is_v1 ? "0" : "reset");
	return note_say(note, 0, "%s, %s", name, r < 0 ? "which cannot be reset" : "can be reset");
}

/* v1 tells of a kill through an eventfd that is bound to memory.oom_control. */
static int bind_oom_event(int group_fd)
{
	_cleanup_close_ int event = eventfd(0, EFD_CLOEXEC);
	_cleanup_close_ int control = openat(group_fd, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	char text[64];

	if (event < 0 || control < 0)
		return -errno;
	(void)snprintf(text, sizeof(text), "%d %d", event, control);
	return file_write(group_fd, "cgroup.event_control", text);
}

int try_oom_events(const struct host_context *context, struct host_note *note)
{
	bool is_v1 = controller_of(context, CGROUP_MEMORY)->version == 1;
	const char *name = is_v1 ? "memory.oom_control" : "memory.events";
	int fd, r = files_of(context, CGROUP_MEMORY, "memory.max", note, &fd);
	char text[FILE_BYTES];
	uint64_t kills;

	if (r != 0)
		return r;
	r = (int)file_read(fd, name, text, sizeof(text));
	if (r >= 0)
		r = text_field_u64(text, "oom_kill", &kills);
	if (r < 0)
		return note_say(note, r, "%s has no oom_kill", name);
	if (!is_v1)
		return note_say(note, 0, "%s counts kills", name);
	r = bind_oom_event(fd);
	return note_say(note, 0, "%s counts kills%s", name,
			r < 0 ? ", without an event" : " and gives an event");
}

int try_oom_group(const struct host_context *context, struct host_note *note)
{
	int fd, r;

	if (controller_of(context, CGROUP_MEMORY)->version == 1)
		return note_say(note, -ENOTSUP, "v1 kills one process; the engine kills the rest");
	r = files_of(context, CGROUP_MEMORY, "memory.max", note, &fd);
	if (r != 0)
		return r;
	r = file_write(fd, "memory.oom.group", "1");
	return r < 0 ? r : note_say(note, 0, "the kernel kills the whole group");
}

/* Lines of /proc/swaps after the heading. */
static bool swap_is_on(void)
{
	char text[FILE_BYTES];
	const char *first;

	if (file_read(AT_FDCWD, "/proc/swaps", text, sizeof(text)) < 0)
		return false;
	first = strchr(text, '\n');
	return first && first[1] != '\0';
}

int try_swap_limit(const struct host_context *context, struct host_note *note)
{
	bool is_v1 = controller_of(context, CGROUP_MEMORY)->version == 1;
	const char *name = is_v1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max";
	int fd, r = files_of(context, CGROUP_MEMORY, "memory.max", note, &fd);

	if (r == 0 && faccessat(fd, name, W_OK, 0) == 0)
		return note_say(note, 0, "%s", name);
	if (!swap_is_on())
		return note_say(note, 0, "swap is not counted, and none is on");
	return r != 0 ? r : note_say(note, -ENOENT, "swap is on and not counted");
}

static int try_pids_file(const struct host_context *context, const char *name,
			 struct host_note *note)
{
	int fd, r = files_of(context, CGROUP_PIDS, "pids.max", note, &fd);

	if (r != 0)
		return r;
	if (faccessat(fd, name, R_OK, 0) < 0)
		return note_say(note, -errno, "there is no %s", name);
	return note_say(note, 0, "%s", name);
}

int try_pids_peak(const struct host_context *context, struct host_note *note)
{
	return try_pids_file(context, "pids.peak", note);
}

int try_pids_events(const struct host_context *context, struct host_note *note)
{
	return try_pids_file(context, "pids.events", note);
}
