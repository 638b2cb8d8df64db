/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What only a security hook sees: the file itself that a call opens, before its descriptor exists. At the exit of the call the descriptor
 * may lead to another file, when another thread shares the table; what the hook noted proves that it does not. Where the kernel has no such
 * hooks, such objects stay unresolved.
 */

#include "bpf/lib/text.bpf.h"

SEC("lsm/file_open")
int BPF_PROG(on_file_open, struct file *file)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 *opened;
	__u32 index = 0;
	struct probe_sandbox *sandbox = sandbox_current(&index);

	if (!sandbox || sandbox->config.level == PROBE_LEVEL_COUNTERS)
		return 0;
	opened = bpf_task_storage_get(&opened_files, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (opened)
		*opened = (__u64)file;
	return 0;
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
