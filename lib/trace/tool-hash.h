/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which version of a program took part, as the hash of its file: "tool.PATH" of a start record. */

#include "lib/contract/policy.h"
#include "lib/trace/record.h"

#define TRACE_TOOL_CACHE_DIR "/run/assay" /* where hashes are remembered until the next boot */

/*
 * Sets "tool.PATH" for each program that `policy` runs or needs: the hash of the file that PATH leads to, hexadecimal. One that is not there, is no
 * regular file, or has too long a name sets nothing. What is hashed once is remembered in `cache_dir`, which must belong to root and
 * be writable by nobody else to be believed; NULL or another: every file is read. 0 or -errno of trace_record_set().
 */
int trace_record_set_tools(struct trace_record *record, const struct policy *policy,
			   const char *cache_dir);
