/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names of system calls. */

enum { SECCOMP_CALL_ABSENT = -1 };

/*
 * The number of the call on this architecture; SECCOMP_CALL_ABSENT when the name is right but the
 * call does not exist here (or is newer than the installed libseccomp: then it answers ENOSYS
 * whatever a profile says); -ENOENT for a name that is no system call. Any thread.
 */
int seccomp_call_number(const char *name);

/* The highest number that libseccomp has a name for. */
int seccomp_call_highest(void);
