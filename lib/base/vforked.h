/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A child that is there to execute another program, and costs nothing of what its parent is. */

struct clone_args;

/*
 * clone3(2) with `args` (flags of its own, a pidfd, a cgroup; no stack) and CLONE_VM | CLONE_VFORK: the calling thread waits until the child has
 * executed a program or ended. The child runs `child(argument)`, which does not return, in the caller's memory with a stack of its own: what it
 * writes is written here too; it may not allocate, lock, or change what another thread reads. Its descriptors and its signals' actions are copies; all signals
 * are blocked in it. Returns its pid or -errno. Source: vfork(2), and posix_spawn(3), which cannot place a child in a cgroup.
 */
int vforked_start(struct clone_args *args, void (*child)(void *argument), void *argument);
