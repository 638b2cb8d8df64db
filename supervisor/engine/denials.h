/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a phase is denied, as the kernel side takes it: files held open instead of paths. */

#include <stddef.h>

#include "lib/base/fault.h"
#include "lib/contract/policy.h"
#include "supervisor/probe/probe.h"

struct denials {
	int *fds; /* of exec, then of open; owned */
	size_t n_fds;
	struct probe_denials probe;
};

/*
 * Opens what `phase` denies in the root that its sandboxes will have. 0, also when it denies nothing, or -errno with a fault. denials_clear() in
 * any case.
 */
int denials_open(const struct policy_phase *phase, int root_fd, struct denials *denials,
		 struct fault *fault);

/* Closes the files. */
void denials_clear(struct denials *denials);
