/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
#pragma once

/* The kernel's types, the helpers, and what they leave out. */

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#ifndef READ_ONCE
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#endif

/* Results that never reach the program: the kernel makes the call again, or has the program do so. include/linux/errno.h */
#define ERESTARTSYS 512
#define ERESTARTNOINTR 513
#define ERESTARTNOHAND 514
#define ERESTART_RESTARTBLOCK 516

#define EBADF 9
#define EACCES 13
#define SIGKILL 9
#define SIGSTOP 19
#define TS_COMPAT 0x0002 /* arch/x86/include/asm/thread_info.h */
#define PAGE_SHIFT 12

static __always_inline bool is_error(long ret)
{
	return (unsigned long)ret >= (unsigned long)-4095L;
}

/* A pointer as a number: the verifier knows what it is from a helper that copies it. */
static __always_inline __u64 number_of(const void *pointer)
{
	__u64 number = 0;

	(void)bpf_probe_read_kernel(&number, sizeof(number), &pointer);
	return number;
}
