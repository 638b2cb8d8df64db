/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The node's Ed25519 key: made at its first use, kept in a directory that only root may read. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/fault.h"
#include "lib/base/mem.h"

#define TRACE_KEY_DIR "/var/lib/assay/keys"

enum {
	TRACE_PUBLIC_BYTES = 32,
	TRACE_PUBLIC_HEX = 2 * TRACE_PUBLIC_BYTES + 1,
	TRACE_SIGNATURE_BYTES = 64,
	TRACE_TRUSTED_MAX = 1024, /* keys of a list */
};

struct trace_key; /* wiped and unlocked when freed */

/*
 * Reads DIR/node.key, or makes it (and DIR) when it is not there: written
 * under another name, synced, and linked, so that of two first uses one wins and no half key is ever seen.
 * 0, or -errno with a sentence: -EPERM when the file is readable by others, -EBADMSG when it is no key. The caller owns *ret_key.
 */
int trace_key_open(const char *dir, struct trace_key **ret_key, struct fault *fault);

/* The same, but -ENOENT when there is none. */
int trace_key_open_existing(const char *dir, struct trace_key **ret_key, struct fault *fault);

/*
 * Makes a new key. The public half of the old one is appended to DIR/retired.keys, so that its traces stay
 * trusted; its secret half is gone. 0, or -errno with a sentence.
 */
int trace_key_rotate(const char *dir, struct trace_key **ret_key, struct fault *fault);

/* Returns NULL; `key` may be NULL. */
struct trace_key *trace_key_free(struct trace_key *key);

static inline void trace_key_free_ptr(struct trace_key **key)
{
	(void)trace_key_free(*key);
}

#define _cleanup_trace_key_ _cleanup_(trace_key_free_ptr)

/* The public half; belongs to the key. */
const uint8_t *trace_key_public(const struct trace_key *key);

/* Signs a hash of TRACE_HASH_BYTES bytes; `ret_seal` is a seal frame's payload: public key, signature. */
void trace_key_seal(const struct trace_key *key, const uint8_t *hash, uint8_t *ret_seal);

/* Whether `seal` is a seal of the hash, by whomever. */
bool trace_seal_is_of(const uint8_t *seal, const uint8_t *hash);

/* A list of public keys; all zeros is the empty one. */
struct trace_trusted {
	uint8_t (*keys)[TRACE_PUBLIC_BYTES];
	uint32_t n;
};

void trace_trusted_clear(struct trace_trusted *trusted);

#define _cleanup_trace_trusted_ _cleanup_(trace_trusted_clear)

/*
 * Adds the keys of a file: a line each, 64 hexadecimal digits and anything after a space; empty lines and lines with a # first
 * are passed over. 0, or -errno with a sentence that names the line; keys before it stay added.
 */
int trace_trusted_read(struct trace_trusted *trusted, const char *path, struct fault *fault);

/* Adds one key. 0, -E2BIG or -ENOMEM. */
int trace_trusted_add(struct trace_trusted *trusted, const uint8_t *public_key);

/* Adds the node's own keys, DIR/node.pub and DIR/retired.keys, as far as they are there and can be read. 0 or -ENOMEM. */
int trace_trusted_add_own(struct trace_trusted *trusted, const char *dir);

bool trace_trusted_has(const struct trace_trusted *trusted, const uint8_t *public_key);
