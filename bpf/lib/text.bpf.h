/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#pragma once

/*
 * Records with texts: what a call's arguments point to, and the object that it led to. Both shapes of record, short and long, are filled by the same
 * code, which the verifier must see once for each size.
 */

#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/hook.bpf.h"
#include "bpf/lib/path.bpf.h"

/* The arguments, and two places that hold nothing: an index in three bits needs no branch. */
struct call_args {
	__u64 value[8];
};

static __always_inline void call_args_get(const struct pt_regs *regs, struct call_args *args)
{
	args->value[0] = regs->di;
	args->value[1] = regs->si;
	args->value[2] = regs->dx;
	args->value[3] = regs->r10;
	args->value[4] = regs->r8;
	args->value[5] = regs->r9;
	args->value[6] = args->value[7] = 0;
}

static __always_inline void call_fill(const struct emission *emission, const struct call_args *args,
				      struct probe_with_args *record, __u32 tail)
{
	emit_head(emission, &record->head, tail);
	record->head.args[0] = args->value[0];
	record->head.args[1] = args->value[1];
	record->args_tail =
		(struct probe_tail){PROBE_TAIL_ARGS, sizeof(record->args), sizeof(record->args), 0};
	record->args[0] = args->value[2];
	record->args[1] = args->value[3];
	record->args[2] = args->value[4];
	record->args[3] = args->value[5];
}

/* Which text of a call goes where: the path of its object has the first place, else a second claim. */
struct call_texts {
	struct call_args args;
	bool new_fd;
	__u64 first, second; /* addresses in the program */
	__u64 sockaddr, sockaddr_bytes;
};

static __always_inline void call_texts_find(const struct emission *emission,
					    const struct pt_regs *regs, __u32 op,
					    struct call_texts *texts)
{
	__u32 sockaddr = PROBE_OP_WHICH(op, PROBE_OP_SOCKADDR_SHIFT);

	call_args_get(regs, &texts->args);
	texts->second = texts->args.value[PROBE_OP_WHICH(op, PROBE_OP_CLAIM_SHIFT)];
	texts->first = texts->args.value[PROBE_OP_WHICH(op, PROBE_OP_CLAIM2_SHIFT)];
	texts->sockaddr = texts->args.value[sockaddr];
	texts->sockaddr_bytes = texts->args.value[(sockaddr + 1) & 7];
	texts->new_fd = (op & PROBE_OP_NEW_FD) && emission->ret >= 0;
}

/* Device and inode of an open file. */
static __always_inline void call_inode(struct file *file, __u64 inode[2])
{
	struct inode *node = BPF_CORE_READ(file, f_inode);

	inode[0] = BPF_CORE_READ(node, i_sb, s_dev);
	inode[1] = BPF_CORE_READ(node, i_ino);
}

static __always_inline bool call_opened(struct task_struct *task, struct file *file)
{
	const struct hook_note *note = hook_note(task);

	return note && note->file == (__u64)file;
}

static __always_inline __u32 call_path_flags(struct task_struct *task, struct file *file,
					     const struct path_walk *walk)
{
	if (walk->full)
		return PROBE_UNRESOLVED | PROBE_TRUNCATED;
	if (walk->end != PATH_ROOT || path_is_deleted(file))
		return PROBE_UNRESOLVED;
	if (BPF_CORE_READ(task, files, count.counter) > 1 && !call_opened(task, file))
		return PROBE_UNRESOLVED;
	return PROBE_RESOLVED;
}

#define CALL_TAIL(TYPE, SIZE, FIELD) ((struct probe_tail){(TYPE), (SIZE), sizeof(FIELD), 0})

static __always_inline __u32 call_claim(char *text, __u32 room, __u64 address, __u32 *flags)
{
	long n = bpf_probe_read_user_str(text, room, (const void *)address);

	*flags |= PROBE_CLAIMED;
	if (n < 0) {
		*flags |= PROBE_FAULTED;
		return 0;
	}
	if (n == room)
		*flags |= PROBE_TRUNCATED;
	/* Older kernels, 6.1 among them, do not count the NUL where it is all there is. Source: strncpy_from_user_nofault(). */
	return n == 0 ? 1 : n;
}

/*
 * Both shapes of record are filled alike; global functions (see call.bpf.h) put an open file's object in, or an address, and return
 * the flags. They take a file's address as a number: all that is read through it is copied. Of a socket's address the kernel's own
 * copy is taken, when a hook saw that: the program may have changed its memory since.
 */
#define CALL_SHAPE(NAME, ROOM)                                                                  \
	__weak int call_object_##NAME(struct probe_##NAME *record, __u64 address)               \
	{                                                                                       \
		struct task_struct *task = bpf_get_current_task_btf();                          \
		struct file *file = (struct file *)address;                                     \
		struct path_walk walk = {};                                                     \
                                                                                                \
		if (!record || !file)                                                           \
			return PROBE_UNRESOLVED;                                                \
		call_inode(file, record->inode);                                                \
		record->inode_tail.size = sizeof(record->inode);                                \
		path_start(&walk, task, file, record->first);                                   \
		(void)bpf_loop(PROBE_NAMES_MAX, path_step_##NAME, &walk, 0);                    \
		record->first_tail.type = PROBE_TAIL_PATH;                                      \
		record->first_tail.size = walk.used;                                            \
		record->first_tail.rooted = walk.end == PATH_ROOT;                              \
		return call_path_flags(task, file, &walk);                                      \
	}                                                                                       \
                                                                                                \
	__weak int call_address_##NAME(struct probe_##NAME *record, __u64 address, __u64 size)  \
	{                                                                                       \
		const struct hook_note *note = hook_note(bpf_get_current_task_btf());           \
		__u32 bytes = size, flags = PROBE_CLAIMED;                                      \
                                                                                                \
		if (!record)                                                                    \
			return 0;                                                               \
		record->second_tail.type = PROBE_TAIL_SOCKADDR;                                 \
		record->second_tail.size = 0;                                                   \
		if (note && note->address_bytes) {                                              \
			record->second_tail.size = note->address_bytes;                         \
			(void)bpf_probe_read_kernel(record->second, sizeof(note->address),      \
						    note->address);                             \
			return PROBE_RESOLVED;                                                  \
		}                                                                               \
		if (!bytes)                                                                     \
			return 0;                                                               \
		if (bytes > PROBE_SOCKADDR_BYTES) {                                             \
			bytes = PROBE_SOCKADDR_BYTES;                                           \
			flags |= PROBE_TRUNCATED;                                               \
		}                                                                               \
		if (bpf_probe_read_user(record->second, bytes, (const void *)address) < 0)      \
			return flags | PROBE_FAULTED;                                           \
		record->second_tail.size = bytes;                                               \
		return flags;                                                                   \
	}                                                                                       \
                                                                                                \
	static __always_inline __u32 call_fill_##NAME(const struct emission *call,              \
						      const struct call_texts *texts,           \
						      struct probe_##NAME *record)              \
	{                                                                                       \
		__u32 flags = 0;                                                                \
                                                                                                \
		call_fill(call, &texts->args, &record->call,                                    \
			  sizeof(*record) - sizeof(struct probe_head));                         \
		record->comm_tail = CALL_TAIL(PROBE_TAIL_COMM, PROBE_COMM_BYTES, record->comm); \
		(void)bpf_get_current_comm(record->comm, sizeof(record->comm));                 \
		record->inode_tail = CALL_TAIL(PROBE_TAIL_INODE, 0, record->inode);             \
		record->second_tail = CALL_TAIL(PROBE_TAIL_CLAIM, 0, record->second);           \
		record->first_tail = CALL_TAIL(PROBE_TAIL_CLAIM2, 0, record->first);            \
		if (texts->sockaddr)                                                            \
			flags |= call_address_##NAME(record, texts->sockaddr,                   \
						     texts->sockaddr_bytes);                    \
		if (texts->second)                                                              \
			record->second_tail.size =                                              \
				call_claim(record->second, ROOM, texts->second, &flags);        \
		if (texts->first)                                                               \
			record->first_tail.size =                                               \
				call_claim(record->first, ROOM, texts->first, &flags);          \
		if (texts->new_fd)                                                              \
			flags |= call_object_##NAME(record,                                     \
						    (__u64)path_file(call->task, call->ret));   \
		record->call.head.flags |= flags;                                               \
		return flags;                                                                   \
	}

CALL_SHAPE(short, PROBE_TEXT_SHORT)
CALL_SHAPE(long, PROBE_TEXT_LONG)
