/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of calls says what every argument is; from that follows what the kernel side has to read. Which calls are events of their own,
 * without "every call", is a choice: what changes the file system, opens, talks to the network, or acts on other processes.
 * Asking questions (stat, access, readlink) and moving bytes is not.
 */

#include "supervisor/probe/capture.h"

#include <stdbool.h>
#include <string.h>

#include "bpf/abi/record.h"
#include "lib/base/mem.h"
#include "lib/contract/syscall.h"

static const char *const events[] = {
	"open",
	"openat",
	"openat2",
	"creat",
	"rename",
	"renameat",
	"renameat2",
	"unlink",
	"unlinkat",
	"rmdir",
	"mkdir",
	"mkdirat",
	"link",
	"linkat",
	"symlink",
	"symlinkat",
	"mknod",
	"mknodat",
	"chmod",
	"fchmod",
	"fchmodat",
	"chown",
	"fchown",
	"lchown",
	"fchownat",
	"truncate",
	"ftruncate",
	"chdir",
	"fchdir",
	"chroot",
	"mount",
	"umount2",
	"pivot_root",
	"utimensat",
	"setxattr",
	"removexattr",
	"memfd_create",
	"socket",
	"bind",
	"connect",
	"listen",
	"accept",
	"accept4",
	"sendto",
	"sendmsg",
	"sendmmsg",
	"socketpair",
	"kill",
	"tkill",
	"tgkill",
	"rt_sigqueueinfo",
	"rt_tgsigqueueinfo",
	"pidfd_send_signal",
	"pidfd_open",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"setuid",
	"setgid",
	"setreuid",
	"setregid",
	"setresuid",
	"setresgid",
	"setgroups",
	"capset",
	"prctl",
	"seccomp",
	"bpf",
	"perf_event_open",
	"io_uring_setup",
	"unshare",
	"setns",
	"userfaultfd",
	"keyctl",
	"add_key",
	"request_key",
	"init_module",
	"finit_module",
	"kexec_load",
	"reboot",
};

/* Their success is an event of another kind. */
static const char *const failures[] = {"execve", "execveat", "fork", "vfork", "clone", "clone3"};

static bool is_among(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static __u32 which(const struct syscall_info *info, enum syscall_arg kind, int skip)
{
	for (__u32 i = 0; i < info->n_args; i++)
		if (info->args[i] == kind && skip-- == 0)
			return i;
	return PROBE_OP_NONE;
}

/* A descriptor that stands for a file that was opened: its object is worth a name. */
static bool opens(const struct syscall_info *info)
{
	return info->returns == SYSCALL_ARG_FD &&
	       (which(info, SYSCALL_ARG_PATH, 0) != PROBE_OP_NONE ||
		strcmp(info->name, "memfd_create") == 0);
}

/* After close(2) nothing is left to be asked. */
static __u32 op_of(const struct syscall_info *info)
{
	__u32 claim = which(info, SYSCALL_ARG_PATH, 0), claim2 = which(info, SYSCALL_ARG_PATH, 1);
	__u32 sockaddr = which(info, SYSCALL_ARG_SOCKADDR, 0);
	__u32 object = which(info, SYSCALL_ARG_FD, 0);
	__u32 op = claim << PROBE_OP_CLAIM_SHIFT | claim2 << PROBE_OP_CLAIM2_SHIFT |
		   sockaddr << PROBE_OP_SOCKADDR_SHIFT;

	if (is_among(events, ARRAY_SIZE(events), info->name))
		op |= PROBE_OP_EVENT;
	if (is_among(failures, ARRAY_SIZE(failures), info->name))
		op |= PROBE_OP_EVENT_FAILED;
	if (info->n_args > PROBE_HEAD_ARGS)
		op |= PROBE_OP_ARGS;
	if (opens(info))
		op |= PROBE_OP_NEW_FD;
	if (claim != PROBE_OP_NONE || sockaddr != PROBE_OP_NONE || opens(info) ||
	    strcmp(info->name, "prctl") == 0)
		op |= PROBE_OP_TEXT;
	else if (object != PROBE_OP_NONE && strcmp(info->name, "close") != 0)
		op |= PROBE_OP_OBJECT | object << PROBE_OP_OBJECT_SHIFT;
	return op;
}

void capture_ops(__u32 ops[static PROBE_CALLS])
{
	for (int nr = 0; nr < PROBE_CALLS; nr++) {
		const struct syscall_info *info = syscall_info(nr);

		/* Of a number without a name nothing is known but its arguments. */
		ops[nr] = info != NULL ? op_of(info) :
					 PROBE_OP_EVENT | PROBE_OP_ARGS |
						 PROBE_OP_NONE << PROBE_OP_CLAIM_SHIFT |
						 PROBE_OP_NONE << PROBE_OP_CLAIM2_SHIFT |
						 PROBE_OP_NONE << PROBE_OP_SOCKADDR_SHIFT;
	}
}
