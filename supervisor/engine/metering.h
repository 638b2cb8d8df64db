/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The engine's probe: loaded beside the start of the first job, attached while steps live, asked by the loop. */

#include <stdbool.h>

#include "lib/base/fault.h"
#include "supervisor/engine/engine.h"
#include "supervisor/engine/loop.h"
#include "supervisor/probe/probe.h"

struct metering;

/*
 * Starts to load the programs in a thread of its own. `base_fd` (lent for the call) is CGROUP_STEP_LEVELS above steps' groups. 0 or -errno; what the kernel
 * refuses is not known yet. On success the caller ends it with metering_stop().
 */
int metering_start(int base_fd, const struct engine_options *options,
		   struct metering **ret_metering, struct fault *fault);

/* Tells the loop, before the probe is first asked for. `metering` may be NULL. */
void metering_attach(struct metering *metering, struct loop *loop);

/* After all steps: begins to take the programs down, beside its caller. Nothing is asked any more then. `metering` may be NULL. */
void metering_end(struct metering *metering);

/* Ends it, where that was not begun, and waits until nothing is left. `metering` may be NULL. Returns NULL. */
struct metering *metering_stop(struct metering *metering);

/*
 * The probe, waiting until it is loaded, or NULL with a fault. `metering` may be NULL: then there is none. Lent; the programs rest again some time
 * after the last call.
 */
struct probe *metering_probe(struct metering *metering, struct fault *fault);

/* Whether the programs are loaded. `metering` may be NULL. Does not wait. */
bool metering_ready(const struct metering *metering);

/* The `index`th program that is loaded: true, or false: there are no more, or it is not ready. */
bool metering_program(const struct metering *metering, unsigned index,
		      struct probe_program_info *ret_info);

/* Whether security hooks are among them. */
bool metering_hooks(const struct metering *metering);

/* Whether they are, and can refuse. */
bool metering_can_deny(const struct metering *metering);

/*
 * A policy denies something: loads the security hooks, where the engine was made without them and no step lives; some 30 ms. Whether they are there,
 * metering_can_deny() says. `metering` may be NULL. Context: not while a step is metered in another slot, which keeps the programs as they are.
 */
void metering_hooks_want(struct metering *metering);

/* Whether the hooks of the sandboxes' common group are among them. */
bool metering_walls(const struct metering *metering);

/* Whether what ends a CPU budget in the kernel is. */
bool metering_clock(const struct metering *metering);

/* Whether it is known that they cannot be had here. */
bool metering_failed(const struct metering *metering);

/* "on", "off" (never asked for), or "absent: reason". Lent. */
const char *metering_state(struct metering *metering);
