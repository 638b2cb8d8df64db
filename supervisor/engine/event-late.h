/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * libsystemd, for its event loop, is loaded when the first of its functions is called, and not at the start of the program. Callers see nothing of it: they call
 * sd_event_new(3) and the rest by their names. Where the library is missing sd_event_new() is -ELIBACC.
 */

/* Begins to load it, in a thread: who calls soon waits less. */
void event_late_begin(void);
