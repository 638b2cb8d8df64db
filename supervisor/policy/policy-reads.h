/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What was looked at while a policy was loaded: every path that was tried and every file that was read. A policy that was kept is as good as a new one
 * when all of it would be the same again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* From policy_reads_begin() to policy_reads_end() what the calling thread looks at is noted. One at a time. */
struct policy_reads {
	FILE *stream;
	char *notes;
	size_t size;
	bool spoilt;
};

/* 0 or -ENOMEM. */
int policy_reads_begin(struct policy_reads *reads);

/* 0, or -EIO: something is missing. The caller frees reads->notes in both cases. */
int policy_reads_end(struct policy_reads *reads);

/* For those who look: a path was tried and is what stat(2) says now, or is not there. */
void policy_reads_path(const char *path);

/* A directory is going to be listed. */
void policy_reads_directory(const char *path);

/* Something was looked at that cannot be noted: then nothing is known. */
void policy_reads_spoil(void);

/* A file was read, and held this. */
void policy_reads_file(const char *path, const void *data, size_t size);

/* Whether all that `notes` say holds now. */
bool policy_reads_hold(const char *notes, size_t size);
