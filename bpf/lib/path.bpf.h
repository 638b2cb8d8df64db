/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#pragma once

/*
 * The object behind a descriptor. bpf_d_path() may not be called at the exit of a call, so the dentries are walked up to the root
 * of the task, name by name, into a record; user space puts them in order. The inode comes from the open file itself and is exact. A
 * path is what the names were during the walk; when one changes meanwhile, it is not resolved.
 *
 * Another thread that shares the table of descriptors may have put another file in the place of the new one before the call was
 * over: then what is found is told and not called resolved.
 */

#include "bpf/abi/record.h"
#include "bpf/lib/kernel.bpf.h"

enum path_end {
	PATH_CUT = 0, /* too deep, too long, or changed meanwhile */
	PATH_ROOT,    /* the task's root was reached */
	PATH_TOP,     /* an object outside of it, or of no tree */
};

struct path_walk {
	char *names;
	__u32 used; /* may be more than the room, by the last name */
	__u32 end;
	bool full;
	struct dentry *dentry;
	struct vfsmount *mount;
	struct dentry *root_dentry;
	struct vfsmount *root_mount;
};

/* Whether a mount was left for the one that it lies on. */
static __always_inline bool path_cross(struct path_walk *walk)
{
	struct mount *mount =
		(struct mount *)((char *)walk->mount - bpf_core_field_offset(struct mount, mnt));
	struct mount *parent = BPF_CORE_READ(mount, mnt_parent);

	if (parent == mount)
		return false;
	walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
	walk->mount = (struct vfsmount *)((char *)parent + bpf_core_field_offset(struct mount, mnt));
	return true;
}

static __always_inline long path_step(struct path_walk *walk, const __u32 room)
{
	struct dentry *dentry = walk->dentry, *parent;
	struct vfsmount *mount = walk->mount;
	const unsigned char *name;
	__u32 before, used = walk->used;
	long n;

	if (dentry == walk->root_dentry && mount == walk->root_mount) {
		walk->end = PATH_ROOT;
		return 1;
	}
	if (dentry == BPF_CORE_READ(mount, mnt_root)) {
		if (path_cross(walk))
			return 0;
		walk->end = PATH_TOP;
		return 1;
	}
	before = BPF_CORE_READ(dentry, d_seq.seqcount.sequence);
	parent = BPF_CORE_READ(dentry, d_parent);
	name = BPF_CORE_READ(dentry, d_name.name);
	if (used >= room) {
		walk->full = true;
		return 1;
	}
	n = bpf_probe_read_kernel_str(walk->names + used, PROBE_NAME_BYTES, name);
	if (n <= 0 || (before & 1) || before != BPF_CORE_READ(dentry, d_seq.seqcount.sequence))
		return 1;
	walk->used = used + n;
	walk->dentry = parent;
	if (parent != dentry)
		return 0;
	walk->end = PATH_TOP;
	return 1;
}

/* The verifier must know the room: a callback for each shape of record. */
static long path_step_short(__u32 i, struct path_walk *walk)
{
	return path_step(walk, PROBE_TEXT_SHORT);
}

static long path_step_long(__u32 i, struct path_walk *walk)
{
	return path_step(walk, PROBE_TEXT_LONG);
}

static __always_inline void path_start(struct path_walk *walk, struct task_struct *task,
				       struct file *file, char *names)
{
	struct path path = {};

	(void)bpf_core_read(&path, sizeof(path), &file->f_path);
	walk->names = names;
	walk->dentry = path.dentry;
	walk->mount = path.mnt;
	walk->root_dentry = BPF_CORE_READ(task, fs, root.dentry);
	walk->root_mount = BPF_CORE_READ(task, fs, root.mnt);
}

/* Whether the name of an object is one that it has no more. */
static __always_inline bool path_is_deleted(struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);

	return BPF_CORE_READ(dentry, d_parent) != dentry && !BPF_CORE_READ(dentry, d_hash.pprev);
}

static __always_inline struct file *path_file(struct task_struct *task, __u32 fd)
{
	/* Asked at every call with a descriptor: pointers that the verifier knows are followed without a helper. */
	struct fdtable *table = task->files->fdt;
	struct file **files = table->fd;
	struct file *file = NULL;

	if (fd >= table->max_fds)
		return NULL;
	(void)bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}
