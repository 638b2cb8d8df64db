/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The writable place of a sandbox: one tmpfs with a size and a number of inodes, made by the supervisor, attached in the sandbox
 * at SCRATCH_MOUNT_POINT. work/ (the submission's, mode 0755), tmp/ and shm/ (mode 1777) are reached as /work, /tmp and
 * /dev/shm, so that one limit covers them all.
 */

#include <stdint.h>
#include <sys/types.h>

#include "lib/base/fault.h"

#define SCRATCH_MOUNT_POINT "/sandbox"

/*
 * A detached tmpfs of at most `bytes` and `inodes`, mode 0755, root's, with mount attributes `attributes`. Returns a descriptor of the
 * mount or -errno. Source: tmpfs(5), fsopen(2).
 */
int scratch_tmpfs(uint64_t bytes, uint64_t inodes, unsigned int attributes, struct fault *fault);

/* A scratch owned by uid:gid (host ids). Returns a descriptor of the mount (owned by the caller) or -errno. */
int scratch_create(uint64_t bytes, uint64_t inodes, uid_t uid, gid_t gid, struct fault *fault);

/* Makes a scratch, in use or not, as large as one of scratch_create(). 0 or -errno (-EINVAL: it holds more). Source: fspick(2), tmpfs(5). */
int scratch_resize(int scratch_fd, uint64_t bytes, uint64_t inodes);

/* Opens its work directory. Returns a descriptor or -errno. */
int scratch_work_open(int scratch_fd);

/*
 * Puts a file into the work directory of a scratch: `size` bytes of the sealed memfd `data_fd`, mode `mode`, uid:gid. The name must
 * have passed submission_name_ok(). 0 or -errno (-EEXIST: twice the same name). Source: openat2(2).
 */
int scratch_file_put(int scratch_fd, const char *name, int data_fd, uint64_t size, mode_t mode,
		     uid_t uid, gid_t gid);

/* Bytes and inodes in use. 0 or -errno. */
int scratch_usage(int scratch_fd, uint64_t *ret_bytes, uint64_t *ret_inodes);
