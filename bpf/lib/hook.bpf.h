/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#pragma once

/* What the programs at security hooks leave for those at the exit of the call. */

#include "bpf/abi/record.h"
#include "bpf/lib/kernel.bpf.h"

/* What security hooks saw of the thread's present call; nothing where there are none. */
struct hook_note {
	__u64 file;	 /* the one that was opened last */
	__u64 script[2]; /* device and inode of the file that the present execve named */
	__u32 told;	 /* 1 + the number of a call whose refusal is an event already; 0: none */
	__u32 address_bytes; /* of what the present call goes to; 0: nothing is known */
	char address[PROBE_SOCKADDR_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct hook_note);
} hook_notes __weak SEC(".maps");

static __always_inline struct hook_note *hook_note(struct task_struct *task)
{
	return bpf_task_storage_get(&hook_notes, task, 0, 0);
}
