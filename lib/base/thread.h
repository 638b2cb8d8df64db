/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Threads that do a part of their starter's work beside it. */

#include <pthread.h>

/*
 * Starts `run` with `argument` in a thread that no signal interrupts: they are its process's other threads'. Started by an urgent one
 * (lib/base/urgent.h) it is a helper of somebody urgent from its first instruction; with urgent_end_here() it sees to it that nothing which it starts or forks
 * itself is. *ret_thread is to be joined or detached. 0 or -errno. Context: any thread.
 */
int thread_start(pthread_t *ret_thread, void *(*run)(void *argument), void *argument);
