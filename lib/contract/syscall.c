/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls of x86-64 as a table: CALL(number, name, arguments, result), a letter an argument. Numbers and names:
 * asm/unistd_64.h (a test compares them); arguments: the kernel's SYSCALL_DEFINEn, as its tracepoints list them.
 */

#include "lib/contract/syscall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

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

/* Numbers in the order of their names: a schedule of prices asks for each of them. */
static struct {
	short nr[ARRAY_SIZE(calls)];
	size_t n;
} by_name;

static int compare_names(const void *a, const void *b)
{
	return strcmp(calls[*(const short *)a].name, calls[*(const short *)b].name);
}

static void by_name_fill(void)
{
	for (size_t nr = 0; nr < ARRAY_SIZE(calls); nr++)
		if (calls[nr].name != NULL)
			by_name.nr[by_name.n++] = (short)nr;
	qsort(by_name.nr, by_name.n, sizeof(by_name.nr[0]), compare_names);
}

static int compare_with(const void *name, const void *nr)
{
	return strcmp(name, calls[*(const short *)nr].name);
}

int syscall_number(const char *name)
{
	static once_flag once = ONCE_FLAG_INIT;
	const short *found;

	call_once(&once, by_name_fill);
	found = bsearch(name, by_name.nr, by_name.n, sizeof(by_name.nr[0]), compare_with);
	return found != NULL ? *found : -ENOENT;
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
