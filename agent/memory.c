/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What PID 1 of a sandbox gets of its launcher's memory. A process that is forked gets a copy of each area and of its page tables, by page faults
 * of both, and gives all up again when it ends. PID 1 does not use the launcher's stack, which
 * lies far from the rest and has page tables of its own, nor the kernel's pages of times (init.c asks the kernel): it gets neither, and a stack near the rest.
 *
 * An optimization: what cannot be found is copied, as it would be without.
 * Source: madvise(2) about MADV_DONTFORK, proc_pid_maps(5).
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/launch.h"

enum { MAPS_BYTES = 4096 };

/* One line of the file: "from-to rights offset device inode   name". */
static void area_keep(const char *line)
{
	char *end;
	unsigned long from = strtoul(line, &end, 16),
		      to = *end == '-' ? strtoul(end + 1, NULL, 16) : 0;
	const char *name = strchr(line, '[');

	/* The second is a page of the kernel's own addresses on some machines, which nobody is asked about. */
	if (name == NULL || to <= from || strncmp(name, "[vsyscall", 9) == 0)
		return;
	if (strncmp(name, "[stack", 6) == 0 || strncmp(name, "[v", 2) == 0)
		(void)madvise((void *)from, to - from, MADV_DONTFORK);
}

/* Below it is a page that nobody may touch: what runs over its end dies there, and not in what lies below by chance. NULL: no memory. */
static void *stack_make(size_t bytes)
{
	static const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);
	char *area = mmap(NULL, guard + bytes, PROT_NONE, flags, -1, 0);

	if (area == MAP_FAILED || mprotect(area + guard, bytes, PROT_READ | PROT_WRITE) < 0)
		return NULL;
	return area + guard;
}

void *launch_memory(size_t stack_bytes)
{
	char maps[MAPS_BYTES], *at = maps, *line;
	void *stack = stack_make(stack_bytes);
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, maps, sizeof(maps) - 1);

	if (fd >= 0)
		(void)close(fd);
	maps[n > 0 ? n : 0] = '\0';
	while ((line = strsep(&at, "\n")) != NULL)
		area_keep(line);
	return stack;
}
