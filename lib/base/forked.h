/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * For a child that clone3(2) made of a process with threads. It has copies of their descriptors and memory, and none of them; ThreadSanitizer, which
 * does not see such a fork, takes what the child does with a descriptor for a race with the thread that opened it in the parent.
 * Source: sanitizer's tsan_interface_ann.h.
 */

#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
#define FORKED_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FORKED_UNDER_TSAN 1
#endif
#endif

#ifdef FORKED_UNDER_TSAN
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreWritesBegin(const char *file, int line);
#endif

/* The first thing that such a child does. */
static inline void forked_alone(void)
{
#ifdef FORKED_UNDER_TSAN
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
	AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
#endif
}

/* Its end, which is nobody else's business either. */
_Noreturn static inline void forked_exit(int status)
{
	for (;;)
		(void)syscall(SYS_exit_group, status);
}
