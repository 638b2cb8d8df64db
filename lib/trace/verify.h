/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether a trace is whole, unchanged, consistent, and sealed by a key that one trusts. */

#include "lib/trace/key.h"
#include "lib/trace/reader.h"

enum trace_validity {
	TRACE_VALID = 0,  /* everything holds, and a trusted key sealed it */
	TRACE_UNTRUSTED,  /* everything holds, and it was sealed by a key that is not in the list */
	TRACE_UNSEALED,	  /* everything holds as far as it can: there is no seal */
	TRACE_INCOMPLETE, /* what is there holds, and the rest is missing: no receipt */
	TRACE_INVALID,	  /* something does not hold: the fault says what and where */
};

struct trace_check {
	enum trace_validity validity;
	uint64_t events, lost, bytes; /* bytes: of whole frames */
	uint64_t rest;		      /* bytes of a frame that is cut */
	uint32_t steps;
	char digest[TRACE_HASH_HEX];
	char canonical_digest[TRACE_HASH_HEX]; /* "" when there is none */
	char key[TRACE_PUBLIC_HEX];	       /* that sealed it; "" without seal */
};

/*
 * Reads the trace behind `fd` to its end and compares everything that can be compared. `trusted` may be NULL: then no key
 * is. 0, and *ret_check says what was found (with a sentence in `fault` unless all holds); or -errno with a sentence
 * when it could not be read.
 */
int trace_verify(int fd, const struct trace_trusted *trusted, struct trace_check *ret_check,
		 struct fault *fault);
