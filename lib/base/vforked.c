/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fork copies the page tables of its process and makes every page of it read-only: the copies are paid for at once, and again page by page
 * when the parent goes on writing, with an interrupt of the CPUs that its other threads run on. A process that has read a policy and linked
 * a dozen libraries pays a millisecond for a child that executes something else at once. This child borrows the memory instead.
 *
 * libc cannot do it: vfork(2) takes no flags, clone(3) none that need more than 32 bits, as CLONE_INTO_CGROUP does, and posix_spawn(3) of this libc
 * knows no cgroups. So the call is made here. The child gets a stack of its own, because on the caller's it would overwrite the frame to
 * which its parent has yet to return.
 *
 * Sanitizers take the child for the thread whose memory it borrows; with them, and on machines whose call is not written here, it is
 * an ordinary fork for which its parent waits all the same.
 */

#include "lib/base/vforked.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/forked.h"

#if defined(__SANITIZE_ADDRESS__) || defined(FORKED_UNDER_TSAN)
#define VFORKED_COPIES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define VFORKED_COPIES 1
#endif
#endif
#if !defined(__x86_64__) && !defined(__aarch64__)
#define VFORKED_COPIES 1
#endif

#ifdef VFORKED_COPIES

static long start(struct clone_args *args, void (*child)(void *argument), void *argument)
{
	long pid;

	args->flags |= CLONE_VFORK;
	pid = syscall(SYS_clone3, args, sizeof(*args));
	if (pid == 0) {
		forked_alone();
		child(argument);
		forked_exit(127);
	}
	return pid < 0 ? -errno : pid;
}

#else

enum { STACK_BYTES = 64 << 10 };

#if defined(__x86_64__)

static long clone3_apart(struct clone_args *args, void (*child)(void *argument), void *argument)
{
	long r;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "mov %[argument], %%rdi\n\t"
			 "call *%[child]\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(r)
			 : "0"((long)SYS_clone3), "D"(args),
			   "S"(sizeof(*args)), [child] "r"(child), [argument] "r"(argument)
			 : "rcx", "r11", "memory");
	return r;
}

#else

static long clone3_apart(struct clone_args *args, void (*child)(void *argument), void *argument)
{
	register long r __asm__("x0") = (long)(uintptr_t)args;
	register long size __asm__("x1") = sizeof(*args);
	register long number __asm__("x8") = SYS_clone3;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x0, %[argument]\n\t"
			 "blr %[child]\n\t"
			 "udf #0\n"
			 "1:"
			 : "+r"(r)
			 : "r"(size), "r"(number), [child] "r"(child), [argument] "r"(argument)
			 : "memory");
	return r;
}

#endif

static long start(struct clone_args *args, void (*child)(void *argument), void *argument)
{
	void *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	long pid;

	if (stack == MAP_FAILED)
		return -errno;
	args->flags |= CLONE_VM | CLONE_VFORK;
	args->stack = (uint64_t)(uintptr_t)stack;
	args->stack_size = STACK_BYTES;
	pid = clone3_apart(args, child, argument);
	(void)munmap(stack, STACK_BYTES);
	return pid;
}

#endif

int vforked_start(struct clone_args *args, void (*child)(void *argument), void *argument)
{
	sigset_t all, before;
	long pid;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = start(args, child, argument);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return (int)pid;
}
