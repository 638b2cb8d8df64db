/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls of x86-64 as a table: CALL(number, name, arguments, result), a letter an argument. Numbers and names:
 * asm/unistd_64.h (a test compares them); arguments: the kernel's SYSCALL_DEFINEn, as its tracepoints list them.
 */

#include "lib/contract/syscall.h"

#include <errno.h>
#include <string.h>

#include "lib/base/mem.h"

#define KIND(letter)                                 \
	((letter) == 'i' ? SYSCALL_ARG_INT :         \
	 (letter) == 'z' ? SYSCALL_ARG_SIZE :        \
	 (letter) == 'p' ? SYSCALL_ARG_POINTER :     \
	 (letter) == 'f' ? SYSCALL_ARG_FD :          \
	 (letter) == 'd' ? SYSCALL_ARG_DIRFD :       \
	 (letter) == 'P' ? SYSCALL_ARG_PATH :        \
	 (letter) == 'V' ? SYSCALL_ARG_ARGV :        \
	 (letter) == 'S' ? SYSCALL_ARG_SOCKADDR :    \
	 (letter) == 'I' ? SYSCALL_ARG_PID :         \
	 (letter) == 'G' ? SYSCALL_ARG_SIGNAL :      \
	 (letter) == 'M' ? SYSCALL_ARG_MODE :        \
	 (letter) == 'o' ? SYSCALL_ARG_OPEN_FLAGS :  \
	 (letter) == 'a' ? SYSCALL_ARG_AT_FLAGS :    \
	 (letter) == 'R' ? SYSCALL_ARG_PROT :        \
	 (letter) == 'm' ? SYSCALL_ARG_MMAP_FLAGS :  \
	 (letter) == 'c' ? SYSCALL_ARG_CLONE_FLAGS : \
	 (letter) == 'F' ? SYSCALL_ARG_FAMILY :      \
	 (letter) == 't' ? SYSCALL_ARG_SOCKET_TYPE : \
	 (letter) == 'w' ? SYSCALL_ARG_WHENCE :      \
	 (letter) == 'A' ? SYSCALL_ARG_ACCESS_MODE : \
	 (letter) == 'k' ? SYSCALL_ARG_FCNTL :       \
	 (letter) == 'u' ? SYSCALL_ARG_FUTEX_OP :    \
			   SYSCALL_ARG_HEX)

/* `letters` is a literal: everything folds to constants. Past its end stands a NUL, or nothing is read. */
#define ARG(letters, i)                                                                     \
	(sizeof(letters) - 1 > (i) ? KIND((letters)[sizeof(letters) - 1 > (i) ? (i) : 0]) : \
				     SYSCALL_ARG_NONE)

#define CALL(number, call, letters, result)                                                      \
	[number] = {.name = #call,                                                               \
		    .n_args = sizeof(letters) - 1,                                               \
		    .args = {ARG(letters, 0), ARG(letters, 1), ARG(letters, 2), ARG(letters, 3), \
			     ARG(letters, 4), ARG(letters, 5)},                                  \
		    .returns = KIND(result)},

static const struct syscall_info calls[SYSCALL_MAX] = {
#include "lib/contract/syscall-table.def"
};

const struct syscall_info *syscall_info(int nr)
{
	if (nr < 0 || nr >= (int)ARRAY_SIZE(calls) || calls[nr].name == NULL)
		return NULL;
	return &calls[nr];
}

const char *syscall_name(int nr)
{
	const struct syscall_info *info = syscall_info(nr);

	return info != NULL ? info->name : NULL;
}

int syscall_number(const char *name)
{
	for (int nr = 0; nr < (int)ARRAY_SIZE(calls); nr++)
		if (calls[nr].name != NULL && strcmp(calls[nr].name, name) == 0)
			return nr;
	return -ENOENT;
}

/* By enum syscall_arg. */
static const char letters_of[] = "-xizpfdPVSIGMoaRmcFtwAku";

_Static_assert(sizeof(letters_of) - 1 == SYSCALL_ARG_KIND_MAX, "a letter each");

char syscall_arg_letter(unsigned int kind)
{
	return kind < SYSCALL_ARG_KIND_MAX ? letters_of[kind] : '-';
}

enum syscall_arg syscall_arg_kind(char letter)
{
	const char *at = letter ? strchr(letters_of, letter) : NULL;

	return at ? (enum syscall_arg)(at - letters_of) : SYSCALL_ARG_HEX;
}
