/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a policy is edited by people who want one program to run. What would open the sandbox,
 * or the kernel below it, must not be one word in a YAML file away.
 *
 * Design: two tables. `closed` names calls that no profile may allow, with the reason that the
 * message gives. `closed_arguments` names arguments that no condition may let through, for calls
 * that are right with others: they are tried on the finished filter by the interpreter, so it does
 * not matter how a profile has put it. `needed` is what the agent and libc need from the load of
 * the filter to the end of a program; without it nothing could ever be AC.
 *
 * Invariant: every filter that leaves this module answers no closed call with SECCOMP_RET_ALLOW.
 */

#include "supervisor/policy/seccomp-closed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <asm/ioctls.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "supervisor/policy/seccomp-calls.h"
#include "supervisor/policy/seccomp-native.h"
#include "supervisor/policy/seccomp-simulate.h"

struct closed_call {
	const char *call;
	const char *why;
};

#define WHY_KERNEL "it opens a part of the kernel that has been broken out of too often"
#define WHY_OTHERS "it reaches into other processes"
#define WHY_MOUNTS "it changes what is mounted"
#define WHY_NAMESPACES "it makes or enters namespaces, where a program has every capability"
#define WHY_HOST "it changes the host"
#define WHY_KEYS "keys are the host's"
#define WHY_HANDLES "it opens files by number, past the mounts"
#define WHY_HARDWARE "it reaches for hardware"
#define WHY_FILTER "a second filter would hide calls from the first"

static const struct closed_call closed[] = {
	{"io_uring_setup", WHY_KERNEL},
	{"io_uring_enter", WHY_KERNEL},
	{"io_uring_register", WHY_KERNEL},
	{"bpf", WHY_KERNEL},
	{"userfaultfd", WHY_KERNEL},
	{"perf_event_open", WHY_KERNEL},
	{"modify_ldt", WHY_KERNEL},
	{"vm86", WHY_KERNEL},
	{"vm86old", WHY_KERNEL},
	{"remap_file_pages", WHY_KERNEL},
	{"memfd_secret", "memory that the supervisor cannot see"},
	{"add_key", WHY_KEYS},
	{"request_key", WHY_KEYS},
	{"keyctl", WHY_KEYS},
	{"ptrace", WHY_OTHERS},
	{"process_vm_readv", WHY_OTHERS},
	{"process_vm_writev", WHY_OTHERS},
	{"process_madvise", WHY_OTHERS},
	{"process_mrelease", WHY_OTHERS},
	{"kcmp", WHY_OTHERS},
	{"pidfd_getfd", WHY_OTHERS},
	{"move_pages", WHY_OTHERS},
	{"migrate_pages", WHY_OTHERS},
	{"mount", WHY_MOUNTS},
	{"umount", WHY_MOUNTS},
	{"umount2", WHY_MOUNTS},
	{"pivot_root", WHY_MOUNTS},
	{"chroot", WHY_MOUNTS},
	{"move_mount", WHY_MOUNTS},
	{"fsopen", WHY_MOUNTS},
	{"fsconfig", WHY_MOUNTS},
	{"fsmount", WHY_MOUNTS},
	{"fspick", WHY_MOUNTS},
	{"open_tree", WHY_MOUNTS},
	{"open_tree_attr", WHY_MOUNTS},
	{"mount_setattr", WHY_MOUNTS},
	{"unshare", WHY_NAMESPACES},
	{"setns", WHY_NAMESPACES},
	{"clone3", "its flags lie in memory, where no filter can look; answer ENOSYS"},
	{"seccomp", WHY_FILTER},
	{"kexec_load", WHY_HOST},
	{"kexec_file_load", WHY_HOST},
	{"init_module", WHY_HOST},
	{"finit_module", WHY_HOST},
	{"create_module", WHY_HOST},
	{"query_module", WHY_HOST},
	{"get_kernel_syms", WHY_HOST},
	{"delete_module", WHY_HOST},
	{"reboot", WHY_HOST},
	{"swapon", WHY_HOST},
	{"swapoff", WHY_HOST},
	{"settimeofday", WHY_HOST},
	{"stime", WHY_HOST},
	{"clock_settime", WHY_HOST},
	{"clock_settime64", WHY_HOST},
	{"adjtimex", WHY_HOST},
	{"clock_adjtime", WHY_HOST},
	{"clock_adjtime64", WHY_HOST},
	{"acct", WHY_HOST},
	{"quotactl", WHY_HOST},
	{"quotactl_fd", WHY_HOST},
	{"syslog", WHY_HOST},
	{"sethostname", WHY_HOST},
	{"setdomainname", WHY_HOST},
	{"vhangup", WHY_HOST},
	{"nfsservctl", WHY_HOST},
	{"fanotify_init", WHY_HANDLES},
	{"fanotify_mark", WHY_HANDLES},
	{"name_to_handle_at", WHY_HANDLES},
	{"open_by_handle_at", WHY_HANDLES},
	{"lookup_dcookie", WHY_HANDLES},
	{"iopl", WHY_HARDWARE},
	{"ioperm", WHY_HARDWARE},
	{"pciconfig_read", WHY_HARDWARE},
	{"pciconfig_write", WHY_HARDWARE},
	{"pciconfig_iobase", WHY_HARDWARE},
	{"s390_pci_mmio_read", WHY_HARDWARE},
	{"s390_pci_mmio_write", WHY_HARDWARE},
};

/* A call of which one argument is closed: `arg` has `value`, the others are 0. */
struct closed_argument {
	const char *call;
	unsigned int arg;
	uint64_t value;
	const char *what;
};

#define CLOSED(call, arg, value)                     \
	{                                            \
		call, arg, (uint64_t)(value), #value \
	}

static const struct closed_argument closed_arguments[] = {
	CLOSED("clone", 0, CLONE_NEWNS),
	CLOSED("clone", 0, CLONE_NEWCGROUP),
	CLOSED("clone", 0, CLONE_NEWUTS),
	CLOSED("clone", 0, CLONE_NEWIPC),
	CLOSED("clone", 0, CLONE_NEWUSER),
	CLOSED("clone", 0, CLONE_NEWPID),
	CLOSED("clone", 0, CLONE_NEWNET),
	CLOSED("clone", 0, CLONE_VM | CLONE_NEWUSER),
	CLOSED("mmap", 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB),
	CLOSED("mmap", 3, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB),
	CLOSED("memfd_create", 1, MFD_HUGETLB),
	CLOSED("shmget", 2, SHM_HUGETLB),
	CLOSED("setrlimit", 0, RLIMIT_CORE),
	CLOSED("prctl", 0, PR_SET_SECCOMP),
	CLOSED("prctl", 0, PR_SET_MM),
	CLOSED("prctl", 0, PR_SET_PTRACER),
	CLOSED("prctl", 0, PR_SET_SYSCALL_USER_DISPATCH),
	CLOSED("prctl", 0, PR_SCHED_CORE),
	CLOSED("ioctl", 1, TIOCSTI),
	CLOSED("ioctl", 1, TIOCLINUX),
	CLOSED("ioctl", 1, TIOCCONS),
	CLOSED("ioctl", 1, TIOCSETD),
	CLOSED("ioctl", 1, UINT64_C(0x100000000) | TIOCSTI),
	CLOSED("personality", 0, READ_IMPLIES_EXEC),
	CLOSED("personality", 0, MMAP_PAGE_ZERO),
	CLOSED("personality", 0, ADDR_COMPAT_LAYOUT),
	CLOSED("personality", 0, PER_LINUX32),
	CLOSED("socket", 0, AF_NETLINK),
	CLOSED("socket", 0, AF_PACKET),
	CLOSED("socket", 0, AF_ALG),
	CLOSED("socket", 0, AF_VSOCK),
	CLOSED("socket", 0, AF_BLUETOOTH),
	CLOSED("socket", 0, AF_CAN),
	CLOSED("socket", 0, AF_TIPC),
	CLOSED("socket", 0, AF_RDS),
	CLOSED("socket", 0, AF_KCM),
	CLOSED("socket", 0, AF_XDP),
	CLOSED("socket", 0, UINT64_C(0x100000000) | AF_NETLINK),
	CLOSED("mknod", 1, S_IFCHR),
	CLOSED("mknod", 1, S_IFBLK),
	CLOSED("mknodat", 2, S_IFCHR),
	CLOSED("mknodat", 2, S_IFBLK),
	CLOSED("mknodat", 2, UINT64_C(0x10000) | S_IFBLK), /* the kernel takes 16 bits */
};

/* From the load of the filter to the end of the program. Arguments are 0. */
static const char *const needed[] = {
	"read", "write", "close", "execve", "exit", "exit_group", "rt_sigreturn", "restart_syscall",
};

static const struct closed_call *find_closed(const char *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(closed); i++)
		if (strcmp(closed[i].call, call) == 0)
			return &closed[i];
	return NULL;
}

static int check_needed(const struct seccomp_profile *profile, struct fault *fault)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		const struct seccomp_rule *rule = seccomp_profile_rule(profile, needed[i]);

		if (!rule)
			return yaml_text_fault(
				profile->texts[0], fault, "allow",
				"'%s' is not allowed; expected it here, since no program runs without",
				needed[i]);
		if (rule->action.answer != SECCOMP_ANSWER_ALLOW)
			return yaml_text_fault(
				rule->text, fault, rule->path,
				"'%s' must be allowed; expected it in 'allow', since no program runs without",
				needed[i]);
	}
	return 0;
}

int seccomp_closed_check_rules(const struct seccomp_profile *profile, struct fault *fault)
{
	for (size_t i = 0; i < profile->n_rules; i++) {
		const struct seccomp_rule *rule = &profile->rules[i];
		const struct closed_call *row = find_closed(rule->call);

		if (row && (rule->where || rule->action.answer == SECCOMP_ANSWER_ALLOW))
			return yaml_text_fault(rule->text, fault, rule->path,
					       "'%s' is closed in every profile: %s; expected it in "
					       "'kill' or 'errors'",
					       rule->call, row->why);
	}
	return check_needed(profile, fault);
}

static uint32_t ask(const struct policy_filter *filter, int number, unsigned int arg, uint64_t value)
{
	struct seccomp_data data = {.nr = number, .arch = SECCOMP_NATIVE_ARCH};

	data.args[arg] = value;
	return seccomp_simulate(filter->instructions, filter->n_instructions, &data);
}

static int check_closed_calls(const struct seccomp_profile *profile,
			      const struct policy_filter *filter, struct fault *fault)
{
	for (size_t i = 0; i < ARRAY_SIZE(closed); i++) {
		int number = seccomp_call_number(closed[i].call);

		if (number >= 0 && ask(filter, number, 0, 0) == SECCOMP_RET_ALLOW)
			return yaml_text_fault(profile->texts[0], fault, "",
					       "the filter lets '%s' through; expected it closed: %s",
					       closed[i].call, closed[i].why);
	}
	return 0;
}

static int check_closed_arguments(const struct seccomp_profile *profile,
				  const struct policy_filter *filter, struct fault *fault)
{
	for (size_t i = 0; i < ARRAY_SIZE(closed_arguments); i++) {
		const struct closed_argument *row = &closed_arguments[i];
		int number = seccomp_call_number(row->call);
		const struct seccomp_rule *rule = seccomp_profile_rule(profile, row->call);

		if (number < 0 || !rule ||
		    ask(filter, number, row->arg, row->value) != SECCOMP_RET_ALLOW)
			continue;
		return yaml_text_fault(rule->text, fault, rule->path,
				       "'%s' is allowed with %s, which is closed in every profile; "
				       "expected a condition that leaves it out",
				       row->call, row->what);
	}
	return 0;
}

int seccomp_closed_check_filter(const struct seccomp_profile *profile,
				const struct policy_filter *filter, struct fault *fault)
{
	int r = check_closed_calls(profile, filter, fault);

	if (r == 0)
		r = check_closed_arguments(profile, filter, fault);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(needed); i++) {
		int number = seccomp_call_number(needed[i]);

		if (number >= 0 && ask(filter, number, 0, 0) != SECCOMP_RET_ALLOW)
			r = yaml_text_fault(profile->texts[0], fault, "allow",
					    "the filter does not let '%s' through; expected it to",
					    needed[i]);
	}
	return r;
}
