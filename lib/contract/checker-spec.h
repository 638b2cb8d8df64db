/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How answers are compared, as people write it: "MODE" or "MODE,OPTION,OPTION=VALUE", e.g. "tokens",
 * "tokens,ignore-case,float-abs=1e-6", "lines", "exact". The meaning of the words: checker/README.md.
 */

#include <stddef.h>

#include "lib/base/mem.h"
#include "lib/contract/submission.h"

enum { CHECKER_SPEC_BYTES_MAX = 256 }; /* of the text: every option once, with room */

/*
 * Parses `text` into the arguments of assay-checker. On success *ret is owned by the caller (checker_spec_clear).
 * -EINVAL: an unknown mode or option, one given twice or one that its mode does not know, a tolerance that is
 * not a positive decimal number of at most 18 digits; `error` then holds a sentence that names the word and lists what there is.
 * -ENOMEM. Numbers are independent of the locale.
 */
int checker_spec_parse(const char *text, struct checker_spec *ret, char *error, size_t error_size);

/* Frees the arguments and makes the spec the default one (tokens). */
void checker_spec_clear(struct checker_spec *spec);

#define _cleanup_checker_spec_ _cleanup_(checker_spec_clear)
