/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The words of a policy's argv and env, with the submission's names put in (lib/contract/policy.h lists them). */

#include "lib/contract/limits.h"
#include "lib/contract/submission.h"

struct template_values {
	const char *source;    /* name of the main source in the work directory */
	char *const *sources;  /* names of all files there */
	char *const *args;     /* arguments of the program */
	uint64_t memory_bytes; /* LIMIT_NONE: {memory_mib} is 0 */
};

/*
 * Expands `words` (lent) into a new array that the caller owns. A word that is exactly {sources} or {args} becomes as many words as
 * there are; names in {sources} get "./" in front, so that none is taken for an option. Unknown {words} stay. 0 or -ENOMEM.
 */
int template_expand(char *const *words, const struct template_values *values, char ***ret_words);
