/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* System calls of x86-64 by number: names and what their arguments are. */

#include <stddef.h>
#include <stdint.h>

enum { SYSCALL_MAX = 512, SYSCALL_ARGS = 6 };

/* What an argument is. Decides what the kernel side reads from memory, and how it is shown. */
enum syscall_arg {
	SYSCALL_ARG_NONE = 0, /* no such argument */
	SYSCALL_ARG_HEX,      /* what has no better kind */
	SYSCALL_ARG_INT,
	SYSCALL_ARG_SIZE,
	SYSCALL_ARG_POINTER,
	SYSCALL_ARG_FD,
	SYSCALL_ARG_DIRFD, /* or AT_FDCWD */
	SYSCALL_ARG_PATH,
	SYSCALL_ARG_ARGV,
	SYSCALL_ARG_SOCKADDR, /* its length is the next argument */
	SYSCALL_ARG_PID,
	SYSCALL_ARG_SIGNAL,
	SYSCALL_ARG_MODE,
	SYSCALL_ARG_OPEN_FLAGS,
	SYSCALL_ARG_AT_FLAGS,
	SYSCALL_ARG_PROT,
	SYSCALL_ARG_MMAP_FLAGS,
	SYSCALL_ARG_CLONE_FLAGS,
	SYSCALL_ARG_FAMILY,
	SYSCALL_ARG_SOCKET_TYPE,
	SYSCALL_ARG_WHENCE,
	SYSCALL_ARG_ACCESS_MODE,
	SYSCALL_ARG_FCNTL,
	SYSCALL_ARG_FUTEX_OP,
	SYSCALL_ARG_KIND_MAX
};

struct syscall_info {
	const char *name;
	uint8_t n_args;		    /* 0..6; 6 with SYSCALL_ARG_HEX where nothing better is known */
	uint8_t args[SYSCALL_ARGS]; /* enum syscall_arg */
	uint8_t returns; /* enum syscall_arg: FD for open, POINTER for mmap, INT for most */
};

/* NULL when `nr` is no call of x86-64 that the headers of the build know. */
const struct syscall_info *syscall_info(int nr);

/* The call's name, or NULL. */
const char *syscall_name(int nr);

/* The number of the call called `name`, or -ENOENT. */
int syscall_number(const char *name);

/* The letter of an enum syscall_arg in tables and traces: stable. '-' for SYSCALL_ARG_NONE and for what is no kind. */
char syscall_arg_letter(unsigned int kind);

/* The kind of a letter; SYSCALL_ARG_HEX for letters that are none. */
enum syscall_arg syscall_arg_kind(char letter);
