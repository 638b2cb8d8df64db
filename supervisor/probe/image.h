/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The programs as they are fitted to this kernel, kept in a file, so that the next process need not read the kernel's types again. Only for
 * programs that make no events.
 */

#include <stdbool.h>
#include <stddef.h>

#include "supervisor/probe/probe-internal.h"

/*
 * Opens and loads the skeleton's maps, and its programs from the kept image. False: there is none that fits, or the kernel did not take it; nothing
 * is left of the attempt. On success probe->skeleton has its maps, probe->images its programs.
 * `configure` is called between opening and loading.
 */
bool image_load(struct probe *probe, int (*configure)(struct probe *probe, void *userdata),
		void *userdata);

/* Keeps the programs of a skeleton that has been loaded in the ordinary way. Failing is nobody's loss. */
void image_keep(const struct probe *probe);
