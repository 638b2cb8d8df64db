/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why libevent: it is there as an archive, and needs no other library. sd-event brings libsystemd with six more, which took 1.2 ms of a run that lasts 8,
 * and has to be a shared library, and with it the C library.
 *
 * Timers are timerfd's (EVENT_BASE_FLAG_PRECISE_TIMER): epoll_wait(2) alone knows whole milliseconds, and the library's other clock
 * those of the kernel's tick. Its time is asked for when it is needed: one that is kept for a turn is older than what a handler has just
 * worked out. The environment has no say in what a privileged process uses (EVENT_BASE_FLAG_IGNORE_ENV).
 *
 * The library calls exit(3) with 1 when it cannot make the pair of descriptors that it keeps for signals, as when there are no more of them. That status says something
 * about a submission, and what the engine holds would stay. So its last word (event_set_fatal_callback) is a jump back to where the base was being made, which has
 * failed then. What it had got so far nobody can reach: at most two descriptors and a base, in a program that is about to end.
 *
 * Source: <event2/event.h>, epoll.c, signal.c and log.c of libevent 2.1.
 */

#include "supervisor/engine/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"

struct loop {
	struct event_base *base;
	struct event pause; /* ends a turn that has waited long enough */
	uint64_t handled;
};

struct loop_source {
	struct event event;
	struct loop *loop;
	loop_handler handler;
	void *userdata;
};

static void on_pause(evutil_socket_t fd _unused_, short what _unused_, void *userdata _unused_)
{
}

enum { FATAL_STATUS = 3 }; /* as docs/man/assay.1 has it: not a word on a submission */

/* Where this thread goes on when the library gives up; NULL: it is not making a base. */
static _Thread_local jmp_buf *making;

/* What fails is returned, and the caller says it in its own words; but for what on_fatal() ends. */
static void on_log(int severity, const char *text)
{
	if (severity == EVENT_LOG_ERR && making == NULL)
		(void)dprintf(STDERR_FILENO, "assay: the event loop cannot go on: %s\n", text);
}

/* After it the library would exit. Nothing is run at the end: it may be in the middle of anything. */
static void on_fatal(int status _unused_)
{
	if (making != NULL)
		longjmp(*making, 1);
	_exit(FATAL_STATUS);
}

/* NULL, with errno: that of the call that the library could not do without. */
static struct event_base *base_make(const struct event_config *config)
{
	struct event_base *base;
	jmp_buf back;

	if (setjmp(back) != 0) {
		making = NULL;
		return NULL;
	}
	making = &back;
	base = event_base_new_with_config(config);
	making = NULL;
	return base;
}

static struct event_base *base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	event_set_log_callback(on_log);
	event_set_fatal_callback(on_fatal);
	if (config == NULL)
		return NULL;
	if (event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER |
						  EVENT_BASE_FLAG_NO_CACHE_TIME |
						  EVENT_BASE_FLAG_IGNORE_ENV) == 0)
		base = base_make(config);
	event_config_free(config);
	return base;
}

int loop_new(struct loop **ret_loop)
{
	struct loop *loop = new0(struct loop, 1);

	if (loop == NULL)
		return -ENOMEM;
	errno = ENOMEM;
	loop->base = base_new();
	if (loop->base == NULL || event_base_priority_init(loop->base, LOOP_PRIORITIES) < 0 ||
	    event_assign(&loop->pause, loop->base, -1, 0, on_pause, NULL) < 0) {
		int r = -errno;

		(void)loop_free(loop);
		return r;
	}
	*ret_loop = loop;
	return 0;
}

struct loop *loop_free(struct loop *loop)
{
	if (loop == NULL)
		return NULL;
	if (loop->base != NULL)
		event_base_free(loop->base);
	free(loop);
	return NULL;
}

static void on_event(evutil_socket_t fd _unused_, short what _unused_, void *userdata)
{
	struct loop_source *source = userdata;

	source->loop->handled++;
	source->handler(source->userdata);
}

static int source_new(struct loop *loop, struct loop_source **ret_source, int fd, short what,
		      enum loop_priority priority, loop_handler handler, void *userdata)
{
	struct loop_source *source = new0(struct loop_source, 1);

	if (source == NULL)
		return -ENOMEM;
	source->loop = loop;
	source->handler = handler;
	source->userdata = userdata;
	if (event_assign(&source->event, loop->base, fd, what, on_event, source) < 0 ||
	    event_priority_set(&source->event, (int)priority) < 0) {
		free(source);
		return -EINVAL;
	}
	*ret_source = source;
	return 0;
}

int loop_watch(struct loop *loop, struct loop_source **ret_source, int fd,
	       enum loop_priority priority, loop_handler handler, void *userdata)
{
	struct loop_source *source;
	int r = source_new(loop, &source, fd, EV_READ | EV_PERSIST, priority, handler, userdata);

	if (r < 0)
		return r;
	errno = ENOMEM;
	if (event_add(&source->event, NULL) < 0) {
		r = -errno;
		free(source);
		return r;
	}
	*ret_source = source;
	return 0;
}

int loop_once(struct loop *loop, struct loop_source **ret_source, enum loop_priority priority,
	      loop_handler handler, void *userdata)
{
	return source_new(loop, ret_source, -1, 0, priority, handler, userdata);
}

static struct timeval timeval_of(uint64_t ns)
{
	uint64_t us = ns / NSEC_PER_USEC + (ns % NSEC_PER_USEC != 0);

	return (struct timeval){.tv_sec = (time_t)(us / USEC_PER_SEC),
				.tv_usec = (suseconds_t)(us % USEC_PER_SEC)};
}

int loop_in(struct loop_source *source, uint64_t in_ns)
{
	struct timeval in = timeval_of(in_ns);

	return event_add(&source->event, &in) < 0 ? -ENOMEM : 0;
}

int loop_at(struct loop_source *source, uint64_t at_ns)
{
	uint64_t now = clock_now_ns(CLOCK_MONOTONIC);

	return loop_in(source, at_ns - MIN(at_ns, now));
}

void loop_soon(struct loop_source *source)
{
	event_active(&source->event, EV_TIMEOUT, 0);
}

void loop_off(struct loop_source *source)
{
	if (source != NULL)
		(void)event_del(&source->event);
}

struct loop_source *loop_drop(struct loop_source *source)
{
	loop_off(source);
	free(source);
	return NULL;
}

/* The library's answer: 1 is for a loop without sources, which is none of ours. */
static int loop_go(struct loop *loop, int flags)
{
	errno = EIO;
	return event_base_loop(loop->base, flags | EVLOOP_NO_EXIT_ON_EMPTY) < 0 ? -errno : 0;
}

int loop_turn(struct loop *loop, uint64_t timeout_ns)
{
	bool limited = timeout_ns > 0 && timeout_ns < UINT64_MAX;
	uint64_t before = loop->handled;
	struct timeval timeout = timeval_of(timeout_ns);
	int r;

	if (limited && event_add(&loop->pause, &timeout) < 0)
		return -ENOMEM;
	r = loop_go(loop, timeout_ns == 0 ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
	if (limited)
		(void)event_del(&loop->pause);
	return r < 0 ? r : loop->handled != before;
}

int loop_run(struct loop *loop)
{
	return loop_go(loop, 0);
}

void loop_end(struct loop *loop)
{
	(void)event_base_loopbreak(loop->base);
}
