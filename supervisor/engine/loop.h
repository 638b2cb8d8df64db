/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The event loop that an engine runs on, of libevent's core. What becomes ready is handled in the order of the priorities below, and looked for anew
 * before a lower one has its turn.
 *
 * Context: one thread; handlers may add and drop sources, their own too.
 */

#include <stdint.h>

struct loop;
struct loop_source;

/* First things first: an end must not be seen before what was said ahead of it, nor a limit wait for events of a trace. */
enum loop_priority {
	LOOP_DENIAL, /* a caller that is about to die takes its notification along */
	LOOP_NORMAL,
	LOOP_END,
	LOOP_SAMPLE,
	LOOP_EVENT,
	LOOP_IDLE, /* when nothing else is to be done */
	LOOP_PRIORITIES
};

typedef void (*loop_handler)(void *userdata);

/* 0 or -errno: no memory, no descriptor. Then up to two descriptors are lost. */
int loop_new(struct loop **ret_loop);

/* All its sources are dropped before. Returns NULL; NULL is ignored. */
struct loop *loop_free(struct loop *loop);

/*
 * Calls `handler` as long as `fd` (lent: open until the source is dropped) can be read, has an end of file or an error; from now on. 0 or -errno;
 * the source is the caller's, `*ret_source` is written before the handler can be called.
 */
int loop_watch(struct loop *loop, struct loop_source **ret_source, int fd,
	       enum loop_priority priority, loop_handler handler, void *userdata);

/* One that is called once for each loop_at(), loop_in() or loop_soon(), of which the latest counts. Off until then. 0 or -errno. */
int loop_once(struct loop *loop, struct loop_source **ret_source, enum loop_priority priority,
	      loop_handler handler, void *userdata);

/* Not before CLOCK_MONOTONIC is `at_ns`. 0 or -errno. */
int loop_at(struct loop_source *source, uint64_t at_ns);

/* Not before `in_ns` are over. 0 or -errno. */
int loop_in(struct loop_source *source, uint64_t in_ns);

/* When the loop has nothing of a higher priority. */
void loop_soon(struct loop_source *source);

/* Not any more, until it is asked for again; a watch for good. NULL is ignored. */
void loop_off(struct loop_source *source);

/* Frees it. Returns NULL; NULL is ignored. */
struct loop_source *loop_drop(struct loop_source *source);

/* Waits up to `timeout_ns` (UINT64_MAX: for ever) and handles what is ready. 1: something was, 0: nothing, or -errno. */
int loop_turn(struct loop *loop, uint64_t timeout_ns);

/* Turns until loop_end(). 0 or -errno. */
int loop_run(struct loop *loop);

/* From a handler: loop_run() returns after it. */
void loop_end(struct loop *loop);
