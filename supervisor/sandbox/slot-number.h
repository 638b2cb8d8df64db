/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Slot numbers, unique among all engines that share /run: number N owns the cgroups slot-N and the host uids
 * SLOT_UID_BASE + N * SLOT_UIDS onwards.
 */

#include <sys/types.h>

#include "lib/base/fault.h"

enum {
	SLOT_NUMBERS_MAX = 1024,
	SLOT_UIDS = 65536,
	/* Just above the range that systemd keeps for containers (524288 to 1879048191, UIDS-GIDS.md). */
	SLOT_UID_BASE = 0x70000000,
};

/*
 * Opens the register of numbers (/run/assay/slots), making it when it is not there. Returns an fd that the caller owns, or
 * -errno. The register's locks die with the process, however it dies.
 */
int slot_register_open(struct fault *fault);

/*
 * Takes the lowest free number, or, with `number` >= 0, that one. Returns the number, -EBUSY when it is (or all are) taken, or -errno.
 */
int slot_number_take(int register_fd, int number);

/* Gives it back. */
void slot_number_give(int register_fd, int number);
