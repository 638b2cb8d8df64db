/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * System calls without libc, for two reasons. Up to its execve the step's process has PID 1's memory, and both run: libc's wrappers would
 * write the one errno that they share. And each process that is forked for a sandbox gets the agent's pages anew, by faults, and gives
 * them up again: what runs in it should lie together, and libc's wrappers are all over its half MiB. Source: syscall(2), the psABI of
 * each machine.
 */

#include <linux/sched.h>
#include <stdint.h>
#include <sys/syscall.h>

/* Calls `nr` with six arguments. Returns what the kernel does: a value or -errno. Touches nothing of libc's. */
static inline long call(long nr, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
#else
#error "the agent knows the system calls of x86_64 and aarch64"
#endif
}

/*
 * clone3(2) of a process that begins in `begin(argument)`, which does not return, on the stack that `args` names (16-aligned at both
 * ends). Returns its pid or -errno.
 */
static inline long call_clone3(const struct clone_args *args, void (*begin)(void *), void *argument)
{
#if defined(__x86_64__)
	/* Not in rbp, which the child clears. */
	register void (*child_begin)(void *) __asm__("r12") = begin;
	register void *child_argument __asm__("r13") = argument;
	long ret;

	__asm__ volatile(
		"syscall\n\t"
		"test %%rax, %%rax\n\t"
		"jnz 1f\n\t"
		"xor %%ebp, %%ebp\n\t"
		"mov %[argument], %%rdi\n\t"
		"call *%[begin]\n\t"
		"ud2\n"
		"1:"
		: "=a"(ret)
		: "0"((long)SYS_clone3), "D"(args),
		  "S"(sizeof(*args)), [begin] "r"(child_begin), [argument] "r"(child_argument)
		: "rcx", "r11", "memory", "cc");
	return ret;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = SYS_clone3;
	register long x0 __asm__("x0") = (long)(uintptr_t)args;
	register long x1 __asm__("x1") = sizeof(*args);

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x0, %[argument]\n\t"
			 "blr %[begin]\n\t"
			 "brk #0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), [begin] "r"(begin), [argument] "r"(argument)
			 : "memory", "cc", "x30");
	return x0;
#endif
}

/* CALL(close, fd): SYS_close with its arguments, numbers and addresses alike; those that are left out are 0. */
#define CALL(name, ...) CALL_PADDED(SYS_##name, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define CALL_PADDED(nr, a, b, c, d, e, f, ...) \
	call((nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
