/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Events that are no calls: a program's start, births, new programs, ends, victims of the kernel's for want of memory, signals. Loaded for
 * tracing only.
 *
 * A new program is told when it is in place: its file and its words are then the kernel's own, whatever the caller's memory held
 * before and after. The words lie in the new memory, which nobody has run in yet.
 */

#include "bpf/lib/text.bpf.h"

/* The traced sandbox of the current task, or false. */
static __always_inline bool event_begin(struct emission *event, __u32 kind, __u32 phase)
{
	*event = (struct emission){
		.task = bpf_get_current_task_btf(),
		.kind = kind,
		.nr = -1,
	};
	event->sandbox = sandbox_current(&event->index);
	if (!event->sandbox || event->sandbox->counts.phase < phase ||
	    event->sandbox->config.level == PROBE_LEVEL_COUNTERS)
		return false;
	event->gas_after = event->sandbox->counts.gas_used;
	return true;
}

/* The words of the new program, a NUL after each. */
static __always_inline __u32 words_fill(struct probe_long *record, struct task_struct *task)
{
	__u64 start = BPF_CORE_READ(task, mm, arg_start);
	__u64 bytes = BPF_CORE_READ(task, mm, arg_end) - start;
	__u32 flags = PROBE_CLAIMED;

	if (bytes > sizeof(record->second)) {
		bytes = sizeof(record->second);
		flags |= PROBE_TRUNCATED;
	}
	if (bpf_probe_read_user(record->second, bytes, (const void *)start) < 0) {
		bytes = 0;
		flags |= PROBE_FAULTED;
	}
	record->second_tail = CALL_TAIL(PROBE_TAIL_ARGV, bytes, record->second);
	return flags;
}

static __always_inline void exec_fill(const struct emission *event, struct probe_long *record,
				      struct linux_binprm *bprm)
{
	const struct call_args none = {};

	call_fill(event, &none, &record->call, sizeof(*record) - sizeof(struct probe_head));
	record->call.args_tail.size = 0;
	record->comm_tail = CALL_TAIL(PROBE_TAIL_COMM, PROBE_COMM_BYTES, record->comm);
	(void)bpf_get_current_comm(record->comm, sizeof(record->comm));
	record->inode_tail = CALL_TAIL(PROBE_TAIL_INODE, 0, record->inode);
	record->first_tail = CALL_TAIL(PROBE_TAIL_PATH, 0, record->first);
	record->call.head.flags |= words_fill(record, event->task);
	record->call.head.flags |= call_object_long(record, (__u64)BPF_CORE_READ(bprm, file));
}

/* The file that the caller named, where that is another than the program's: a script, which a hook saw. */
static __always_inline void script_fill(struct task_struct *task, struct probe_long *record)
{
	const struct hook_note *note = hook_note(task);

	if (!note || (note->script[0] == record->inode[0] && note->script[1] == record->inode[1]))
		return;
	record->call.head.args[1] = note->script[0];
	record->call.args_tail.size = sizeof(record->call.args);
	record->call.args[0] = note->script[1];
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec_event, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct probe_long *record;
	struct emission event;
	void *ring = emit_ring();

	if (!event_begin(&event, PROBE_EXEC, PROBE_PHASE_ARMED))
		return 0;
	if (event.sandbox->counts.seq == 0) {
		event.kind = PROBE_START;
		(void)emit_plain(&event, 0, 0);
		event.kind = PROBE_EXEC;
	}
	record = ring ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;
	if (!record) {
		emit_lost(&event);
		return 0;
	}
	exec_fill(&event, record, bprm);
	/* The caller's number is told when it is the process's own; another thread has taken that over by now. */
	record->call.head.args[0] = old_pid == task->pid ? record->call.head.pid : 0;
	script_fill(event.task, record);
	emit_submit(&event, ring, &record->call.head, sizeof(*record));
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork_event, struct task_struct *parent, struct task_struct *child)
{
	struct emission event;

	if (!event_begin(&event, PROBE_FORK, PROBE_PHASE_ON))
		return 0;
	return emit_plain(&event, emit_pid(child->thread_pid),
			  emit_pid(child->group_leader->thread_pid));
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit_event, struct task_struct *task)
{
	bool last = task->signal->live.counter == 0;
	struct emission event;

	if (!event_begin(&event, PROBE_EXIT, PROBE_PHASE_ON))
		return 0;
	/* Noted there when the kernel chose the process: mark_oom_victim(), mm/oom_kill.c. */
	if (last && task->signal->oom_mm) {
		event.kind = PROBE_OOM;
		(void)emit_plain(&event, 0, 0);
		event.kind = PROBE_EXIT;
	}
	return emit_plain(&event, task->exit_code, last);
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(on_signal_event, int sig, struct kernel_siginfo *info, struct k_sigaction *action)
{
	struct emission event;
	__s32 code = 0, sender = 0;

	if (!event_begin(&event, PROBE_SIGNAL, PROBE_PHASE_ON))
		return 0;
	/* The kernel's own signals may come without information: reading fails then, and 0 stays. */
	(void)bpf_core_read(&code, sizeof(code), &info->si_code);
	if (code <= 0)
		(void)bpf_core_read(&sender, sizeof(sender), &info->_sifields._kill._pid);
	event.ret = sender;
	return emit_plain(&event, sig, (__s64)code);
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
