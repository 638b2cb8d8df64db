/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What only a security hook can do. It sees the object itself that a call is about, before the call has an effect: the file that is opened, the
 * program that is started, the kernel's own copy of an address. And it can refuse.
 *
 * What it saw is noted for the exit of the call, where a descriptor may lead to another file by then, when another thread shares the table, and
 * memory may say something else. Where the kernel has no such hooks, such objects stay unresolved.
 *
 * What a policy denies is refused with EACCES. Files are known by a mark at the inode in memory, set by user space, which holds it open while a
 * step lives: so a file is the same whatever path, link or mount leads to it, and no number of it is compared. A refusal is an event of
 * its own, with the object; the exit of the call then makes none.
 */

#include "bpf/lib/call.bpf.h"

enum { AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10 };

struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct probe_mark);
} marks __weak SEC(".maps");

static __always_inline bool is_traced(const struct probe_sandbox *sandbox)
{
	return sandbox->config.level != PROBE_LEVEL_COUNTERS;
}

static __always_inline struct hook_note *note_make(void)
{
	return bpf_task_storage_get(&hook_notes, bpf_get_current_task_btf(), 0,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline bool is_marked(struct inode *inode, __u32 index, bool exec)
{
	const struct probe_mark *mark = bpf_inode_storage_get(&marks, inode, 0, 0);
	__u64 bits;

	if (!mark)
		return false;
	index &= PROBE_SANDBOXES_MAX - 1;
	bits = exec ? mark->exec[index / 64] : mark->open[index / 64];
	return bits >> (index % 64) & 1;
}

/* Everything but the object. */
static __always_inline void denied_fill(const struct emission *event, const struct pt_regs *regs,
					struct probe_long *record)
{
	struct call_args args;

	call_args_get(regs, &args);
	call_fill(event, &args, &record->call, sizeof(*record) - sizeof(struct probe_head));
	record->comm_tail = CALL_TAIL(PROBE_TAIL_COMM, PROBE_COMM_BYTES, record->comm);
	(void)bpf_get_current_comm(record->comm, sizeof(record->comm));
	record->inode_tail = CALL_TAIL(PROBE_TAIL_INODE, 0, record->inode);
	record->second_tail = CALL_TAIL(PROBE_TAIL_SOCKADDR, 0, record->second);
	record->first_tail = CALL_TAIL(PROBE_TAIL_PATH, 0, record->first);
}

/*
 * The event of a refusal: of the file at address `file`, or (0) of a connection, to the address that is noted. A global function, as in
 * call.bpf.h.
 */
__weak int denied_tell(__u32 index, __u64 file)
{
	struct emission event = {
		.sandbox = sandbox_at(index),
		.task = bpf_get_current_task_btf(),
		.index = index,
		.kind = PROBE_DENIED,
		.flags = PROBE_LSM,
		.ret = -EACCES,
	};
	const struct pt_regs *regs = (const struct pt_regs *)bpf_task_pt_regs(event.task);
	struct hook_note *note = note_make();
	struct probe_long *record;
	void *ring = emit_ring();

	if (!event.sandbox || !note)
		return 0;
	event.nr = regs->orig_ax;
	event.gas_after = event.sandbox->counts.gas_used;
	note->told = event.nr + 1;
	record = ring ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;
	if (!record) {
		emit_lost(&event);
		return 0;
	}
	denied_fill(&event, regs, record);
	if (file) {
		record->call.head.flags |= call_object_long(record, file);
	} else if (note->address_bytes) {
		__builtin_memcpy(record->second, note->address, sizeof(note->address));
		record->second_tail.size = note->address_bytes;
		record->call.head.flags |= PROBE_RESOLVED;
		note->address_bytes = 0;
	}
	emit_submit(&event, ring, &record->call.head, sizeof(*record));
	return 0;
}

/* Counts a refusal and tells of it. Returns what the hook answers. */
static __always_inline int refuse(struct probe_sandbox *sandbox, __u32 index, __u64 *count,
				  const struct file *file)
{
	__sync_fetch_and_add(count, 1);
	if (is_traced(sandbox) && sandbox->counts.phase == PROBE_PHASE_ON)
		(void)denied_tell(index, number_of(file));
	return -EACCES;
}

SEC("lsm/file_open")
int BPF_PROG(on_file_open, struct file *file, int answer)
{
	struct hook_note *note;
	__u32 index = 0;
	struct probe_sandbox *sandbox = sandbox_current(&index);

	if (answer || !sandbox)
		return answer;
	if ((sandbox->config.deny & PROBE_DENY_OPEN) && is_marked(file->f_inode, index, false))
		return refuse(sandbox, index, &sandbox->counts.denied_open, file);
	if (!is_traced(sandbox))
		return 0;
	note = note_make();
	if (note)
		note->file = (__u64)file;
	return 0;
}

/* Asked for the file that the call names and, when that is a script, again for its interpreter. */
SEC("lsm/bprm_check_security")
int BPF_PROG(on_program, struct linux_binprm *program, int answer)
{
	struct hook_note *note;
	__u32 index = 0;
	struct probe_sandbox *sandbox = sandbox_current(&index);

	if (answer || !sandbox)
		return answer;
	if ((sandbox->config.deny & PROBE_DENY_EXEC) &&
	    is_marked(program->file->f_inode, index, true))
		return refuse(sandbox, index, &sandbox->counts.denied_exec, program->file);
	if (!is_traced(sandbox) || program->interp != program->filename)
		return 0;
	note = note_make();
	if (note)
		call_inode(program->file, note->script);
	return 0;
}

static __always_inline __u32 deny_bit(struct socket *socket)
{
	switch (BPF_CORE_READ(socket, sk, __sk_common.skc_family)) {
	case AF_UNIX:
		return PROBE_DENY_UNIX;
	case AF_INET:
	case AF_INET6: /* reaches IPv4 addresses too */
		return PROBE_DENY_INTERNET;
	default:
		return PROBE_DENY_OTHER;
	}
}

static __always_inline void address_note(const void *address, int bytes)
{
	struct hook_note *note = note_make();
	__u32 n = bytes;

	if (!note)
		return;
	if (n > sizeof(note->address))
		n = sizeof(note->address);
	__builtin_memset(note->address, 0, sizeof(note->address));
	note->address_bytes = bpf_probe_read_kernel(note->address, n, address) == 0 ? n : 0;
}

/* Only the exit of a call whose arguments have an address makes use of the note, and ends it. */
static __always_inline void note_settle(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hook_note *note = hook_note(task);
	const struct pt_regs *regs = (const struct pt_regs *)bpf_task_pt_regs(task);
	__u32 op = call_ops[regs->orig_ax & (PROBE_CALLS - 1)];

	if (note && PROBE_OP_WHICH(op, PROBE_OP_SOCKADDR_SHIFT) == PROBE_OP_NONE)
		note->address_bytes = 0;
}

/* `address` is the kernel's copy: what the call really goes to. */
static __always_inline int peer_check(struct socket *socket, const void *address, int bytes)
{
	__u32 index = 0;
	struct probe_sandbox *sandbox = sandbox_current(&index);

	if (!sandbox)
		return 0;
	if (is_traced(sandbox))
		address_note(address, bytes);
	if (sandbox->config.deny & deny_bit(socket))
		return refuse(sandbox, index, &sandbox->counts.denied_connect, NULL);
	return 0;
}

SEC("lsm/socket_connect")
int BPF_PROG(on_connect, struct socket *socket, struct sockaddr *address, int bytes, int answer)
{
	return answer ? answer : peer_check(socket, address, bytes);
}

/* A message with an address needs no connection, and may make one. */
SEC("lsm/socket_sendmsg")
int BPF_PROG(on_message, struct socket *socket, struct msghdr *message, int size, int answer)
{
	const void *address = message->msg_name;
	int r;

	if (answer || !address)
		return answer;
	r = peer_check(socket, address, message->msg_namelen);
	note_settle();
	return r;
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
