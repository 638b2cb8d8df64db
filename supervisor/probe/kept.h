/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Programs and maps that stay loaded when their engine ends, for the next one: pinned in a BPF file system, attached to nothing. A set
 * of them belongs to one process at a time.
 */

#include <stdint.h>

/*
 * Takes one of the first `n_max` sets of `key` that nobody else has, making it when it is not there. Returns the directory of its pins, locked
 * until it is closed, or -errno: all are in use, or sets cannot be kept here, which is nobody's loss.
 */
int kept_take(uint64_t key, unsigned n_max);

/* An object of the set, by the name that it was kept under. A descriptor that the caller owns, or -errno. */
int kept_get(int set_fd, const char *name);

/* Keeps an object. 0 or -errno. */
int kept_put(int set_fd, const char *name, int fd);

/* Calls `each` for every name in the set, until it returns something else than 0, which is returned then. 0 or -errno. */
int kept_each(int set_fd, int (*each)(void *userdata, const char *name), void *userdata);

/* Empties the set. */
void kept_clear(int set_fd);
