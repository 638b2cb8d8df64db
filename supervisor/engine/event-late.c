/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libsystemd brings six more libraries with it, none of which an event loop needs, and there is no archive to link: together they take 0.75 ms before
 * main() begins, half of what the linker does. Loaded here they take as long, on another CPU, while cgroups are made; and commands
 * that run nothing do without.
 *
 * Each function that is used is defined here under its own name and goes on to the library's. A function that is not in the list is one that the linker
 * does not find.
 */

#include "supervisor/engine/event-late.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <systemd/sd-event.h>

#include "lib/base/mem.h"
#include "lib/base/thread.h"
#include "lib/base/urgent.h"

#define LIBRARY "libsystemd.so.0"

/* What it returns, also without a library; its name, parameters, arguments. */
#define FUNCTIONS(X)                                                                                \
	X(int, -ELIBACC, sd_event_new, (sd_event * *e), (e))                                        \
	X(sd_event *, NULL, sd_event_ref, (sd_event * e), (e))                                      \
	X(sd_event *, NULL, sd_event_unref, (sd_event * e), (e))                                    \
	X(int, -ELIBACC, sd_event_run, (sd_event * e, uint64_t usec), (e, usec))                    \
	X(int, -ELIBACC, sd_event_loop, (sd_event * e), (e))                                        \
	X(int, -ELIBACC, sd_event_exit, (sd_event * e, int code), (e, code))                        \
	X(int, -ELIBACC, sd_event_add_io,                                                           \
	  (sd_event * e, sd_event_source * *s, int fd, uint32_t events,                             \
	   sd_event_io_handler_t callback, void *userdata),                                         \
	  (e, s, fd, events, callback, userdata))                                                   \
	X(int, -ELIBACC, sd_event_add_time,                                                         \
	  (sd_event * e, sd_event_source * *s, clockid_t clock, uint64_t usec, uint64_t accuracy,   \
	   sd_event_time_handler_t callback, void *userdata),                                       \
	  (e, s, clock, usec, accuracy, callback, userdata))                                        \
	X(int, -ELIBACC, sd_event_add_time_relative,                                                \
	  (sd_event * e, sd_event_source * *s, clockid_t clock, uint64_t usec, uint64_t accuracy,   \
	   sd_event_time_handler_t callback, void *userdata),                                       \
	  (e, s, clock, usec, accuracy, callback, userdata))                                        \
	X(int, -ELIBACC, sd_event_add_signal,                                                       \
	  (sd_event * e, sd_event_source * *s, int sig, sd_event_signal_handler_t callback,         \
	   void *userdata),                                                                         \
	  (e, s, sig, callback, userdata))                                                          \
	X(int, -ELIBACC, sd_event_add_defer,                                                        \
	  (sd_event * e, sd_event_source * *s, sd_event_handler_t callback, void *userdata),        \
	  (e, s, callback, userdata))                                                               \
	X(sd_event_source *, NULL, sd_event_source_disable_unref, (sd_event_source * s), (s))       \
	X(int, -ELIBACC, sd_event_source_set_enabled, (sd_event_source * s, int enabled),           \
	  (s, enabled))                                                                             \
	X(int, -ELIBACC, sd_event_source_set_priority, (sd_event_source * s, int64_t priority),     \
	  (s, priority))                                                                            \
	X(int, -ELIBACC, sd_event_source_set_time, (sd_event_source * s, uint64_t usec), (s, usec)) \
	X(int, -ELIBACC, sd_event_source_set_time_relative, (sd_event_source * s, uint64_t usec),   \
	  (s, usec))

/* A declaration: NOLINTNEXTLINE(bugprone-macro-parentheses) */
#define POINTER(type, without, name, parameters, arguments) __typeof__(name) *name;
static struct {
	FUNCTIONS(POINTER)
} late;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_there;

/* ISO C has no conversion from a pointer to data to one to a function; POSIX says that they look alike. */
static bool symbol_find(void *library, const char *name, void *function)
{
	void *found = dlsym(library, name);

	memcpy(function, &found, sizeof(found));
	return found != NULL;
}

static void library_load(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (library == NULL)
		return;
#define FIND(type, without, name, parameters, arguments) symbol_find(library, #name, &late.name) &&
	is_there = FUNCTIONS(FIND) true;
}

static bool ready(void)
{
	(void)pthread_once(&once, library_load);
	return is_there;
}

#define DEFINE(type, without, name, parameters, arguments)        \
	type name parameters                                      \
	{                                                         \
		return ready() ? late.name arguments : (without); \
	}
FUNCTIONS(DEFINE)

static void *library_thread(void *userdata _unused_)
{
	urgent_enter(true); /* so is who waits for it */
	(void)ready();
	return NULL;
}

void event_late_begin(void)
{
	pthread_t thread;

	if (thread_start(&thread, library_thread, NULL) == 0)
		(void)pthread_detach(thread);
}
