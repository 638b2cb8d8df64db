/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Problem: a condition that says `int0 in 1 15 16 38` cannot be reviewed.
 *
 * Design: a table of the kernel's own names for the values that profiles compare with. The compiler
 * fills the values in from the headers, so a name has the value of this architecture. A name that
 * is missing is one line.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <asm/ioctls.h>
#include <linux/fs.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#ifdef __x86_64__
#include <asm/prctl.h>
#endif

#include "supervisor/policy/seccomp-where.h"

/* prctl options newer than the headers of Debian 12 may be. Source: include/uapi/linux/prctl.h. */
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

struct symbol {
	const char *name;
	uint64_t value;
};

#define SYMBOL(name)                    \
	{                               \
#name, (uint64_t)(name) \
	}

static const struct symbol symbols[] = {
	/* socket(2), socketpair(2) */
	SYMBOL(AF_UNIX),
	SYMBOL(AF_INET),
	SYMBOL(AF_INET6),
	/* mmap(2), memfd_create(2), shmget(2) */
	SYMBOL(MAP_HUGETLB),
	SYMBOL(MFD_HUGETLB),
	SYMBOL(SHM_HUGETLB),
	/* setrlimit(2), prlimit(2) */
	SYMBOL(RLIMIT_CORE),
	SYMBOL(RLIMIT_CPU),
	SYMBOL(RLIMIT_FSIZE),
	SYMBOL(RLIMIT_DATA),
	SYMBOL(RLIMIT_STACK),
	SYMBOL(RLIMIT_RSS),
	SYMBOL(RLIMIT_NPROC),
	SYMBOL(RLIMIT_NOFILE),
	SYMBOL(RLIMIT_MEMLOCK),
	SYMBOL(RLIMIT_AS),
	SYMBOL(RLIMIT_LOCKS),
	SYMBOL(RLIMIT_SIGPENDING),
	SYMBOL(RLIMIT_MSGQUEUE),
	SYMBOL(RLIMIT_NICE),
	SYMBOL(RLIMIT_RTPRIO),
	SYMBOL(RLIMIT_RTTIME),
	/* clone(2) */
	SYMBOL(CLONE_NEWNS),
	SYMBOL(CLONE_NEWCGROUP),
	SYMBOL(CLONE_NEWUTS),
	SYMBOL(CLONE_NEWIPC),
	SYMBOL(CLONE_NEWUSER),
	SYMBOL(CLONE_NEWPID),
	SYMBOL(CLONE_NEWNET),
	SYMBOL(CLONE_PTRACE),
	SYMBOL(CLONE_UNTRACED),
	SYMBOL(CLONE_INTO_CGROUP),
	/* fcntl(2) */
	SYMBOL(F_DUPFD),
	SYMBOL(F_DUPFD_CLOEXEC),
	SYMBOL(F_GETFD),
	SYMBOL(F_SETFD),
	SYMBOL(F_GETFL),
	SYMBOL(F_SETFL),
	SYMBOL(F_GETLK),
	SYMBOL(F_SETLK),
	SYMBOL(F_SETLKW),
	SYMBOL(F_GETPIPE_SZ),
	SYMBOL(F_SETPIPE_SZ),
	SYMBOL(F_GET_SEALS),
	SYMBOL(F_ADD_SEALS),
	/* renameat2(2) */
	SYMBOL(RENAME_NOREPLACE),
	SYMBOL(RENAME_EXCHANGE),
	/* prctl(2) */
	SYMBOL(PR_SET_PDEATHSIG),
	SYMBOL(PR_GET_PDEATHSIG),
	SYMBOL(PR_GET_DUMPABLE),
	SYMBOL(PR_SET_DUMPABLE),
	SYMBOL(PR_SET_NAME),
	SYMBOL(PR_GET_NAME),
	SYMBOL(PR_GET_SECCOMP),
	SYMBOL(PR_CAPBSET_READ),
	SYMBOL(PR_SET_TIMERSLACK),
	SYMBOL(PR_GET_TIMERSLACK),
	SYMBOL(PR_SET_NO_NEW_PRIVS),
	SYMBOL(PR_GET_NO_NEW_PRIVS),
	SYMBOL(PR_GET_THP_DISABLE),
	SYMBOL(PR_SET_THP_DISABLE),
	SYMBOL(PR_GET_TID_ADDRESS),
	SYMBOL(PR_CAP_AMBIENT),
	SYMBOL(PR_GET_KEEPCAPS),
	SYMBOL(PR_GET_SECUREBITS),
	SYMBOL(PR_SET_VMA),
	SYMBOL(PR_SET_CHILD_SUBREAPER),
	SYMBOL(PR_GET_CHILD_SUBREAPER),
	/* ioctl(2) */
	SYMBOL(TCGETS),
	SYMBOL(TCSETS),
	SYMBOL(TCSETSW),
	SYMBOL(TCSETSF),
	SYMBOL(TIOCGWINSZ),
	SYMBOL(TIOCGPGRP),
	SYMBOL(TIOCSPGRP),
	SYMBOL(TIOCGPTN),
	SYMBOL(FIONREAD),
	SYMBOL(FIONBIO),
	SYMBOL(FIOASYNC),
	SYMBOL(FIOCLEX),
	SYMBOL(FIONCLEX),
	SYMBOL(FICLONE),
	SYMBOL(FICLONERANGE),
	/* mknod(2) */
	SYMBOL(S_IFMT),
	SYMBOL(S_IFREG),
	SYMBOL(S_IFIFO),
	SYMBOL(S_IFSOCK),
	/* personality(2) */
	SYMBOL(ADDR_NO_RANDOMIZE),
	SYMBOL(PER_LINUX),
#ifdef __x86_64__
	/* arch_prctl(2) */
	SYMBOL(ARCH_SET_FS),
	SYMBOL(ARCH_GET_FS),
	SYMBOL(ARCH_GET_GS),
	SYMBOL(ARCH_SET_GS),
	{"ARCH_CET_STATUS", 0x3001}, /* glibc's start-up asks; the kernel answers EINVAL */
	{"ARCH_SHSTK_STATUS", 0x5005},
	{"ARCH_GET_CPUID", 0x1011},
	{"ARCH_GET_XCOMP_SUPP", 0x1021},
	{"ARCH_GET_XCOMP_PERM", 0x1022},
#else
	/* The call does not exist, so the values decide nothing; a profile may still name it. */
	{"ARCH_SET_FS", 0},
	{"ARCH_GET_FS", 0},
	{"ARCH_GET_GS", 0},
	{"ARCH_SET_GS", 0},
	{"ARCH_CET_STATUS", 0},
	{"ARCH_SHSTK_STATUS", 0},
	{"ARCH_GET_CPUID", 0},
	{"ARCH_GET_XCOMP_SUPP", 0},
	{"ARCH_GET_XCOMP_PERM", 0},
#endif
};

static int parse_number(const char *text, size_t length, uint64_t *ret_value)
{
	char digits[24], *end;

	if (length == 0 || length >= sizeof(digits) || text[0] < '0' || text[0] > '9')
		return -ENOENT;
	memcpy(digits, text, length);
	digits[length] = '\0';
	errno = 0;
	*ret_value = strtoull(digits, &end, digits[0] == '0' && digits[1] == 'x' ? 16 : 10);
	return *end == '\0' && errno == 0 ? 0 : -ENOENT;
}

int seccomp_symbol(const char *name, size_t length, uint64_t *ret_value)
{
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		if (strlen(symbols[i].name) == length && memcmp(symbols[i].name, name, length) == 0) {
			*ret_value = symbols[i].value;
			return 0;
		}
	}
	return parse_number(name, length, ret_value);
}
