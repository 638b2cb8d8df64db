/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Makes the slot's user namespace, in which ids are mapped to the host's from `base` on (abi/launch.h). Its descriptor, or -errno and what failed
 * in *ret_at (enum launch_step). Context: SIGCHLD has its default action, and there is no other child.
 */
int launch_user(uint32_t base, uint32_t *ret_at);

/*
 * Makes what requests need: memory, and descriptors, for which nothing may be open behind AGENT_CONTROL_FD. Once; in the groups, and as urgent as it
 * will be. 0 or -errno.
 */
int launch_open(void);

/*
 * Serves launch requests from `control_fd` until the supervisor closes it. Returns 0 then, or -errno when the
 * socket fails. Children never return from it. Context: after launch_open().
 */
int launch_loop(int control_fd);

/*
 * Makes a stack of so many bytes, with a page below that nobody may touch, for what is forked from now on, and keeps from it the parts of this process's memory that it does not use,
 * this process's stack among them. Returns the stack's lowest address; NULL: there is no memory.
 */
void *launch_memory(size_t stack_bytes);
