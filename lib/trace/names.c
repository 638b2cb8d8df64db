/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An argument is a number; what it means is its name in the kernel's headers. One table a kind, one function that writes
 * the names of a table: as a whole, as bits, or both (the access mode of open, the signal of clone).
 *
 * Source: open(2), openat(2), mmap(2), clone(2), socket(2), lseek(2), access(2), fcntl(2), futex(2).
 */

#include "lib/trace/names.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/mem.h"

struct name {
	uint64_t value;
	const char *name;
};

#define N(symbol)                           \
	{                                   \
		(uint64_t)(symbol), #symbol \
	}

static const struct name open_modes[] = {N(O_RDONLY), N(O_WRONLY), N(O_RDWR)};
static const struct name open_flags[] = {
	N(O_CREAT),  N(O_EXCL),	    N(O_NOCTTY),    N(O_TRUNC),
	N(O_APPEND), N(O_NONBLOCK), N(O_SYNC),	    N(O_DSYNC),
	N(O_DIRECT), N(O_TMPFILE),  N(O_DIRECTORY), N(O_NOFOLLOW),
	N(O_PATH),   N(O_NOATIME),  N(O_CLOEXEC),   {0x8000, "O_LARGEFILE"},
};
static const struct name at_flags[] = {
	N(AT_SYMLINK_NOFOLLOW), {0x200, "AT_EACCESS|AT_REMOVEDIR"},
	N(AT_SYMLINK_FOLLOW),	N(AT_NO_AUTOMOUNT),
	N(AT_EMPTY_PATH),
};
static const struct name prot[] = {N(PROT_READ), N(PROT_WRITE), N(PROT_EXEC)};
static const struct name prot_none[] = {N(PROT_NONE)};
static const struct name map_types[] = {N(MAP_SHARED), N(MAP_PRIVATE), N(MAP_SHARED_VALIDATE)};
static const struct name map_flags[] = {
	N(MAP_FIXED),		N(MAP_ANONYMOUS),    N(MAP_GROWSDOWN), N(MAP_DENYWRITE),
	N(MAP_EXECUTABLE),	N(MAP_LOCKED),	     N(MAP_NORESERVE), N(MAP_POPULATE),
	N(MAP_NONBLOCK),	N(MAP_STACK),	     N(MAP_HUGETLB),   N(MAP_SYNC),
	N(MAP_FIXED_NOREPLACE), {0x40, "MAP_32BIT"},
};
static const struct name clone_flags[] = {
	N(CLONE_VM),	    N(CLONE_FS),       N(CLONE_FILES),	      N(CLONE_SIGHAND),
	N(CLONE_PTRACE),    N(CLONE_VFORK),    N(CLONE_PARENT),	      N(CLONE_THREAD),
	N(CLONE_NEWNS),	    N(CLONE_SYSVSEM),  N(CLONE_SETTLS),	      N(CLONE_PARENT_SETTID),
	N(CLONE_DETACHED),  N(CLONE_UNTRACED), N(CLONE_CHILD_SETTID), N(CLONE_CHILD_CLEARTID),
	N(CLONE_NEWCGROUP), N(CLONE_NEWUTS),   N(CLONE_NEWIPC),	      N(CLONE_NEWUSER),
	N(CLONE_NEWPID),    N(CLONE_NEWNET),   N(CLONE_IO),	      {0x1000, "CLONE_PIDFD"},
};
static const struct name families[] = {
	N(AF_UNSPEC), N(AF_UNIX),  N(AF_INET), N(AF_INET6),	N(AF_NETLINK),
	N(AF_PACKET), N(AF_VSOCK), N(AF_ALG),  N(AF_BLUETOOTH), N(AF_XDP),
};
static const struct name socket_types[] = {N(SOCK_STREAM), N(SOCK_DGRAM),     N(SOCK_RAW),
					   N(SOCK_RDM),	   N(SOCK_SEQPACKET), N(SOCK_PACKET)};
static const struct name socket_flags[] = {N(SOCK_CLOEXEC), N(SOCK_NONBLOCK)};
static const struct name whence[] = {N(SEEK_SET), N(SEEK_CUR), N(SEEK_END), N(SEEK_DATA),
				     N(SEEK_HOLE)};
static const struct name access_modes[] = {N(R_OK), N(W_OK), N(X_OK)};
static const struct name access_none[] = {N(F_OK)};
static const struct name fcntl_commands[] = {
	N(F_DUPFD),	    N(F_GETFD),	     N(F_SETFD),      N(F_GETFL),     N(F_SETFL),
	N(F_GETLK),	    N(F_SETLK),	     N(F_SETLKW),     N(F_SETOWN),    N(F_GETOWN),
	N(F_SETSIG),	    N(F_GETSIG),     N(F_SETLEASE),   N(F_GETLEASE),  N(F_NOTIFY),
	N(F_DUPFD_CLOEXEC), N(F_SETPIPE_SZ), N(F_GETPIPE_SZ), N(F_ADD_SEALS), N(F_GET_SEALS),
	N(F_OFD_GETLK),	    N(F_OFD_SETLK),  N(F_OFD_SETLKW),
};
static const struct name futex_operations[] = {
	N(FUTEX_WAIT),
	N(FUTEX_WAKE),
	N(FUTEX_REQUEUE),
	N(FUTEX_CMP_REQUEUE),
	N(FUTEX_WAKE_OP),
	N(FUTEX_LOCK_PI),
	N(FUTEX_UNLOCK_PI),
	N(FUTEX_TRYLOCK_PI),
	N(FUTEX_WAIT_BITSET),
	N(FUTEX_WAKE_BITSET),
	N(FUTEX_WAIT_REQUEUE_PI),
	N(FUTEX_CMP_REQUEUE_PI),
};
static const struct name futex_flags[] = {N(FUTEX_PRIVATE_FLAG), N(FUTEX_CLOCK_REALTIME)};

/* Bits in `mask` are one number with a name of its own, the others are a set. */
static const struct naming {
	uint64_t mask;
	const struct name *numbers, *bits;
	uint8_t n_numbers, n_bits;
} namings[SYSCALL_ARG_KIND_MAX] = {
	[SYSCALL_ARG_OPEN_FLAGS] = {O_ACCMODE, open_modes, open_flags, ARRAY_SIZE(open_modes),
				    ARRAY_SIZE(open_flags)},
	[SYSCALL_ARG_AT_FLAGS] = {0, NULL, at_flags, 0, ARRAY_SIZE(at_flags)},
	[SYSCALL_ARG_PROT] = {0, prot_none, prot, 1, ARRAY_SIZE(prot)},
	[SYSCALL_ARG_MMAP_FLAGS] = {0xf, map_types, map_flags, ARRAY_SIZE(map_types),
				    ARRAY_SIZE(map_flags)},
	[SYSCALL_ARG_CLONE_FLAGS] = {0, NULL, clone_flags, 0, ARRAY_SIZE(clone_flags)},
	[SYSCALL_ARG_FAMILY] = {UINT32_MAX, families, NULL, ARRAY_SIZE(families), 0},
	[SYSCALL_ARG_SOCKET_TYPE] = {0xf, socket_types, socket_flags, ARRAY_SIZE(socket_types),
				     ARRAY_SIZE(socket_flags)},
	[SYSCALL_ARG_WHENCE] = {UINT32_MAX, whence, NULL, ARRAY_SIZE(whence), 0},
	[SYSCALL_ARG_ACCESS_MODE] = {0, access_none, access_modes, 1, ARRAY_SIZE(access_modes)},
	[SYSCALL_ARG_FCNTL] = {UINT32_MAX, fcntl_commands, NULL, ARRAY_SIZE(fcntl_commands), 0},
	[SYSCALL_ARG_FUTEX_OP] = {FUTEX_CMD_MASK & UINT32_MAX & ~(uint64_t)FUTEX_CLOCK_REALTIME,
				  futex_operations, futex_flags, ARRAY_SIZE(futex_operations),
				  ARRAY_SIZE(futex_flags)},
};

static const char *find(const struct name *names, size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++)
		if (names[i].value == value)
			return names[i].name;
	return NULL;
}

const char *trace_signal_name(uint64_t number, char buffer[static 16])
{
	const char *name = number < NSIG ? sigabbrev_np((int)number) : NULL;

	if (name)
		(void)snprintf(buffer, 16, "SIG%s", name);
	else
		(void)snprintf(buffer, 16, "signal %u", (unsigned int)number % 100000);
	return buffer;
}

const char *trace_error_name(int64_t result, char buffer[static 16])
{
	static const char *const restarts[] = {"ERESTARTSYS", "ERESTARTNOINTR", "ERESTARTNOHAND"};
	const char *name = result > -4096 && result < 0 ? strerrorname_np((int)-result) : NULL;

	if (result <= -512 && result >= -514)
		name = restarts[-result - 512];
	if (result == -516)
		name = "ERESTART_BLOCK";
	if (name)
		(void)snprintf(buffer, 16, "%s", name);
	else
		(void)snprintf(buffer, 16, "errno %d", (int)(-result % 10000));
	return buffer;
}

static void write_set(FILE *stream, const struct naming *naming, uint64_t value)
{
	uint64_t number = value & naming->mask, rest = value & ~naming->mask;
	const char *separator = "", *name = find(naming->numbers, naming->n_numbers, number);

	if (name && (naming->mask || value == 0)) {
		(void)fputs(name, stream);
		separator = "|";
	} else {
		rest = value;
	}
	for (size_t i = 0; i < naming->n_bits; i++) {
		const struct name *bit = &naming->bits[i];

		if ((rest & bit->value) != bit->value || bit->value == 0)
			continue;
		(void)fprintf(stream, "%s%s", separator, bit->name);
		separator = "|";
		rest &= ~bit->value;
	}
	if (rest || !*separator)
		(void)fprintf(stream, "%s%s%" PRIx64, separator, rest ? "0x" : "", rest);
}

bool trace_names_write(FILE *stream, enum syscall_arg kind, uint64_t value)
{
	char buffer[16];

	switch (kind) {
	case SYSCALL_ARG_SIGNAL:
		(void)fputs((uint32_t)value == 0 ? "0" : trace_signal_name((uint32_t)value, buffer),
			    stream);
		return true;
	case SYSCALL_ARG_DIRFD:
		if ((int32_t)value != AT_FDCWD)
			return false;
		(void)fputs("AT_FDCWD", stream);
		return true;
	case SYSCALL_ARG_CLONE_FLAGS: /* the lowest byte is the signal at the end */
		write_set(stream, &namings[kind], value & ~UINT64_C(0xff));
		if (value & 0xff)
			(void)fprintf(stream, "|%s", trace_signal_name(value & 0xff, buffer));
		return true;
	default:
		if (kind >= SYSCALL_ARG_KIND_MAX ||
		    namings[kind].n_numbers + namings[kind].n_bits == 0)
			return false;
		write_set(stream, &namings[kind], (uint32_t)value);
		return true;
	}
}
