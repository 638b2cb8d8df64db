/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The words in braces that a policy may write: {source} {sources} {args} {memory_mib} for the
 * engine, {arch} for the loader.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether `text` uses only words that it may: any of them when `is_argument`, those that can stand
 * inside of text ({source}, {memory_mib}, {arch}) else. False with a sentence in `error`. "${...}"
 * is a shell's, and left alone.
 */
bool policy_words_ok(const char *text, bool is_argument, char *error, size_t error_size);

/*
 * A copy with {arch} replaced by Debian's name of this architecture (amd64, arm64); NULL when there
 * is no memory.
 */
char *policy_words_expand(const char *text);
