/* SPDX-License-Identifier: Apache-2.0 */

/*
 * seccomp reports six registers whatever the call takes, and those beyond its arguments hold what the program last put
 * there: garbage that reads like evidence. So the calls that policies refuse most have their number of arguments in a
 * table, from the kernel's SYSCALL_DEFINEn; others show all six. Of a call that was interrupted before it could be read (no pid) there are none.
 */

#include "tools/assay/denied.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/escape.h"
#include "lib/base/mem.h"

enum { ARGS_MAX = 6, DECIMAL_MAX = 0xFFFF };

/* Names that are n arguments long; "|name|" is searched. Source: include/linux/syscalls.h. */
static const char *const by_arity[ARGS_MAX + 1] = {
	"|fork|getppid|inotify_init|munlockall|pause|setsid|sync|vfork|vhangup|",
	"|acct|alarm|chroot|epoll_create|eventfd|exit|exit_group|inotify_init1|iopl|"
	"memfd_secret|mlockall|personality|setfsgid|setfsuid|setgid|setuid|swapoff|syncfs|"
	"sysinfo|times|unshare|uselib|userfaultfd|",
	"|clock_settime|clone3|delete_module|fanotify_init|fsopen|io_uring_setup|kill|"
	"landlock_restrict_self|listen|memfd_create|pidfd_open|pivot_root|pkey_alloc|"
	"process_mrelease|setdomainname|setgroups|sethostname|setns|setpgid|setregid|"
	"setreuid|settimeofday|shutdown|swapon|timerfd_create|tkill|umount2|",
	"|accept|bind|bpf|chown|connect|execve|fchown|finit_module|fsmount|getcpu|"
	"init_module|inotify_add_watch|ioperm|ioprio_set|landlock_create_ruleset|lchown|"
	"lookup_dcookie|mkdirat|mknod|modify_ldt|open|open_by_handle_at|open_tree|"
	"pidfd_getfd|recvmsg|sched_setaffinity|sched_setscheduler|seccomp|sendmsg|setresgid|"
	"setresuid|socket|syslog|tgkill|unlinkat|",
	"|accept4|faccessat2|io_uring_register|kexec_load|landlock_add_rule|mknodat|openat|"
	"openat2|pidfd_send_signal|prlimit64|ptrace|quotactl|quotactl_fd|reboot|renameat|"
	"request_key|rt_tgsigqueueinfo|socketpair|",
	"|add_key|clone|execveat|fanotify_mark|fchownat|fsconfig|getsockopt|kcmp|"
	"kexec_file_load|keyctl|linkat|mount|mount_setattr|move_mount|name_to_handle_at|"
	"perf_event_open|prctl|process_madvise|renameat2|setsockopt|statx|",
	"|copy_file_range|futex|io_uring_enter|mbind|mmap|move_pages|process_vm_readv|"
	"process_vm_writev|recvfrom|sendto|splice|",
};

size_t denied_arity(const struct denied_call *call)
{
	char wanted[sizeof(call->syscall) + 2];

	if (call->pid == 0)
		return 0;
	(void)snprintf(wanted, sizeof(wanted), "|%s|", call->syscall);
	for (size_t n = 0; n <= ARGS_MAX; n++) {
		if (strstr(by_arity[n], wanted))
			return n;
	}
	return ARGS_MAX;
}

/* Registers are 64 bits wide, and most arguments are ints: a -1 may have arrived with the upper half cleared. */
static void describe_argument(uint64_t value, char *buffer, size_t size)
{
	bool is_int = value >> 32 == 0 || value >> 32 == UINT32_MAX;
	int32_t low = (int32_t)(uint32_t)value;

	if (is_int && low >= -DECIMAL_MAX && low <= DECIMAL_MAX)
		(void)snprintf(buffer, size, "%" PRId32, low);
	else
		(void)snprintf(buffer, size, "%#" PRIx64, value);
}

const char *denied_describe(const struct denied_call *call, char *buffer, size_t size)
{
	char args[ARGS_MAX * 24] = "", comm[4 * sizeof(call->comm) + 1];
	size_t length = 0;

	if (call->pid == 0) {
		(void)snprintf(buffer, size, "%s, interrupted before it could be read",
			       call->syscall);
		return buffer;
	}
	for (size_t i = 0, n = denied_arity(call); i < n; i++) {
		char value[24];

		describe_argument(call->args[i], value, sizeof(value));
		length += (size_t)snprintf(args + length, sizeof(args) - length, "%s%s",
					   i ? ", " : "", value);
	}
	(void)escape_bytes(comm, sizeof(comm), call->comm, strnlen(call->comm, sizeof(call->comm)));
	(void)snprintf(buffer, size, "%s(%s) by %s [pid %d]", call->syscall, args, comm,
		       (int)call->pid);
	return buffer;
}
