/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walls inside the kernel: seccomp, Landlock, capabilities, and two settings of the host that reach
 * into sandboxes.
 *
 * The filters are written by hand (libseccomp belongs to supervisor/policy) and touch getppid(2)
 * only, a call that nothing else in the attempt makes. The notification is received and answered
 * for a real caller, for the flag alone is accepted by kernels and emulations (gVisor) that never
 * deliver one.
 *
 * core_pattern: a pattern that begins with '|' makes the kernel start a root process outside of the
 * sandbox with the crashed program's memory as input, whatever RLIMIT_CORE says but for the value
 * 1. One that begins with '@' (Linux 6.16) makes it connect to a socket of the host's init and write
 * the memory there, which no value of RLIMIT_CORE stops. Source: core(5), coredump_pipe() and
 * coredump_socket() in fs/coredump.c.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "supervisor/sandbox/host-attempts.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

enum {
	DENIED_ERRNO = 77,   /* EBADFD: getppid never fails, so any errno is the filter's */
	ANSWER_VALUE = 4711, /* what the listener answers */
};

int try_no_new_privs(const struct host_context *context _unused_, struct host_note *note)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return -ENOTSUP;
	return note_say(note, 0, "set-user-ID programs give nothing");
}

/*
 * Puts a filter in force that answers getppid(2) with `action`. Returns what seccomp(2) does, or
 * -errno.
 */
static int filter_getppid(unsigned action, unsigned long flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = ARRAY_SIZE(code), .filter = code};
	long r;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	return r < 0 ? -errno : (int)r;
}

int try_seccomp(const struct host_context *context _unused_, struct host_note *note)
{
	unsigned kill = SECCOMP_RET_KILL_PROCESS;
	int r;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &kill) < 0)
		return -errno;
	r = filter_getppid(SECCOMP_RET_ERRNO | DENIED_ERRNO, 0);
	if (r < 0)
		return r;
	if (syscall(SYS_getppid) >= 0 || errno != DENIED_ERRNO)
		return note_say(note, -ENOTSUP, "a filter is accepted and not obeyed");
	return note_say(note, 0, "filters can refuse a call or kill the process");
}

/* Receives one notification and answers it. The kernel says in what sizes. */
static int answer_one(int listener)
{
	struct seccomp_notif_sizes sizes;
	_cleanup_free_ struct seccomp_notif *notif = NULL;
	_cleanup_free_ struct seccomp_notif_resp *answer = NULL;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return -errno;
	notif = calloc(1, MAX((size_t)sizes.seccomp_notif, sizeof(*notif)));
	answer = calloc(1, MAX((size_t)sizes.seccomp_notif_resp, sizeof(*answer)));
	if (!notif || !answer)
		return -ENOMEM;
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, notif) < 0)
		return -errno;
	answer->id = notif->id;
	answer->val = ANSWER_VALUE;
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, answer) < 0)
		return -errno;
	return notif->data.nr == SYS_getppid ? 0 : -EPROTO;
}

/*
 * The filter is the child's too; only the child calls what it notifies. It lets go of the listener:
 * the call of one whose parent was killed before it asked to die with it is then refused by the
 * kernel, where it would wait for an answer that nobody but itself could give.
 */
static int notify(unsigned long flags)
{
	int listener =
		filter_getppid(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER | flags);
	int r, inside;
	pid_t pid;

	if (listener < 0)
		return listener;
	pid = fork(); /* host_fork() calls getppid(2) */
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		(void)close(listener);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		_exit(syscall(SYS_getppid) == ANSWER_VALUE ? 0 : ENOTSUP);
	}
	r = answer_one(listener);
	(void)close(listener);
	inside = host_wait(pid);
	return r < 0 ? r : inside;
}

int try_seccomp_notify(const struct host_context *context _unused_, struct host_note *note)
{
	int r = notify(0);

	return r < 0 ? r : note_say(note, 0, "the supervisor hears of a refused call");
}

int try_seccomp_killable(const struct host_context *context _unused_, struct host_note *note)
{
	int r = notify(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);

	return r < 0 ? r : note_say(note, 0, "a notified call is not interrupted by signals");
}

int host_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

int try_landlock(const struct host_context *context _unused_, struct host_note *note)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (abi < 0 && errno == EOPNOTSUPP) {
		note->remedy = "Add landlock to the boot parameter lsm=.";
		return note_say(note, -EOPNOTSUPP, "built, but not in the kernel's LSM list");
	}
	if (abi < 0)
		return -errno;
	return note_say(note, 0, "ABI %ld", abi);
}

int try_yama(const struct host_context *context _unused_, struct host_note *note)
{
	uint64_t scope;
	int r = file_read_u64(AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope", &scope);

	if (r < 0) {
		note->remedy = "Boot a kernel with CONFIG_SECURITY_YAMA=y and yama in lsm=.";
		return note_say(note, r, "the kernel has no Yama");
	}
	return note_say(note, scope > 0 ? 0 : -EPERM, "kernel.yama.ptrace_scope is %llu",
			(unsigned long long)scope);
}

int host_judge_core_pattern(const char *pattern, struct host_note *note)
{
	if (pattern[0] == '|')
		return note_say(note, -EPERM, "crashes start %.100s", pattern + 1);
	/* "@@" is the same with a protocol (Linux 6.17). Older kernels write a file of that name. */
	if (pattern[0] == '@')
		return note_say(note, -EPERM, "crashes are sent to the socket %.100s",
				pattern + strspn(pattern, "@"));
	return note_say(note, 0, "crashes start no program on the host and reach none");
}

int try_core_pattern(const struct host_context *context _unused_, struct host_note *note)
{
	char pattern[256]; /* the kernel keeps 128 */
	ssize_t n = file_read(AT_FDCWD, "/proc/sys/kernel/core_pattern", pattern, sizeof(pattern));

	if (n < 0)
		return (int)n;
	for (char *c = pattern; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
	return host_judge_core_pattern(pattern, note);
}

struct capability {
	unsigned number;
	const char *name;
};

/* The caller's effective set as bits. */
static int effective_capabilities(uint64_t *ret_set)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	*ret_set = (uint64_t)data[1].effective << 32 | data[0].effective;
	return 0;
}

/* The map of the host's own user namespace. Source: user_namespaces(7). */
static bool in_first_user_namespace(void)
{
	char map[64];

	return file_read(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map)) >= 0 &&
	       !strcmp(map, "         0          0 4294967295");
}

bool host_has_capability(unsigned number)
{
	uint64_t set;

	return in_first_user_namespace() && effective_capabilities(&set) == 0 &&
	       set & UINT64_C(1) << number;
}

/* Writes the names that are missing into `list`, separated by spaces. Returns how many. */
static size_t missing_capabilities(uint64_t set, const struct capability *wanted, size_t n,
				   char *list, size_t size)
{
	size_t missing = 0, used = 0;

	list[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (set & UINT64_C(1) << wanted[i].number)
			continue;
		used += (size_t)snprintf(list + used, size - MIN(used, size), "%s%s",
					 missing ? " " : "", wanted[i].name);
		used = MIN(used, size - 1);
		missing++;
	}
	return missing;
}

/* 0, -EPERM with a note that says which are missing, or -errno. */
static int have_capabilities(const struct capability *wanted, size_t n, struct host_note *note)
{
	char list[HOST_DETAIL_BYTES - 16];
	uint64_t set;
	int r = effective_capabilities(&set);

	if (r < 0)
		return r;
	if (missing_capabilities(set, wanted, n, list, sizeof(list)) > 0)
		return note_say(note, -EPERM, "missing: %s", list);
	return 0;
}

int try_capabilities(const struct host_context *context _unused_, struct host_note *note)
{
	static const struct capability wanted[] = {
		{CAP_SYS_ADMIN, "sys_admin"},
		{CAP_SETUID, "setuid"},
		{CAP_SETGID, "setgid"},
		{CAP_SETPCAP, "setpcap"},
		{CAP_KILL, "kill"},
		{CAP_CHOWN, "chown"},
		{CAP_DAC_OVERRIDE, "dac_override"},
		{CAP_FOWNER, "fowner"},
		{CAP_NET_ADMIN, "net_admin"},
	};
	int r = have_capabilities(wanted, ARRAY_SIZE(wanted), note);

	if (r < 0)
		return r;
	return note_say(note, 0, "all %zu that making a sandbox takes", ARRAY_SIZE(wanted));
}

int try_capability_rest(const struct host_context *context _unused_, struct host_note *note)
{
	static const struct capability wanted[] = {
		{CAP_SYS_RESOURCE, "sys_resource (cannot raise hard limits or lower oom_score_adj)"},
		{CAP_SYS_NICE, "sys_nice (cannot take real-time priority)"},
		{CAP_PERFMON, "perfmon (no CPU clock)"},
		{CAP_BPF, "bpf (no tracing)"},
	};
	int r = have_capabilities(wanted, ARRAY_SIZE(wanted), note);

	if (r < 0)
		return r;
	return note_say(note, 0, "sys_resource, sys_nice, perfmon and bpf are there");
}
