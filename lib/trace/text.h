/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Events in words, as strace has them. What programs chose is escaped: nothing in it moves a cursor. */

#include <stdbool.h>
#include <stdio.h>

#include "lib/trace/chunk.h"

/* "[::1]:80", "/run/socket", "family 38" of a raw struct sockaddr. */
void trace_text_address(FILE *stream, struct event_bytes address);

/* `openat(AT_FDCWD, "/etc/passwd", O_RDONLY)`: of an event that makes a call. `call` may be NULL. */
void trace_text_call(FILE *stream, const struct event *event, const struct trace_call *call);

/* The name of the event's call, or "syscall_N", escaped. `buffer` has 64 bytes; returns it. */
const char *trace_text_call_name(const struct event *event, const struct trace_call *call,
				 char buffer[static 64]);

/* The path that the event is about: what the kernel resolved, else what the program claimed; NULL data when there is none. */
struct event_bytes trace_text_path(const struct event *event);

/*
 * The event as it is the same in every equal run: pointers, processes and what may be an address are words, and what a line does not show is 0.
 * Its texts are the given event's. False for events that differ between equal runs (samples, waiting, calls that are made again).
 */
bool trace_text_canonical_form(const struct event *event, const struct trace_call *call,
			       struct event *ret_form);

/* Such a form as a line: by which program, what. No newline. */
void trace_text_write_canonical(FILE *stream, const struct event *form,
				const struct trace_call *call);

/* The event without time and process: what happened. No newline. */
void trace_text_event(FILE *stream, const struct event *event, const struct trace_call *call);

/* A whole line: time in seconds, process, program, what happened, newline. */
void trace_text_line(FILE *stream, const struct event *event, const struct trace_call *call);
