/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What was submitted, as one hash: "source.hash" of a start record. */

#include "lib/contract/submission.h"
#include "lib/trace/format.h"

/*
 * Hashes names and contents of the submission's files in their order, its arguments and its environment. Reads the files' descriptors from
 * their starts without moving their offsets. 0, or -errno when a file cannot be read.
 */
int trace_source_hash(const struct submission *submission, char ret_hex[static TRACE_HASH_HEX]);
