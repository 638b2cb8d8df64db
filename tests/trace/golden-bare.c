/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A program whose cost is known to the last unit on every kernel. Nothing of it comes from anywhere else: no libc, whose start makes other
 * calls in each version, so that what it costs follows from the price list and from this page alone. It makes calls of most classes and
 * everything that is priced besides (bytes, pages, a process, a program), some that fail, and some that are free.
 *
 * test_exact.py holds gas and canonical digest against tests/fixtures/golden.json. x86-64, as the programs in the kernel are.
 */

#include <fcntl.h>
#include <linux/mman.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { LINES = 20, PAGE = 4096, BLOCK = 3 * PAGE + 100 };

static char block[BLOCK];

static long call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#define CALL1(nr, a) call(nr, (long)(a), 0, 0, 0, 0, 0)
#define CALL2(nr, a, b) call(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define CALL3(nr, a, b, c) call(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define CALL4(nr, a, b, c, d) call(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

static _Noreturn void leave(long status)
{
	for (;;)
		(void)CALL1(SYS_exit_group, status);
}

/* A step that must have this result; a wrong one ends the program with the step's number, which the digest shows as well. */
static void expect(long got, long wanted, long number)
{
	if (got != wanted)
		leave(number);
}

static void files(void)
{
	long fd = CALL4(SYS_openat, AT_FDCWD, "out.txt", O_CREAT | O_RDWR | O_TRUNC, 0644);

	for (int i = 0; i < LINES; i++)
		expect(CALL3(SYS_write, fd, "line\n", 5), 5, 10);
	expect(CALL3(SYS_write, fd, block, BLOCK), BLOCK, 11);
	expect(CALL4(SYS_pread64, fd, block, BLOCK, 5 * LINES), BLOCK, 12);
	expect(CALL3(SYS_lseek, fd, 0, 0), 0, 13);
	expect(CALL1(SYS_close, fd), 0, 14);
	expect(CALL1(SYS_close, fd), -9, 15);
	expect(CALL4(SYS_openat, AT_FDCWD, "nowhere", O_RDONLY, 0), -2, 16);
	expect(CALL3(SYS_mkdirat, AT_FDCWD, "directory", 0755), 0, 17);
	expect(CALL4(SYS_renameat, AT_FDCWD, "out.txt", AT_FDCWD, "directory/moved"), 0, 18);
	expect(CALL3(SYS_unlinkat, AT_FDCWD, "directory/moved", 0), 0, 19);
}

static void memory(void)
{
	long heap = CALL1(SYS_brk, 0);
	long at = call(SYS_mmap, 0, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	expect(at < 0, 0, 20);
	at = CALL4(SYS_mremap, at, 16 * PAGE, 40 * PAGE, MREMAP_MAYMOVE);
	expect(at < 0, 0, 21);
	expect(CALL3(SYS_mprotect, at, PAGE, PROT_READ), 0, 22);
	expect(CALL2(SYS_munmap, at, 40 * PAGE), 0, 23);
	expect(CALL1(SYS_brk, heap + 7 * PAGE + 1) == heap + 7 * PAGE + 1, 1, 24);
}

/* The child writes what the parent reads: once, and the parent asks once. */
static void processes(void)
{
	int ends[2], status = 0;
	char byte = 'x';
	long child;

	expect(CALL2(SYS_pipe2, ends, O_CLOEXEC), 0, 30);
	child = call(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);
	if (child == 0)
		leave(CALL3(SYS_write, ends[1], &byte, 1));
	expect(CALL3(SYS_read, ends[0], &byte, 1), 1, 31);
	expect(CALL4(SYS_wait4, child, &status, 0, 0) == child, 1, 32);
	expect(status, 1 << 8, 33);
}

_Noreturn void golden_main(char **stack);

/* The stack as the kernel leaves it: the number of words, then the words. */
_Noreturn void golden_main(char **stack)
{
	char *const again[] = {stack[1], (char *)"again", NULL};

	if ((long)stack[0] > 1) {
		(void)CALL3(SYS_write, 1, "done\n", 5);
		leave(0);
	}
	files();
	memory();
	processes();
	for (int i = 0; i < LINES; i++)
		(void)CALL1(SYS_getpid, 0);
	(void)CALL1(SYS_sched_yield, 0);
	(void)CALL3(SYS_execve, stack[1], again, NULL);
	leave(40);
}

__asm__(".globl _start\n"
	"_start:\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call golden_main\n");
